import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Json, World } from "../support/world.ts";
import {
  duplicate,
  key,
  noPayment,
  outcomeOf,
  refusalOf,
  startPortOne,
  type PortOneMerchant,
} from "./merchant.ts";

const running = startPortOne();
let world: World;
let portOne: PortOneMerchant;
beforeEach(async () => {
  ({ world, portOne } = await running);
  await world.control("POST", "/reset");
  await portOne.register();
  await world.control("POST", "/requests/clear");
});
afterAll(() => world.stop());

const find = () => portOne.get("/payments/find/order-1");
const missing = [404, -1, noPayment];
const statusesOf = async () => {
  const { body } = await portOne.get("/payments/findAll/order-1");
  return body.response?.list.map(({ status }: Json) => status) ?? [];
};

/** Waits until a charge has arrived, or until its fate is settled too. */
async function arrived(isSettled: boolean): Promise<Json> {
  const [request] = await world.control("GET", "/requests?operation=again");
  const isThere = request !== undefined && (!isSettled || request.outcome !== null);
  return isThere ? request : arrived(isSettled);
}

/** Sends a charge whose answer never comes, and gives up once the emulator has done its part. */
async function unanswered(isSettled = true): Promise<Json> {
  const patience = new AbortController();
  const ended = expect(portOne.again({}, { signal: patience.signal })).rejects.toThrow();
  const request = await arrived(isSettled);
  patience.abort();
  await ended;
  return request;
}

describe("a charge that is committed but not answered", () => {
  it.each(["drop_answer", "close_after"])(
    "%s: is found, and refused when repeated",
    async (type) => {
      await portOne.fault("again", type);
      if (type === "drop_answer") await unanswered();
      else await expect(portOne.again()).rejects.toThrow();
      expect(outcomeOf(await find())).toEqual([200, 0, "paid"]);
      expect(refusalOf(await portOne.again())).toEqual([200, 1, duplicate]);
      expect(await world.ledgerOf("order-1")).toEqual([["payment", 3000]]);
    },
  );

  it.each([
    ["bad_gateway", { type: "bad_gateway", when: "after" }, 502, "<html>"],
    ["error", { type: "error", status: 500, code: "-1", when: "after" }, 500, '{"code":-1'],
    ["garbage", { type: "garbage", when: "after" }, 200, '{"version"'],
  ])("%s: the money moved nevertheless", async (_, action, status, begin) => {
    await portOne.fault("again", action);
    const answer = await portOne.again();
    expect([answer.status, answer.text.slice(0, begin.length)]).toEqual([status, begin]);
    expect(await world.ledgerOf("order-1")).toEqual([["payment", 3000]]);
  });
});

describe("a charge that is not committed", () => {
  it.each([
    "drop_request",
    "close_before",
    "rate_limit",
    "outage",
    { type: "bad_gateway", when: "before" },
    { type: "error", status: 500, code: "-1", when: "before" },
    { type: "garbage", when: "before" },
  ])("%o: is not found, and paid when repeated", async (action) => {
    const { id } = await portOne.fault("again", action);
    if (action === "drop_request") await unanswered();
    else await portOne.again().catch(() => undefined);
    expect(refusalOf(await find())).toEqual(missing);
    await world.control("DELETE", `/faults/${id}`);
    expect(outcomeOf(await portOne.again())).toEqual([200, 0, "paid"]);
  });
});

describe("a charge that is answered late", () => {
  it("is there while its answer is still on the way", async () => {
    await portOne.fault("again", { type: "delay", ms: 600_000, when: "after" });
    await unanswered(false);
    expect(outcomeOf(await find())).toEqual([200, 0, "paid"]);
  });
});

describe("an error that a fault orders", () => {
  it.each([
    [{ type: "error", code: "1", message: "안 됩니다." }, [200, 1, "안 됩니다."]],
    [{ type: "error", code: "F112" }, [200, -1, "[F112]"]],
    [
      { type: "error", status: 401, code: "-1", message: "Unauthorized" },
      [401, -1, "Unauthorized"],
    ],
  ])("%o", async (action, expected) => {
    await portOne.fault("again", action);
    expect(refusalOf(await portOne.again())).toEqual(expected);
  });

  it("declines with a code and words of one's own", async () => {
    await portOne.fault("again", { type: "decline", code: "8901" });
    await portOne.fault("again", { type: "decline", code: "X", message: "잔액부족" });
    const reasons = [await portOne.again(), await portOne.again()].map(
      ({ body }) => body.response.fail_reason,
    );
    expect(reasons).toEqual(["[8901] 미등록PG업체/거래정지업체", "[X] 잔액부족"]);
  });

  it("changes members of an answer, and adds some that nobody documented", async () => {
    const set = { response: { amount: 9, odd: "new" } };
    await portOne.fault("again", { type: "alter_answer", set });
    const { amount, odd, status } = (await portOne.again()).body.response;
    expect([amount, odd, status]).toEqual([9, "new", "paid"]);
  });

  it("spoils the token too", async () => {
    await portOne.fault("token", "outage");
    await expect(portOne.again()).rejects.toThrow();
  });
});

