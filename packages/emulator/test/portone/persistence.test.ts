import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Json } from "../support/world.ts";
import { startWorld } from "../support/world.ts";
import { key, merchantOf, outcomeOf, refusalOf } from "./merchant.ts";

let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "maedal-emulator-"));
});
afterEach(() => rm(dataDirectory, { recursive: true }));

describe("an emulated PortOne with a data directory", () => {
  it("knows everything again after a restart, the token too", async () => {
    const first = await startWorld({ dataDirectory });
    const merchant = merchantOf(first);
    await merchant.register();
    await merchant.again();
    await merchant.post("/payments/cancel", { merchant_uid: "order-1", amount: 1000 });
    await merchant.post("/payments/prepare", { merchant_uid: "window-1", amount: 1 });
    await merchant.switches({ refundDays: 7 });
    const { response: token } = await merchant.token();
    const paths = ["/ledger", "/accounts", "/switches", "/credentials"].concat(
      ["billing-keys", "pg-keys", "payments", "schedules"].map((name) => `/portone/${name}`),
    );
    const tell = (world: typeof first) =>
      Promise.all(paths.map((path) => world.control("GET", path)));
    const before = await tell(first);
    await first.stop();

    const second = await startWorld({ dataDirectory });
    const after = await tell(second);
    const again = merchantOf(second);
    const sameToken = (await again.token()).response.access_token === token.access_token;
    const codes = [
      refusalOf(await again.again())[1],
      (await again.post("/payments/prepare", { merchant_uid: "window-1", amount: 1 })).body.code,
    ];
    await second.stop();
    expect(after).toEqual(before);
    expect([sameToken, ...codes]).toEqual([true, 1, 1]);
  });

  it("makes the charges that were scheduled, approves late ones and recovers after it", async () => {
    const first = await startWorld({ dataDirectory });
    const merchant = merchantOf(first);
    await merchant.register();
    await first.control("POST", "/settings", { provider: "portone", recoveryHour: 9 });
    const { now } = (await merchant.token()).response;
    const item = (id: string, inHours: number) => ({
      merchant_uid: id,
      schedule_at: now + inHours * 3600,
      amount: 5000,
      name: "정기결제",
    });
    const schedules = [item("soon", 1), item("later", 72)];
    await merchant.post("/subscribe/payments/schedule", { customer_uid: key, schedules });
    await merchant.change({ declineCode: "OVER_LIMIT" });
    await merchant.advance("PT2H");
    await merchant.change({ declineCode: null });
    await merchant.fault("again", { type: "late_success", afterSeconds: 3600 });
    await merchant.again();
    await first.stop();

    const second = await startWorld({ dataDirectory });
    await second.control("POST", "/clock", { by: "P4D" });
    const entries = await second.control("GET", "/ledger?kind=payment");
    await second.stop();
    expect(entries.map(({ orderId }: Json) => orderId).toSorted()).toEqual([
      "later",
      "order-1",
      "soon",
    ]);
  });

  it("has forgotten everything after a reset but its merchant and its payer", async () => {
    const world = await startWorld({ dataDirectory });
    const merchant = merchantOf(world);
    await merchant.register();
    await merchant.again();
    await world.control("POST", "/reset");
    const { portOne } = await world.control("GET", "/accounts");
    const left = [
      await world.control("GET", "/portone/payments"),
      portOne.customers,
      portOne.payers.map(({ name }: Json) => name),
      portOne.means.map(({ number, balance }: Json) => [number, balance]),
      outcomeOf(await merchant.again()),
    ];
    await world.stop();
    expect(left).toEqual([
      [],
      [],
      ["김차이"],
      [
        ["201602181111", 1_000_000],
        ["201602182222", 1_000_000],
        ["110438106449", 0],
        ["5365100020003005", 1_000_000],
      ],
      [200, 1, undefined],
    ]);
  });
});
