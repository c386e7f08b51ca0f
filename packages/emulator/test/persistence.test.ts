import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Temporal } from "temporal-polyfill";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { basic, refusalOf, startWorld, type Json } from "./support/world.ts";

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "maedal-emulator-"));
});
afterEach(() => rm(dataDirectory, { recursive: true }));

const journal = () => join(dataDirectory, "emulator.jsonl");

describe("an emulator with a data directory", () => {
  it("knows everything again after a restart", async () => {
    const first = await startWorld({ dataDirectory });
    const mandate = await first.register();
    const headers = { "idempotency-key": "k" };
    const paid = await first.charge(mandate, {}, { headers });
    await first.control("POST", "/switches", { repeatDelete: "200" });
    await first.control("POST", "/faults", { provider: "toss", action: "outage", skip: 9 });
    const paths = ["/ledger", "/accounts", "/switches", "/faults", "/credentials"];
    const tell = (world: typeof first) =>
      Promise.all(paths.map((path) => world.control("GET", path)));
    const before = await tell(first);
    await first.stop();

    const second = await startWorld({ dataDirectory });
    const after = await tell(second);
    const replay = await second.charge(mandate, {}, { headers });
    const duplicate = await second.charge(mandate, {});
    await second.stop();
    expect(after).toEqual(before);
    expect(replay.text).toBe(paid.text);
    expect(refusalOf(duplicate)).toEqual([400, "DUPLICATED_ORDER_ID"]);
  });

  it("keeps its clock, whatever startsAt says", async () => {
    const first = await startWorld({ dataDirectory });
    const { now } = await first.control("POST", "/clock", { by: "P300D" });
    await first.stop();
    const startsAt = Temporal.Instant.from("2000-01-01T00:00:00Z");
    const second = await startWorld({ dataDirectory, startsAt });
    const { now: later } = await second.control("GET", "/clock");
    await second.stop();
    expect(Temporal.Instant.compare(later, now)).toBeGreaterThanOrEqual(0);
  });

  it("goes on delivering what it had not delivered", async () => {
    const first = await startWorld({ dataDirectory });
    await first.control("POST", "/webhooks", { url: "http://127.0.0.1:1/" });
    const { billingKey } = await first.register();
    await first.toss("DELETE", `/v1/billing/${encodeURIComponent(billingKey)}`);
    await first.control("POST", "/clock", { by: "PT2M" });
    await first.stop();
    const second = await startWorld({ dataDirectory });
    await second.control("POST", "/clock", { by: "PT5M" });
    const [delivery] = await second.control("GET", "/webhooks/deliveries");
    await second.stop();
    expect(delivery.attempts).toHaveLength(3);
  });

  it("drops a torn last line", async () => {
    const first = await startWorld({ dataDirectory });
    await first.charge(await first.register(), {});
    const ledger = await first.control("GET", "/ledger");
    await first.stop();
    await appendFile(journal(), '[["ledger","2",{"sequence":2,"provid');
    const second = await startWorld({ dataDirectory });
    expect(await second.control("GET", "/ledger")).toEqual(ledger);
    await second.stop();
    expect(await readFile(journal(), "utf8")).toMatch(/\n$/);
  });

  it("refuses a journal that is damaged in the middle", async () => {
    await writeFile(journal(), "nonsense\n[]\n");
    await expect(startWorld({ dataDirectory })).rejects.toThrow(
      "Line 1 of emulator.jsonl is damaged. Move the file away to start empty.",
    );
  });

  it("refuses a record of another version, by name", async () => {
    await writeFile(journal(), '[["toss.cards","card_1",{"id":"card_1"}]]\n');
    await expect(startWorld({ dataDirectory })).rejects.toThrow(
      "emulator.jsonl holds a record of toss.cards that this version cannot read.",
    );
  });

  it("begins a smaller journal at each start", async () => {
    const first = await startWorld({ dataDirectory });
    const mandate = await first.register();
    for (let i = 0; i < 20; i += 1) await first.charge(mandate, { orderId: `order-${1000 + i}` });
    await first.stop();
    const grown = (await readFile(journal())).length;
    await (await startWorld({ dataDirectory })).stop();
    expect((await readFile(journal())).length).toBeLessThan(grown);
  });

  it("has forgotten everything after a reset", async () => {
    const first = await startWorld({ dataDirectory });
    await first.charge(await first.register(), {});
    await first.control("POST", "/reset");
    await first.stop();
    const second = await startWorld({ dataDirectory });
    expect(await second.control("GET", "/ledger")).toEqual([]);
    await second.stop();
  });
});

describe("an emulator that is killed", () => {
  it("has kept every payment that it had answered", async () => {
    const script = fileURLToPath(new URL("./support/run-emulator.ts", import.meta.url));
    const child = spawn(process.execPath, ["--conditions=source", script, dataDirectory]);
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const { control, toss }: Json = JSON.parse(String(line));
    const post = async (url: string, body: object): Promise<Json> => {
      const authorization = basic(`${toss.secretKey}:`);
      const headers = { authorization, "content-type": "application/json" };
      const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
      return answer.json();
    };
    const customerKey = "customer-1";
    const { authKey } = await post(`${control}/toss/billing-auths`, { customerKey });
    const issue = `${toss.url}/v1/billing/authorizations/issue`;
    const { billingKey } = await post(issue, { authKey, customerKey });
    const answered: string[] = [];
    const ended = once(child, "exit");
    const path = `${toss.url}/v1/billing/${encodeURIComponent(billingKey)}`;
    const order = { customerKey, amount: 4900, orderName: "매달 구독" };
    try {
      for (let i = 0; ; i += 1) {
        const orderId = `order-${1000 + i}`;
        await post(path, { ...order, orderId });
        answered.push(orderId);
        if (i === 30) child.kill("SIGKILL");
      }
    } catch {
      await ended; // The connection is cut; how many were answered is up to chance.
    }
    const second = await startWorld({ dataDirectory });
    const ledger = await second.control("GET", "/ledger");
    await second.stop();
    const kept = ledger.map(({ orderId }: Json) => orderId);
    expect(answered.length).toBeGreaterThan(30);
    expect(kept.slice(0, answered.length)).toEqual(answered);
  });
});
