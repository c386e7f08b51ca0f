/** Each question that the documents leave open, answered either way. */
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { codeOf, order, startLinePay, type LinePayMerchant } from "./support/line-pay.ts";
import type { World } from "./support/world.ts";

const running = startLinePay();
let world: World;
let linePay: LinePayMerchant;
beforeEach(async () => {
  ({ world, linePay } = await running);
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const provider = "line_pay";
const turn = (switches: object) => world.control("POST", "/switches", { provider, ...switches });
const advance = (by: string) => world.control("POST", "/clock", { by });
const change = (changes: object) =>
  world.control("POST", "/accounts", { provider, kind: "change", ...changes });
const charge = async (regKey: string, orderId = "A") =>
  codeOf(await linePay.charge(regKey, { orderId }));
const check = async (regKey: string) =>
  codeOf(await linePay.get(`/v3/payments/preapprovedPay/${regKey}/check`));

describe("switches", () => {
  it("stand, at first, on the worse world, unless the documents' own clients would be refused", async () => {
    const { linePay: switches } = await world.control("GET", "/switches");
    expect(switches).toEqual({
      reservationMinutes: 20,
      expiredConfirm: "1180",
      declinedConfirmFails: true,
      zeroAmountRegistration: false,
      declinedOrderIdReusable: false,
      paysOneOrderIdTwice: false,
      keyDeadCodes: "current",
      deadKey: "1190",
      keyLifetimeDays: 180,
      checkRenewsKey: false,
      failedChargeRenewsKey: false,
      busyKey: "1198",
      authorizationDays: 5,
      refundDays: 60,
      detailsLagSeconds: 0,
      mixedDetails: "1150",
      commaJoinedIds: false,
      bracketedIds: false,
      detailsCarryRegKey: false,
      detailsCarryPayStatus: true,
      repeatedNonceRefused: false,
      emptyBody: true,
      errorShape: "returnCode",
      cancelUrlCarriesIds: true,
    });
  });

  it("of one provider leave the other's alone", async () => {
    const before = await world.control("GET", "/switches");
    const after = await turn({ paysOneOrderIdTwice: true });
    const linePaySwitches = { ...before.linePay, paysOneOrderIdTwice: true };
    expect(after).toEqual({ ...before, linePay: linePaySwitches });
  });
});

describe("reservationMinutes and expiredConfirm", () => {
  it.each(["1180", "1159"])("answer %s", async (expiredConfirm) => {
    await turn({ reservationMinutes: 5, expiredConfirm });
    const id = await linePay.request();
    await linePay.approve(id);
    await advance("PT5M");
    expect(codeOf(await linePay.confirm(id))).toBe(expiredConfirm);
  });
});

describe("declinedConfirmFails", () => {
  it.each([
    [true, "0122", "1159"],
    [false, "0110", "0000"],
  ])("%s: a check says %s, another confirm %s", async (declinedConfirmFails, asked, again) => {
    await turn({ declinedConfirmFails });
    const id = await linePay.request();
    const { method } = await linePay.approve(id);
    await change({ id: method, declineCode: "1288" });
    expect(codeOf(await linePay.confirm(id))).toBe("1288");
    await change({ id: method, declineCode: null });
    const path = `/v3/payments/requests/${id}/check`;
    const codes = [codeOf(await linePay.get(path)), codeOf(await linePay.confirm(id))];
    expect(codes).toEqual([asked, again]);
  });
});

describe("zeroAmountRegistration", () => {
  it("false: 1183", async () => {
    const answer = await linePay.post("/v3/payments/request", order({ amount: 0 }));
    expect(codeOf(answer)).toBe("1183");
  });

  it("true: a key that works, and no money moved", async () => {
    await turn({ zeroAmountRegistration: true });
    const id = await linePay.request({ amount: 0 });
    await linePay.approve(id);
    const { info } = (await linePay.confirm(id, 0)).body;
    expect([await world.control("GET", "/ledger"), await check(info.regKey)]).toEqual([[], "0000"]);
  });

  it("true: a NORMAL payment of nothing is refused still", async () => {
    await turn({ zeroAmountRegistration: true });
    const answer = await linePay.post("/v3/payments/request", order({ amount: 0, options: {} }));
    expect(codeOf(answer)).toBe("1183");
  });
});

describe("declinedOrderIdReusable", () => {
  it.each([
    [false, "1172"],
    [true, "0000"],
  ])("%s: %s", async (declinedOrderIdReusable, code) => {
    await turn({ declinedOrderIdReusable });
    const { regKey } = await linePay.register();
    await change({ regKey, declineCode: "1288" });
    const declined = await charge(regKey);
    await change({ regKey, declineCode: null });
    expect([declined, await charge(regKey)]).toEqual(["1288", code]);
  });
});

describe("paysOneOrderIdTwice", () => {
  it("is a provider that is broken: the ledger and details show both", async () => {
    await turn({ paysOneOrderIdTwice: true });
    const { regKey } = await linePay.register();
    expect([await charge(regKey), await charge(regKey)]).toEqual(["0000", "0000"]);
    expect(await world.ledgerOf("A")).toEqual([
      ["payment", 999],
      ["payment", 999],
    ]);
    expect((await linePay.get("/v3/payments?orderId=A")).body.info).toHaveLength(2);
  });
});

describe("keyDeadCodes", () => {
  it.each([
    ["current", "1281", "0000"],
    ["current", "1290", "1190"],
    ["current", "1295", "1190"],
    ["seed", "1290", "0000"],
    ["seed", "1295", "0000"],
    ["seed", "1287", "1190"],
    ["v2", "1281", "1190"],
    ["v2", "1294", "1190"],
    ["v2", "1295", "0000"],
  ])("%s: after %s a charge is %s", async (keyDeadCodes, declineCode, after) => {
    await turn({ keyDeadCodes });
    const { regKey } = await linePay.register();
    await change({ regKey, declineCode });
    const declined = await charge(regKey, "A");
    await change({ regKey, declineCode: null });
    expect([declined, await charge(regKey, "B")]).toEqual([declineCode, after]);
  });
});

describe("deadKey", () => {
  it.each(["1190", "1193"])("%s", async (deadKey) => {
    await turn({ deadKey });
    const { regKey } = await linePay.register();
    await linePay.post(`/v3/payments/preapprovedPay/${regKey}/expire`, {});
    expect([await check(regKey), await charge(regKey)]).toEqual([deadKey, deadKey]);
  });
});

describe("keyLifetimeDays", () => {
  it("1, as in the sandbox", async () => {
    await turn({ keyLifetimeDays: 1 });
    const { regKey } = await linePay.register();
    await advance("PT25H");
    expect(await charge(regKey)).toBe("1193");
  });
});

describe("checkRenewsKey", () => {
  it.each([
    [false, "1193"],
    [true, "0000"],
  ])("%s: %s", async (checkRenewsKey, code) => {
    await turn({ checkRenewsKey });
    const { regKey } = await linePay.register();
    await advance("P100D");
    await check(regKey);
    await advance("P100D");
    expect(await charge(regKey)).toBe(code);
  });
});

describe("failedChargeRenewsKey", () => {
  it.each([
    [false, "1193"],
    [true, "0000"],
  ])("%s: %s", async (failedChargeRenewsKey, code) => {
    await turn({ failedChargeRenewsKey });
    const { regKey } = await linePay.register();
    await advance("P100D");
    await change({ regKey, declineCode: "1288" });
    await charge(regKey, "A");
    await change({ regKey, declineCode: null });
    await advance("P100D");
    expect(await charge(regKey, "B")).toBe(code);
  });
});

describe("busyKey", () => {
  it.each(["1198", "1197"])("%s", async (busyKey) => {
    await turn({ busyKey });
    const { regKey } = await linePay.register();
    const action = { type: "delay", ms: 600_000, when: "before" };
    await world.control("POST", "/faults", { provider, operation: "charge", action });
    const patience = new AbortController();
    const { signal } = patience;
    const ended = expect(linePay.charge(regKey, { orderId: "A" }, { signal })).rejects.toThrow();
    while ((await world.control("GET", "/requests?orderId=A")).length === 0) continue;
    expect(await charge(regKey, "B")).toBe(busyKey);
    patience.abort();
    await ended;
    await world.control("POST", "/requests/clear");
  });
});

describe("authorizationDays", () => {
  it("31", async () => {
    await turn({ authorizationDays: 31 });
    const { regKey } = await linePay.register();
    const { info } = (await linePay.charge(regKey, { capture: false })).body;
    const held = Date.parse(info.authorizationExpireDate) - Date.parse(info.transactionDate);
    expect(held).toBe(31 * 24 * 3_600_000);
  });
});

describe("refundDays", () => {
  it.each([
    [10, "1163"],
    [12, "0000"],
  ])("%i: after eleven days %s", async (refundDays, code) => {
    await turn({ refundDays });
    const { transactionId } = await linePay.register();
    await advance("P11D");
    expect(codeOf(await linePay.post(`/v3/payments/${transactionId}/refund`, {}))).toBe(code);
  });
});

describe("mixedDetails", () => {
  it.each([
    ["1150", "1150", undefined],
    ["known", "0000", 1],
  ])("%s: %s", async (mixedDetails, code, count) => {
    await turn({ mixedDetails });
    const { regKey } = await linePay.register();
    await charge(regKey);
    const { body } = await linePay.get("/v3/payments?orderId=A&orderId=nobody");
    expect([body.returnCode, body.info?.length]).toEqual([code, count]);
  });
});

describe("commaJoinedIds and bracketedIds", () => {
  it.each([
    ["orderId=A,B", {}, "1150"],
    ["orderId=A,B", { commaJoinedIds: true }, "0000"],
    ["orderId[]=A&orderId[]=B", {}, "2101"],
    ["orderId[]=A&orderId[]=B", { bracketedIds: true }, "0000"],
  ])("%s with %j is %s", async (query, switches, code) => {
    await turn(switches);
    const { regKey } = await linePay.register();
    await charge(regKey, "A");
    await charge(regKey, "B");
    const { body } = await linePay.get(`/v3/payments?${query}`);
    expect([body.returnCode, body.info?.length]).toEqual([code, code === "0000" ? 2 : undefined]);
  });
});

describe("detailsCarryRegKey and detailsCarryPayStatus", () => {
  it.each([
    [{}, false, "CAPTURE"],
    [{ detailsCarryRegKey: true, detailsCarryPayStatus: false }, true, undefined],
  ])("%j", async (switches, tellsKey, payStatus) => {
    await turn(switches);
    const { regKey, transactionId } = await linePay.register();
    const [entry] = (await linePay.get(`/v3/payments?transactionId=${transactionId}`)).body.info;
    expect([entry.regKey, entry.payStatus]).toEqual([tellsKey ? regKey : undefined, payStatus]);
  });
});

describe("repeatedNonceRefused", () => {
  it.each([
    [false, ["1150", "1150"]],
    [true, ["1150", "1106"]],
  ])("%s: %j", async (repeatedNonceRefused, codes) => {
    await turn({ repeatedNonceRefused });
    const ask = async () =>
      codeOf(await linePay.get("/v3/payments?orderId=A", { nonce: "the same" }));
    expect([await ask(), await ask()]).toEqual(codes);
  });
});

describe("emptyBody", () => {
  it.each([
    [true, "0000"],
    [false, "2102"],
  ])("%s: %s, and {} is always taken", async (emptyBody, code) => {
    await turn({ emptyBody });
    const expire = async (regKey: string, body?: object) =>
      codeOf(await linePay.post(`/v3/payments/preapprovedPay/${regKey}/expire`, body));
    const [one, other] = [await linePay.register(), await linePay.register()];
    expect([await expire(one.regKey), await expire(other.regKey, {})]).toEqual([code, "0000"]);
  });
});

describe("errorShape", () => {
  it("resultCode: errors are a number and a statusMessage, successes as ever", async () => {
    const { regKey } = await linePay.register();
    await turn({ errorShape: "resultCode" });
    const { body } = await linePay.get("/v3/payments?orderId=A");
    expect(body).toEqual({ resultCode: 1150, statusMessage: "Transaction record not found." });
    expect(await check(regKey)).toBe("0000");
  });
});

describe("cancelUrlCarriesIds", () => {
  it("false: the merchant's own address", async () => {
    await turn({ cancelUrlCarriesIds: false });
    const id = await linePay.request();
    const { cancelUrl } = await world.control("POST", `/line-pay/requests/${id}/cancel`);
    expect(cancelUrl).toBe("https://shop.example/linepay/cancel");
  });
});
