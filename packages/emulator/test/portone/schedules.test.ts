import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Json, World } from "../support/world.ts";
import { key, refusalOf, startPortOne, type PortOneMerchant } from "./merchant.ts";

const running = startPortOne();
let world: World;
let portOne: PortOneMerchant;
let now: number;
beforeEach(async () => {
  ({ world, portOne } = await running);
  await world.control("POST", "/reset");
  await portOne.register();
  ({ now } = (await portOne.token()).response);
});
afterAll(() => world.stop());

const path = "/subscribe/payments/schedule";
const day = 24 * 60 * 60;
const item = (merchantUid: string, inSeconds: number, more: object = {}) => ({
  merchant_uid: merchantUid,
  schedule_at: now + inSeconds,
  amount: 5000,
  name: "정기결제",
  currency: "KRW",
  ...more,
});
const schedule = (...items: object[]) =>
  portOne.post(path, { customer_uid: key, schedules: items });
const standing = async (merchantUid: string) => {
  const { response } = (await portOne.get(`${path}/${merchantUid}`)).body;
  const { schedule_status: status, payment_status: payment, fail_reason: reason } = response;
  return [status, payment, reason];
};
const overLimit = "[OVER_LIMIT] 이용한도를 초과하였습니다.";
const failing = () => portOne.change({ declineCode: "OVER_LIMIT" });
const working = () => portOne.change({ declineCode: null });

describe("a scheduled charge", () => {
  it("is told as it waits, and as it has run at its time", async () => {
    const added = (await schedule(item("s-1", day))).body.response;
    expect(added).toEqual([
      {
        customer_uid: key,
        merchant_uid: "s-1",
        imp_uid: null,
        pg_provider: "chai",
        pg_id: "emul_chai_public_key",
        customer_id: null,
        schedule_at: now + day,
        executed_at: 0,
        revoked_at: 0,
        amount: 5000,
        currency: "KRW",
        name: "정기결제",
        buyer_name: null,
        buyer_email: null,
        buyer_tel: null,
        buyer_addr: null,
        buyer_postcode: null,
        custom_data: null,
        schedule_status: "scheduled",
        payment_status: null,
        fail_reason: null,
        promotion_id: null,
      },
    ]);
    await portOne.advance("PT23H");
    const before = await standing("s-1");
    await portOne.advance("PT2H");
    const { response } = (await portOne.get("/payments/find/s-1")).body;
    expect([before, await standing("s-1"), response.customer_uid_usage]).toEqual([
      ["scheduled", null, null],
      ["executed", "paid", null],
      "payment.scheduled",
    ]);
    expect(response.started_at).toBe(now + day);
    expect(await world.ledgerOf("s-1")).toEqual([["payment", 5000]]);
  });

  it("is asked for with a form and brackets too", async () => {
    const members = Object.entries(item("s-1", day)).map(
      ([name, value]) => `schedules[0][${name}]=${encodeURIComponent(String(value))}`,
    );
    const answer = await portOne.post(path, [`customer_uid=${key}`, ...members].join("&"));
    expect(answer.body.response[0].schedule_at).toBe(now + day);
  });

  it("that fails is executed too, and is not tried again by itself", async () => {
    await schedule(item("s-1", day));
    await failing();
    await portOne.advance("P2D");
    await working();
    await portOne.advance("P30D");
    expect(await standing("s-1")).toEqual(["executed", "failed", overLimit]);
  });

  it("of a key that was deleted fails", async () => {
    await schedule(item("s-1", day));
    await portOne.call("DELETE", `/subscribe/customers/${key}`);
    await portOne.advance("P2D");
    expect(await standing("s-1")).toEqual(["executed", "failed", "등록된 고객정보가 없습니다."]);
  });

  it.each([
    ["an unknown key", { customer_uid: "none" }, [200, 1, "등록된 고객정보가 없습니다."]],
    ["no schedules", { schedules: [] }, [400, 1, "파라미터를 확인해 주세요. (schedules)"]],
  ])("is refused for %s", async (_, changes, expected) => {
    const order = { customer_uid: key, schedules: [item("s-1", day)], ...changes };
    expect(refusalOf(await portOne.post(path, order))).toEqual(expected);
  });

  it("is refused for a time in the past, an id in use, and an id named twice", async () => {
    await portOne.again({ merchant_uid: "paid" });
    await schedule(item("waiting", day));
    const answers = [
      await schedule(item("s-1", -day)),
      await schedule(item("paid", day)),
      await schedule(item("waiting", day)),
      await schedule(item("s-2", day), item("s-2", 2 * day)),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [400, 1],
      [200, 1],
      [200, 1],
      [200, 1],
    ]);
    expect((await portOne.get(`${path}/s-2`)).status).toBe(404);
  });

  it("with card data makes the key first", async () => {
    const card = { pg: "nice", card_number: "5365-1000-2000-3005", expiry: "2099-12" };
    const order = { customer_uid: "card", ...card, schedules: [item("s-1", day)] };
    expect((await portOne.post(path, order)).body.response[0].pg_provider).toBe("nice");
    expect((await portOne.get("/subscribe/customers/card")).status).toBe(200);
  });
});