describe("look-ups that lag", () => {
  it.each([
    ["find", "/payments/find/order-1"],
    ["find_all", "/payments/findAll/order-1"],
    ["payments", "/payments?merchant_uid[]=order-1"],
  ])("%s: 404 first, then there", async (operation, path) => {
    await portOne.again();
    await portOne.fault(operation, "stale_lookup");
    const answers = [await portOne.get(path), await portOne.get(path)];
    expect(answers.map(({ status }) => status)).toEqual([404, 200]);
  });

  it("status: empty first", async () => {
    await portOne.fault("status", "stale_lookup");
    const totals = [];
    for (const _ of "12") {
      totals.push((await portOne.get("/payments/status/all")).body.response.total);
    }
    expect(totals).toEqual([0, 1]);
  });
});

describe("a payment that a newer failure hides (pay_then_fail)", () => {
  it("is answered and found as failed, though money moved", async () => {
    await portOne.fault("again", "pay_then_fail");
    expect(outcomeOf(await portOne.again())).toEqual([200, 0, "failed"]);
    expect(outcomeOf(await find())).toEqual([200, 0, "failed"]);
    expect(outcomeOf(await portOne.get("/payments/find/order-1/paid"))).toEqual([200, 0, "paid"]);
    expect(await statusesOf()).toEqual(["failed", "paid"]);
    expect(await world.ledgerOf("order-1")).toEqual([["payment", 3000]]);
    expect(refusalOf(await portOne.again())).toEqual([200, 1, duplicate]);
  });
});

describe("a failure that turns out to be paid (late_success)", () => {
  const order = () => portOne.fault("again", { type: "late_success", afterSeconds: 600 });

  it("is failed until then and paid after", async () => {
    await order();
    const answer = await portOne.again();
    expect([outcomeOf(answer), answer.body.response.fail_reason]).toEqual([
      [200, 0, "failed"],
      "(PG사 결제 장애) Internal error",
    ]);
    expect(await world.ledgerOf("order-1")).toEqual([]);
    await portOne.advance("PT10M");
    expect(outcomeOf(await find())).toEqual([200, 0, "paid"]);
    expect(await statusesOf()).toEqual(["paid"]);
    expect(await world.ledgerOf("order-1")).toEqual([["payment", 3000]]);
  });

  it("is a second payment when somebody charged again meanwhile", async () => {
    await order();
    await portOne.again();
    await portOne.again();
    await portOne.advance("PT10M");
    expect(await world.ledgerOf("order-1")).toEqual([
      ["payment", 3000],
      ["payment", 3000],
    ]);
  });
});

describe("a key that dies", () => {
  it("on the way declines the charge", async () => {
    await portOne.fault("again", "kill_key");
    expect((await portOne.again()).body.response.fail_reason).toBe(
      "[KEY_ENDED] 해지된 빌링키입니다.",
    );
  });

  it("right after approval declines the next one", async () => {
    await portOne.fault("again", { type: "kill_key", when: "after" });
    const outcomes = [
      outcomeOf(await portOne.again()),
      outcomeOf(await portOne.again({ merchant_uid: "order-2" })),
    ];
    expect(outcomes).toEqual([
      [200, 0, "paid"],
      [200, 0, "failed"],
    ]);
  });
});

describe("a refund whose answer is lost", () => {
  it("has happened; its checksum keeps a repetition from happening too", async () => {
    await portOne.again();
    await portOne.fault("cancel", "close_after");
    const refund = () =>
      portOne.post("/payments/cancel", { merchant_uid: "order-1", amount: 1000, checksum: 3000 });
    await expect(refund()).rejects.toThrow();
    expect((await refund()).body.code).toBe(1);
    expect(await world.ledgerOf("order-1")).toEqual([
      ["payment", 3000],
      ["refund", 1000],
    ]);
  });
});

describe("what a fault matches", () => {
  it.each([
    [{ orderId: "order-1" }, [502, 200]],
    [{ orderIdPrefix: "other" }, [200, 502]],
    [{ billingKey: key, amount: 3000 }, [502, 200]],
    [{ amount: 4000 }, [200, 502]],
  ])("%o", async (match, expected) => {
    await portOne.fault("again", "bad_gateway", { match });
    const statuses = [
      (await portOne.again()).status,
      (await portOne.again({ merchant_uid: "other-1", amount: 4000 })).status,
    ];
    expect(statuses).toEqual(expected);
  });

  it.each([
    ["find", "decline"],
    ["again", "stale_lookup"],
    ["cancel", "kill_key"],
    ["find", "pay_then_fail"],
  ])("%s cannot be spoiled by %s", async (operation, type) => {
    const action = type === "decline" ? { type, code: "X" } : type;
    await expect(portOne.fault(operation, action)).rejects.toThrow("means nothing");
  });
});
