import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWorld, type World } from "../support/world.ts";
import { runMaedal } from "./run-maedal.ts";

let world: World;
let environment: Record<string, string>;
beforeAll(async () => {
  world = await createWorld({ provider: "portone" });
  environment = { DATABASE_URL: world.db.url, MAEDAL_MASTER_KEY: "11".repeat(32) };
});
afterAll(async () => {
  await world.stop();
});

/** The line about PortOne's settings. */
async function told(): Promise<readonly string[]> {
  const { out } = await runMaedal(["doctor"], environment);
  return out.split("\n").filter((line) => line.includes("Settings at the provider"));
}

describe("maedal doctor, of a connection to PortOne", () => {
  it("has nothing to say while nothing there gets in our way", async () => {
    const lines = await told();
    expect(lines).toEqual([
      `✓ Settings at the provider of portone (${world.connection.id}): nothing gets in our way`,
    ]);
  });

  it("warns of charges that PortOne itself will make", async () => {
    const customerUid = randomUUID();
    await world.control.post("/portone/billing-keys", {
      customer_uid: customerUid,
      merchant_uid: "OLDISSUE1",
      pg: "chai",
      pay_method: "trans",
      name: "옛 시스템",
      amount: 0,
      m_redirect_url: "https://merchant.example/back",
    });
    const { url, apiKey, apiSecret } = world.emulator.ready.portone;
    const call = async (path: string, body: object, token?: string) => {
      const headers = {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      return (await (await fetch(new URL(path, url), init)).json()) as {
        code: number;
        response: { access_token: string };
      };
    };
    const account = { imp_key: apiKey, imp_secret: apiSecret };
    const { response } = await call("/users/getToken", account);
    const scheduleAt = Math.floor(Date.now() / 1_000) + 86_400;
    const schedule = { merchant_uid: "OLDCRON1", schedule_at: scheduleAt, amount: 9_900 };
    const order = { ...schedule, currency: "KRW", name: "옛 시스템" };
    const body = { customer_uid: customerUid, schedules: [order] };
    const made = await call("/subscribe/payments/schedule", body, response.access_token);
    expect(made.code).toBe(0);

    const lines = await told();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^· .*OLDCRON1/);
    expect(lines[0]).not.toContain(customerUid);
  });
});
