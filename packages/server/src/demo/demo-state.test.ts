import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readDemoState, writeDemoState, type DemoState } from "./demo-state.ts";

const state: DemoState = {
  accountId: "acct_1",
  keyId: "key_1",
  apiKey: "mdl_test_1",
  connectionIds: {
    toss: "gwy_1",
    chai: "gwy_2",
    kakaoPay: "gwy_3",
    linePayTwd: "gwy_4",
    linePayThb: "gwy_5",
    linePayUsd: "gwy_6",
  },
  ports: { control: 4010, toss: 4011, portone: 4012, linePay: 4013, server: 4000, shop: 4020 },
};

describe("what the demo keeps", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "maedal-demo-state-"));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const write = (text: string) => writeFile(join(directory, "demo.json"), text);

  it("is nothing before the first start, and then what was written", async () => {
    expect(await readDemoState(directory)).toBeUndefined();
    await writeDemoState(directory, state);
    expect(await readDemoState(directory)).toEqual(state);
  });

  it.each([
    ["LINE Pay", { connectionId: "gwy_1" }],
    ["PortOne", { connectionIds: { KRW: "gwy_1", TWD: "gwy_2", THB: "gwy_3", USD: "gwy_4" } }],
  ])("is refused, with the way out, when it is of a demo without %s", async (_, older) => {
    const { connectionIds: _connectionIds, ...rest } = state;
    await write(JSON.stringify({ ...rest, ...older }));
    await expect(readDemoState(directory)).rejects.toThrow(
      `${directory} is of an older demo, which knew fewer providers. Delete it to begin anew, or begin another demo beside it: --data ./another-directory`,
    );
  });

  it("is refused when it is damaged", async () => {
    await write('{"accountId":');
    await expect(readDemoState(directory)).rejects.toThrow(
      `demo.json cannot be read. Delete ${directory} to begin the demo anew.`,
    );
  });
});
