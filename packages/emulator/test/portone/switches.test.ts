/** Each question that the documents leave open, answered either way. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Json, World } from "../support/world.ts";
import {
  duplicate,
  key,
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
});
afterAll(() => world.stop());

const decline = (declineCode: string | null = "OVER_LIMIT") => portOne.change({ declineCode });
const paymentOf = async (impUid: string) =>
  (await portOne.get(`/payments/${impUid}?include_sandbox=true`)).body.response;
const redirectOf = async (url = "https://shop.example/back") => {
  const order = { customer_uid: "key-2", merchant_uid: "issue-2", m_redirect_url: url };
  const { redirect_url: redirectUrl, imp_uid: impUid } = await portOne.register(order);
  return redirectUrl.replace(impUid, "IMP");
};
const schedule = async (inSeconds: number, ids = ["s-1"]) => {
  const { now } = (await portOne.token()).response;
  const schedules = ids.map((id) => ({
    merchant_uid: id,
    schedule_at: now + inSeconds,
    amount: 5000,
    name: "정기결제",
  }));
  return portOne.post("/subscribe/payments/schedule", { customer_uid: key, schedules });
};

it("switches stand, at first, on the worse world, unless the documents' own clients would be refused", async () => {
  const { portOne: switches } = await world.control("GET", "/switches");
  expect(switches).toEqual({
    missingToken: "refused",
    chaiServes: true,
    declineShape: "failed",
    declineText: "bracketed",
    endedKey: "declined",
    failedMerchantUidReusable: true,
    paysOneMerchantUidTwice: false,
    concurrentAgain: "one",
    merchantUidLifetimeDays: null,
    testAndLiveShareIds: true,
    strictIds: false,
    refusalStatus: 200,
    issuanceStatus: "paid",
    issuanceWebhook: true,
    abandonedStatus: "failed",
    redirectParameters: "imp_success",
    redirectQuery: "joined",
    mobileEarlyErrors: "callback",
    partialCancelStatus: "cancelled",
    partialRefunds: true,
    refundDays: 90,
    deleteEndsPgKey: false,
    deleteRevokesSchedules: false,
    schedulesOfKey: "paged",
    scheduleDelaySeconds: 0,
    scheduleHorizonDays: null,
    schedulesPerCall: null,
    lookUpLagSeconds: 0,
    sandboxHiddenFrom: "payment",
    ipRefusalStatus: 403,
    cardTypeAsText: false,
    webhookDelivery: "once",
  });
});

describe("missingToken", () => {
  it.each([
    ["refused", [401, -1, undefined]],
    ["default_merchant", [200, 0, "paid"]],
  ])("%s", async (missingToken, expected) => {
    await portOne.switches({ missingToken });
    expect(outcomeOf(await portOne.again({}, { authorization: null }))).toEqual(expected);
  });
});

describe("chaiServes", () => {
  it("true: windows open and keys are charged", async () => {
    expect(outcomeOf(await portOne.again())).toEqual([200, 0, "paid"]);
  });

  it("false: neither, as since November 2024", async () => {
    await portOne.switches({ chaiServes: false });
    const answer = await portOne.again();
    expect(answer.body.response.fail_reason).toBe("[SERVICE_ENDED] 종료된 결제 서비스입니다.");
    const order = { customer_uid: "key-2", pg: "chai" };
    await expect(portOne.register(order)).rejects.toThrow("Not found PG [ chai ]");
  });
});

describe("declineShape and declineText", () => {
  it.each([
    [{}, [200, 0, "failed"], "[OVER_LIMIT] 이용한도를 초과하였습니다."],
    [{ declineText: "sentence" }, [200, 0, "failed"], "이용한도를 초과하였습니다."],
    [{ declineText: "prefixed" }, [200, 0, "failed"], "[CHAI] 이용한도를 초과하였습니다."],
    [
      { declineShape: "refused" },
      [200, -1, undefined],
      "결제승인에 실패하였습니다. [OVER_LIMIT] 이용한도를 초과하였습니다.",
    ],
  ])("%o", async (switches, outcome, text) => {
    await portOne.switches(switches);
    await decline();
    const answer = await portOne.again();
    expect(outcomeOf(answer)).toEqual(outcome);
    expect(answer.body.response?.fail_reason ?? answer.body.message).toBe(text);
    const records = await world.control("GET", "/portone/payments?merchantUid=order-1");
    expect(records).toHaveLength(outcome[1] === 0 ? 1 : 0);
  });
});

describe("endedKey", () => {
  it.each([
    ["declined", [200, 0, "failed"]],
    ["unknown", [200, 1, undefined]],
  ])("%s", async (endedKey, expected) => {
    await portOne.switches({ endedKey });
    await world.control("POST", `/portone/billing-keys/${key}/end`);
    expect(outcomeOf(await portOne.again())).toEqual(expected);
  });
});

describe("failedMerchantUidReusable", () => {
  it.each([
    [true, [200, 0, "paid"]],
    [false, [200, 1, undefined]],
  ])("%s", async (failedMerchantUidReusable, expected) => {
    await portOne.switches({ failedMerchantUidReusable });
    await decline();
    await portOne.again();
    await decline(null);
    expect(outcomeOf(await portOne.again())).toEqual(expected);
  });

  it("false: a schedule is retried under its merchant_uid nevertheless", async () => {
    await portOne.switches({ failedMerchantUidReusable: false });
    await schedule(3600);
    await decline();
    await portOne.advance("PT2H");
    await decline(null);
    const retried = await portOne.post("/subscribe/payments/schedule/s-1/retry");
    expect(outcomeOf(retried)).toEqual([200, 0, "paid"]);
  });
});

describe("paysOneMerchantUidTwice", () => {
  it.each([
    [false, 1],
    [true, 2],
  ])("%s: %d payments", async (paysOneMerchantUidTwice, payments) => {
    await portOne.switches({ paysOneMerchantUidTwice });
    await portOne.again();
    await portOne.again();
    expect(await world.ledgerOf("order-1")).toHaveLength(payments);
  });
});

describe("concurrentAgain", () => {
  it.each([
    ["one", [200, 1, duplicate], 1],
    ["both", [200, 0, null], 2],
  ])("%s", async (concurrentAgain, expected, payments) => {
    await portOne.switches({ concurrentAgain });
    await portOne.fault("again", { type: "delay", ms: 600_000, when: "after" });
    const patience = new AbortController();
    const ended = expect(portOne.again({}, { signal: patience.signal })).rejects.toThrow();
    while ((await world.ledgerOf("order-1")).length === 0) continue;
    expect(refusalOf(await portOne.again())).toEqual(expected);
    expect(await world.ledgerOf("order-1")).toHaveLength(payments);
    patience.abort();
    await ended;
  });

  it("both: what follows the answer is refused", async () => {
    await portOne.switches({ concurrentAgain: "both" });
    await portOne.again();
    expect(refusalOf(await portOne.again())).toEqual([200, 1, duplicate]);
  });
});

describe("merchantUidLifetimeDays", () => {
  it.each([
    [null, [200, 1, undefined]],
    [30, [200, 0, "paid"]],
  ])("%s: used again after 31 days", async (merchantUidLifetimeDays, expected) => {
    await portOne.switches({ merchantUidLifetimeDays });
    await portOne.again();
    await portOne.advance("P31D");
    expect(outcomeOf(await portOne.again())).toEqual(expected);
  });
});

describe("testAndLiveShareIds", () => {
  it.each([
    [true, [200, 1, undefined]],
    [false, [200, 0, "paid"]],
  ])("%s", async (testAndLiveShareIds, expected) => {
    await portOne.switches({ testAndLiveShareIds });
    await portOne.again();
    const chai = { pgProvider: "chai", pgId: "live", channelKey: "live", channelName: "차이" };
    const channels = [{ ...chai, isSandbox: false }];
    await world.control("POST", "/settings", { provider: "portone", channels });
    await portOne.register({ customer_uid: "live" });
    expect(outcomeOf(await portOne.again({ customer_uid: "live" }))).toEqual(expected);
  });
});

describe("strictIds", () => {
  it.each([
    [false, [200, 0, "paid"]],
    [true, [400, 1, undefined]],
  ])("%s", async (strictIds, expected) => {
    await portOne.switches({ strictIds });
    expect(outcomeOf(await portOne.again({ merchant_uid: "주문.1" }))).toEqual(expected);
  });
});

describe("refusalStatus", () => {
  it.each([200, 400, 404, 409])("%d", async (refusalStatus) => {
    await portOne.switches({ refusalStatus });
    await portOne.again();
    const answers = [await portOne.again(), await portOne.again({ customer_uid: "nobody" })];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [refusalStatus, 1],
      [refusalStatus, 1],
    ]);
  });
});

describe("issuanceStatus", () => {
  it.each(["paid", "ready"])("%s: and the key is there", async (issuanceStatus) => {
    await portOne.switches({ issuanceStatus });
    const { imp_uid: impUid } = await portOne.register({ customer_uid: "key-2" });
    expect((await paymentOf(impUid)).status).toBe(issuanceStatus);
    expect((await portOne.get("/subscribe/customers/key-2")).status).toBe(200);
  });
});

describe("issuanceWebhook", () => {
  it.each([
    [true, 1],
    [false, 0],
  ])("%s: %d deliveries", async (issuanceWebhook, deliveries) => {
    await portOne.switches({ issuanceWebhook });
    const url = `${world.ready.control}/reset-is-not-here`;
    await world.control("POST", "/webhooks", { provider: "portone", url });
    await portOne.register({ customer_uid: "key-2" });
    expect(await world.control("GET", "/webhooks/deliveries")).toHaveLength(deliveries);
  });
});

describe("abandonedStatus", () => {
  it.each(["failed", "ready"])("%s", async (abandonedStatus) => {
    await portOne.switches({ abandonedStatus });
    const { imp_uid: impUid } = await portOne.register({ outcome: "cancel" });
    expect((await paymentOf(impUid)).status).toBe(abandonedStatus);
  });
});

describe("redirectParameters", () => {
  const ids = "imp_uid=IMP&merchant_uid=issue-2";
  it.each([
    ["imp_success", `?${ids}&imp_success=true`],
    ["success", `?${ids}&success=true`],
    ["ids", `?${ids}`],
    ["merchant_uid", "?merchant_uid=issue-2"],
    ["lying", `?${ids}&imp_success=false`],
  ])("%s", async (redirectParameters, query) => {
    await portOne.switches({ redirectParameters });
    expect(await redirectOf()).toBe(`https://shop.example/back${query}`);
  });
});

describe("redirectQuery", () => {
  const added = "imp_uid=IMP&merchant_uid=issue-2&imp_success=true";
  it.each([
    ["joined", `?a=1&${added}#end`],
    ["second_question_mark", `?a=1?${added}#end`],
  ])("%s", async (redirectQuery, query) => {
    await portOne.switches({ redirectQuery });
    expect(await redirectOf("https://shop.example/back?a=1#end")).toBe(
      `https://shop.example/back${query}`,
    );
  });
});

describe("partialCancelStatus, partialRefunds and refundDays", () => {
  const refund = (amount: number) =>
    portOne.post("/payments/cancel", { merchant_uid: "order-1", amount });

  it.each(["cancelled", "paid"])("%s after a part, cancelled after all", async (status) => {
    await portOne.switches({ partialCancelStatus: status });
    await portOne.again();
    const statuses = [await refund(1000), await refund(0)].map(({ body }) => body.response.status);
    expect(statuses).toEqual([status, "cancelled"]);
  });

  it.each([
    [true, [0, 0]],
    [false, [-1, 0]],
  ])("parts: %s", async (partialRefunds, codes) => {
    await portOne.switches({ partialRefunds });
    await portOne.again();
    expect([(await refund(1000)).body.code, (await refund(0)).body.code]).toEqual(codes);
  });

  it.each([
    [10, -1],
    [12, 0],
  ])("%d days: after eleven code %d", async (refundDays, code) => {
    await portOne.switches({ refundDays });
    await portOne.again();
    await portOne.advance("P11D");
    expect((await refund(0)).body.code).toBe(code);
  });
});

describe("deleteEndsPgKey and deleteRevokesSchedules", () => {
  it.each([
    [false, null],
    [true, "merchant"],
  ])("the key at the PG: %s", async (deleteEndsPgKey, by) => {
    await portOne.switches({ deleteEndsPgKey });
    await portOne.call("DELETE", `/subscribe/customers/${key}`);
    const [pgKey] = await world.control("GET", "/portone/pg-keys");
    expect(pgKey.ended?.by ?? null).toBe(by);
  });

  it.each([
    [false, "scheduled"],
    [true, "revoked"],
  ])("schedules: %s", async (deleteRevokesSchedules, status) => {
    await portOne.switches({ deleteRevokesSchedules });
    await schedule(3600);
    await portOne.call("DELETE", `/subscribe/customers/${key}`);
    const [standing] = await world.control("GET", "/portone/schedules");
    expect(standing.status).toBe(status);
  });
});

describe("schedulesOfKey", () => {
  it.each(["paged", "list"])("%s", async (schedulesOfKey) => {
    await portOne.switches({ schedulesOfKey });
    const { now } = (await portOne.token()).response;
    await schedule(3600);
    const address = `/subscribe/customers/${key}/schedules?from=${now}&to=${now + 7200}`;
    const { response } = (await portOne.get(address)).body;
    const { response: standing } = (await portOne.get("/subscribe/payments/schedule/s-1")).body;
    const page = { total: 1, previous: 0, next: 0, list: [standing] };
    expect(response).toEqual(schedulesOfKey === "paged" ? page : [standing]);
  });
});

describe("scheduleDelaySeconds, scheduleHorizonDays and schedulesPerCall", () => {
  it.each([
    [0, "executed"],
    [7200, "scheduled"],
  ])("late by %d seconds: %s an hour after its time", async (scheduleDelaySeconds, status) => {
    await portOne.switches({ scheduleDelaySeconds });
    await schedule(3600);
    await portOne.advance("PT2H");
    const [standing] = await world.control("GET", "/portone/schedules");
    expect(standing.status).toBe(status);
  });

  it.each([
    [{}, 200],
    [{ scheduleHorizonDays: 30 }, 400],
    [{ schedulesPerCall: 1 }, 400],
  ])("two schedules in 31 days with %o: %d", async (switches, status) => {
    await portOne.switches(switches);
    expect((await schedule(31 * 24 * 3600, ["s-1", "s-2"])).status).toBe(status);
  });
});

describe("lookUpLagSeconds", () => {
  it("hides a payment from every look-up for so long", async () => {
    await portOne.switches({ lookUpLagSeconds: 600 });
    const { imp_uid: impUid } = (await portOne.again()).body.response;
    const look = async () => [
      (await portOne.get("/payments/find/order-1")).status,
      (await portOne.get("/payments/findAll/order-1")).status,
      (await portOne.get(`/payments/${impUid}?include_sandbox=true`)).status,
    ];
    const before = await look();
    await portOne.advance("PT10M");
    expect([before, await look()]).toEqual([
      [404, 404, 404],
      [200, 200, 200],
    ]);
  });
});

describe("sandboxHiddenFrom", () => {
  it.each([
    ["payment", [200, 200]],
    ["all_look_ups", [404, 200]],
  ])("%s", async (sandboxHiddenFrom, expected) => {
    await portOne.switches({ sandboxHiddenFrom });
    await portOne.again();
    const answers = [
      await portOne.get("/payments/find/order-1"),
      await portOne.get("/payments/find/order-1?include_sandbox=true"),
    ];
    expect(answers.map(({ status }) => status)).toEqual(expected);
  });
});

describe("ipRefusalStatus", () => {
  it.each([401, 403])("%d for an address that is not allowed", async (ipRefusalStatus) => {
    await portOne.switches({ ipRefusalStatus });
    await world.control("POST", "/settings", { provider: "portone", isIpBlocked: true });
    expect((await portOne.again()).status).toBe(ipRefusalStatus);
  });
});

describe("cardTypeAsText", () => {
  it.each([
    [false, 0],
    [true, "0"],
  ])("%s: %o", async (cardTypeAsText, cardType) => {
    await portOne.switches({ cardTypeAsText });
    await portOne.register({ customer_uid: "card", pg: "html5_inicis" });
    const { response } = (await portOne.get("/subscribe/customers/card")).body;
    expect(response.card_type).toBe(cardType);
  });
});

describe("switches of one provider", () => {
  it("leave the others' alone", async () => {
    const before = await world.control("GET", "/switches");
    const after: Json = await portOne.switches({ chaiServes: false });
    expect(after).toEqual({ ...before, portOne: { ...before.portOne, chaiServes: false } });
  });
});