describe("checking_amount", () => {
  const card = { pg: "nice", card_number: "5365-1000-2000-3005", expiry: "2099-12" };
  const order = (changes: object) =>
    portOne.post(path, {
      customer_uid: "card",
      ...card,
      schedules: [item("s-1", day)],
      checking_amount: 100,
      ...changes,
    });
  const moved = async () =>
    (await world.control("GET", "/ledger")).map(({ kind, amount }: Json) => [kind, amount]);

  it.each([
    [100, ["payment", "refund"]],
    [0, []],
  ])("%d moves %o before the card is kept", async (checking_amount, kinds) => {
    expect((await order({ checking_amount })).body.code).toBe(0);
    expect(await moved()).toEqual(kinds.map((kind) => [kind, 100]));
  });

  it("keeps no card that declines", async () => {
    const stopped = { provider: "portone", kind: "card", number: card.card_number };
    await world.control("POST", "/accounts", { ...stopped, declineCode: "STOPPED" });
    expect((await order({})).body.code).toBe(-1);
    expect((await portOne.get("/subscribe/customers/card")).status).toBe(404);
    expect(await moved()).toEqual([]);
  });
});

describe("revoking", () => {
  const unschedule = (body: object | string) =>
    portOne.post("/subscribe/payments/unschedule", body);
  const revoked = ({ body }: { body: Json }) =>
    body.response?.map(({ merchant_uid: id }: Json) => id) ?? body.message;

  beforeEach(async () => {
    await schedule(item("a", day), item("b", day), item("c", day));
  });

  it.each([
    ["those named", { customer_uid: key, merchant_uid: ["a", "b"] }, ["a", "b"]],
    ["one named alone", { customer_uid: key, merchant_uid: "a" }, ["a"]],
    ["those named without a key", { merchant_uid: ["c"] }, ["c"]],
    ["all of the key when none is named", { customer_uid: key }, ["a", "b", "c"]],
    [
      "all of the key when the list is empty",
      { customer_uid: key, merchant_uid: [] },
      ["a", "b", "c"],
    ],
    ["a form's", `customer_uid=${key}&merchant_uid[]=a&merchant_uid[]=c`, ["a", "c"]],
    [
      "nothing of another key",
      { customer_uid: "other", merchant_uid: ["a"] },
      "취소할 예약결제 기록이 존재하지 않습니다.",
    ],
    ["nothing when nothing is named", {}, "취소할 예약결제 기록이 존재하지 않습니다."],
  ])("%s", async (_, body, expected) => {
    expect(revoked(await unschedule(body))).toEqual(expected);
  });

  it("keeps it from running", async () => {
    await unschedule({ merchant_uid: ["a"] });
    await portOne.advance("P2D");
    expect([await standing("a"), await standing("b")]).toEqual([
      ["revoked", null, null],
      ["executed", "paid", null],
    ]);
    expect(refusalOf(await unschedule({ merchant_uid: ["b"] }))[1]).toBe(1);
  });
});

describe("the two lists of schedules", () => {
  beforeEach(async () => {
    await schedule(item("a", day), item("b", 2 * day), item("c", 3 * day));
    await portOne.post("/subscribe/payments/unschedule", { merchant_uid: ["b"] });
  });
  const ofKey = `/subscribe/customers/${key}/schedules`;
  const twin = `${path}/customers/${key}`;
  const asked = async (address: string) => {
    const { status, body } = await portOne.get(address);
    const schedules = body.response?.list ?? body.response;
    return schedules?.map(({ merchant_uid: id }: Json) => id) ?? status;
  };

  it.each([
    [
      "all of them, newest first",
      () => `${path}?schedule_from=${now}&schedule_to=${now + 9 * day}`,
      ["c", "b", "a"],
    ],
    [
      "oldest first",
      () => `${path}?schedule_from=${now}&schedule_to=${now + 9 * day}&sorting=scheduled`,
      ["a", "b", "c"],
    ],
    [
      "up to, but not at, the end",
      () => `${path}?schedule_from=${now + day}&schedule_to=${now + 3 * day}`,
      ["b", "a"],
    ],
    [
      "by schedule_status",
      () => `${path}?schedule_from=${now}&schedule_to=${now + 9 * day}&schedule_status=revoked`,
      ["b"],
    ],
    [
      "not by schedule-status",
      () => `${path}?schedule_from=${now}&schedule_to=${now + 9 * day}&schedule-status=revoked`,
      ["c", "b", "a"],
    ],
    [
      "in pages",
      () => `${path}?schedule_from=${now}&schedule_to=${now + 9 * day}&limit=2&page=2`,
      ["a"],
    ],
    [
      "of a key by schedule-status",
      () => `${ofKey}?from=${now}&to=${now + 9 * day}&schedule-status=revoked`,
      ["b"],
    ],
    [
      "of a key not by schedule_status",
      () => `${ofKey}?from=${now}&to=${now + 9 * day}&schedule_status=revoked`,
      ["c", "b", "a"],
    ],
    [
      "of a key by the other path",
      () => `${twin}?from=${now}&to=${now + 9 * day}`,
      ["c", "b", "a"],
    ],
    ["400 without from and to", () => path, 400],
    [
      "400 for more than three months",
      () => `${path}?schedule_from=${now}&schedule_to=${now + 94 * day}`,
      400,
    ],
    [
      "400 for an odd status",
      () => `${ofKey}?from=${now}&to=${now + day}&schedule-status=odd`,
      400,
    ],
    [
      "404 for an unknown key",
      () => `/subscribe/customers/none/schedules?from=${now}&to=${now + day}`,
      404,
    ],
  ])("%s", async (_, address, expected) => {
    expect(await asked(address())).toEqual(expected);
  });
});

