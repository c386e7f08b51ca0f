/** What could go wrong when an earlier system's keys are taken over. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHttpSender, money } from "@maedal/gateways";
import { createPortOneClient } from "@maedal/gateways/portone";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openImportFile } from "../../src/imports/import-file.ts";
import { refusedRowsAsCsv } from "../../src/imports/refused-report.ts";
import { formerKey, importRows, scheduleAtPortOne } from "../imports/former-system.ts";
import { addPlan, createWorld, type World } from "../support/world.ts";

let world: World;
let planId: string;
beforeAll(async () => {
  world = await createWorld({ provider: "portone" });
  planId = await addPlan(world);
});
afterAll(() => world.stop());

const nextYear = Temporal.Now.plainDateISO("Asia/Seoul").year + 1;
const rowOf = (customerUid: string, externalId: string) => ({
  customer_uid: customerUid,
  external_id: externalId,
  plan_id: planId,
  next_charge_on: `${nextYear}-02-28`,
});

async function existingKeys() {
  const { connection, engine } = world;
  const keys = (await engine.gateways.of(engine.database, connection)).existingKeys;
  if (keys === undefined) throw new Error("Keys at PortOne can be taken over.");
  return keys;
}

async function keyCount(): Promise<number> {
  const [row] = await world.db.database.query<{ n: number }>(
    "select count(*)::int as n from billing_keys",
  );
  return row?.n ?? 0;
}

describe("a charge of PortOne's own that runs between the look at a key and its revocation", () => {
  it("keeps the key out, because its customer may have paid what Maedal would charge", async () => {
    const customerUid = await formerKey(world);
    const orderId = await scheduleAtPortOne(world, customerUid);
    const keys = await existingKeys();
    const slow = {
      ...keys,
      async unschedule(name: string) {
        await world.control.post("/clock", { by: "PT25H" });
        return await keys.unschedule(name);
      },
    };
    const before = await keyCount();
    const row = rowOf(customerUid, "charged-meanwhile");
    const tally = await importRows(world, [row], { existingKeys: slow, unschedule: true });
    expect(await world.control.payments()).toMatchObject([{ orderId, key: customerUid }]);
    expect(tally.refused.map(({ code }) => code)).toEqual(["charged_meanwhile"]);
    expect(tally.refused[0]?.message).toContain(orderId);
    expect(await keyCount()).toBe(before);
  });
});

describe("a row that turns out to be wrong after PortOne's own charges of its key were revoked", () => {
  it("is refused with the news that nobody charges the key now", async () => {
    const customerUid = await formerKey(world);
    await scheduleAtPortOne(world, customerUid);
    const keys = await existingKeys();
    const row = rowOf(customerUid, "subscribed-meanwhile");
    const raced = {
      ...keys,
      async unschedule(name: string) {
        const revoked = await keys.unschedule(name);
        await importRows(world, [{ ...row, customer_uid: await formerKey(world) }]);
        return revoked;
      },
    };
    const tally = await importRows(world, [row], { existingKeys: raced, unschedule: true });
    expect(tally.refused.map(({ code }) => code)).toEqual(["already_subscribed"]);
    expect(tally.refused[0]?.message).toContain("nobody charges it now");
  });
});

describe("an order id of the earlier system that is made of the customer_uid", () => {
  it("does not bring the customer_uid into what is told of a refused row", async () => {
    const customerUid = "former-customer-000001";
    await world.control.post("/portone/billing-keys", { pg: "chai", customer_uid: customerUid });
    const sender = createHttpSender();
    const { url: apiHost, ...merchant } = world.emulator.ready.portone;
    const monotonicMs = () => performance.now();
    const client = createPortOneClient({ ...merchant, apiHost, sender, monotonicMs });
    const { now } = await world.control.post<{ now: string }>("/clock", { by: "PT1S" });
    const at = Temporal.Instant.from(now).add({ hours: 24 });
    const amount = money(9_900, "KRW");
    const charge = { merchantUid: `${customerUid}_12`, at, amount, name: "월간 구독" };
    await client.scheduleCharges({ customerUid, charges: [charge] });
    await sender.close();
    const { refused } = await importRows(world, [rowOf(customerUid, "order-of-key")]);
    expect(refused.map(({ code }) => code)).toEqual(["scheduled_at_provider"]);
    expect(JSON.stringify(refused)).not.toContain(customerUid);
    expect(refusedRowsAsCsv(refused)).not.toContain(customerUid);
  });
});

describe("a file without a header", () => {
  it("is refused without showing the customer_uid of its first line", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "maedal-")), "keys.csv");
    await writeFile(path, "secret-customer-uid,user-1\n");
    const error: unknown = await openImportFile(path).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/no column that is known/);
    expect(String(error)).not.toContain("secret-customer-uid");
  });
});

describe("an external_id that a spreadsheet would take for a formula", () => {
  it.each(["=HYPERLINK(1)", "+1", "-1", "@SUM(1)"])("is text in the report: %s", (externalId) => {
    const row = { line: 2, maskedKey: "…", externalId, code: "bad_row", message: "No." } as const;
    expect(refusedRowsAsCsv([row])).toContain(`,'${externalId},`);
  });
});