describe("changing a schedule", () => {
  const put = (id: string, inSeconds: number) =>
    portOne.call("PUT", `${path}/${id}`, { schedule_at: now + inSeconds });
  const reschedule = (id: string, inSeconds: number) =>
    portOne.post(`${path}/${id}/reschedule`, { schedule_at: now + inSeconds });
  const retry = (id: string) => portOne.post(`${path}/${id}/retry`);

  beforeEach(async () => {
    await schedule(item("failed", day), item("paid", 2 * day), item("open", 30 * day));
    await failing();
    await portOne.advance("PT36H");
    await working();
    await portOne.advance("PT24H");
  });

  it("moves one that is still to run, and none that ran", async () => {
    const answers = [
      await put("open", 4 * day),
      await put("failed", 4 * day),
      await put("open", -day),
      await put("none", 4 * day),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400, 404]);
    await portOne.advance("P3D");
    expect(await standing("open")).toEqual(["executed", "paid", null]);
  });

  it("moved back runs at its new time only", async () => {
    await put("open", 40 * day);
    await portOne.advance("P30D");
    expect(await standing("open")).toEqual(["scheduled", null, null]);
    await portOne.advance("P10D");
    expect(await world.ledgerOf("open")).toEqual([["payment", 5000]]);
  });

  it("schedules a failed one again, and neither one that waits nor one that was paid", async () => {
    const answers = [
      await reschedule("failed", 5 * day),
      await reschedule("open", 5 * day),
      await reschedule("paid", 5 * day),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400]);
    expect(await standing("failed")).toEqual(["scheduled", null, null]);
    await portOne.advance("P5D");
    expect(await standing("failed")).toEqual(["executed", "paid", null]);
  });

  it("retries a failed one now, under its merchant_uid; 200 does not mean paid", async () => {
    await failing();
    const declined = await retry("failed");
    await working();
    const paid = await retry("failed");
    const again = await retry("failed");
    expect([
      [declined.status, declined.body.response.status],
      [paid.status, paid.body.response.status],
      again.status,
    ]).toEqual([[200, "failed"], [200, "paid"], 400]);
    const all = (await portOne.get("/payments/findAll/failed")).body.response.list;
    expect(all.map(({ status }: Json) => status)).toEqual(["paid", "failed", "failed"]);
  });

  it("retries nothing without its key", async () => {
    await portOne.call("DELETE", `/subscribe/customers/${key}`);
    expect([(await retry("failed")).status, (await retry("none")).status]).toEqual([404, 404]);
  });
});

describe("the console's recovery", () => {
  const recovery = (recoveryHour: number | null) =>
    world.control("POST", "/settings", { provider: "portone", recoveryHour });

  it("is off: nobody charges by themselves", async () => {
    const merchants = await world.control("GET", "/credentials");
    const found = merchants.find(({ provider }: Json) => provider === "portone");
    expect(found.recoveryHour).toBeNull();
  });

  it("charges what failed the day before, each day until it is paid", async () => {
    await recovery(9);
    await schedule(item("s-1", day));
    await failing();
    await portOne.advance("P4D");
    await working();
    await portOne.advance("P3D");
    const all = (await portOne.get("/payments/findAll/s-1")).body.response.list;
    const statuses = all.map(({ status }: Json) => status);
    expect(statuses[0]).toBe("paid");
    expect(statuses.slice(1).every((status: string) => status === "failed")).toBe(true);
    expect(statuses.length).toBeGreaterThanOrEqual(3);
    expect(await world.ledgerOf("s-1")).toEqual([["payment", 5000]]);
    for (const { started_at: at } of all.slice(0, -1)) {
      const local = new Date((at + 9 * 3600) * 1000).toISOString();
      expect(local.slice(11, 16)).toBe("09:00");
    }
  });

  it("can be turned on again after a reset", async () => {
    await recovery(9);
    await world.control("POST", "/reset");
    await portOne.register();
    await recovery(9);
    await schedule(item("s-1", 3600));
    await failing();
    await portOne.advance("PT2H");
    await working();
    await portOne.advance("P2D");
    expect(await world.ledgerOf("s-1")).toEqual([["payment", 5000]]);
  });

  it("leaves charges alone that were not scheduled, and stops when it is turned off", async () => {
    await recovery(9);
    await failing();
    await portOne.again();
    await schedule(item("s-1", day));
    await portOne.advance("PT25H");
    await working();
    await recovery(null);
    await portOne.advance("P3D");
    expect(await world.control("GET", "/ledger?provider=portone")).toEqual([]);
  });
});
