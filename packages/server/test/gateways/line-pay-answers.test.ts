/**
 * Every return code of LINE Pay, answered by the emulator to every call that it can concern, and what
 * the gateway makes of it. The lists are from the documents, once more: the client's own table is not
 * asked.
 */
import type { ChargeOrder } from "@maedal/gateways";
import { linePayReturnCodes } from "@maedal/gateways/line-pay";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import {
  approvedWindow,
  charged,
  newOrder,
  openWindow,
  paymentWindow,
  register,
} from "./customers.ts";
import { capturedPayment, found, orderOf, refundOf } from "./orders.ts";
import { errorOf, withoutExchange } from "./provider-under-test.ts";
import { startLinePayProvider } from "./line-pay-provider.ts";

const provider = await startLinePayProvider("TWD");
afterAll(() => provider.stop());
beforeEach(() => provider.reset());

const { gateway } = provider;
const window = paymentWindow(gateway);

const words = (text: string) => text.split(/\s+/);

const setup = words("1104 1105 1106 2103");
const setupOfPaying = [...setup, ...words("1178 1194 2024")];
const malformed = words("2101 2102 2104");
/** The payer or the method cannot pay now; another day they may. */
const notNow = words("1101 1102 1110 1142 1154 1170 1264 1280 1281 1288 1289 1296 1298");
const institution = words("2020 2021 2022 2023");
/** Documents of three generations disagree whether these kill the key. */
const perhapsDead = words("1290 1291 1292 1293 1294 1295");
const deadByCard = words("1282 1283 1284 1285 1286 1287");
const dead = [...words("1141 1190 1193"), ...deadByCard];
/** An earlier call may have done it, or may be doing it. */
const duplicates = words("1145 1152 1172 1179 1197 1198");
const temporary = words("1900 1902 1903 1999 9000");
const nobodyKnows = words("1196 1297 1299 1911 4711");
/** Of no call that is tried here, or of the Offline API. */
const elsewhere = words("1115 1133 1163 1164 1165 1169 1177 1180");
const states = words("0110 0121 0122 0123");

/** What each code came to, as `code: class`, so that a difference names its code. */
async function classesOf(
  codes: readonly string[],
  operation: string,
  call: () => Promise<unknown>,
): Promise<readonly string[]> {
  const classes: string[] = [];
  for (const code of codes) {
    await provider.fault(operation, { type: "error", code });
    const error = await errorOf(call());
    classes.push(`${code}: ${error.code === code ? error.failure : `not ${error.code}`}`);
  }
  return classes;
}

const all = (codes: readonly string[], failure: string) =>
  codes.map((code) => `${code}: ${failure}`);

describe("a charge that is answered", () => {
  async function answered(codes: readonly string[]): Promise<readonly string[]> {
    const { secret } = await register(provider);
    const orders: ChargeOrder[] = [];
    const classes = await classesOf(codes, "charge", () => {
      const order = orderOf(provider, secret);
      orders.push(order);
      return gateway.chargeBillingKey(order);
    });
    for (const { orderId } of orders) {
      expect(await provider.movements({ orderId })).toEqual([]);
    }
    return classes;
  }

  it("that the payer cannot pay now, with a key that is usable, is a soft decline", async () => {
    const codes = [...notNow, ...institution, ...perhapsDead];
    expect(await answered(codes)).toEqual(all(codes, "soft_decline"));
  });

  it("by a code that ends the key in every document is the end of the key", async () => {
    expect(await answered(dead)).toEqual(all(dead, "billing_key_invalid"));
  });

  it("about credentials or contract is a matter of configuration", async () => {
    expect(await answered(setupOfPaying)).toEqual(all(setupOfPaying, "configuration"));
  });

  it("about the request itself is our own mistake", async () => {
    const codes = [...words("1124 1183 1184"), ...malformed];
    expect(await answered(codes)).toEqual(all(codes, "invalid_request"));
  });

  it("by anything else is unknown, and never taken for a decline", async () => {
    const others = words("1150 1153 1155 1159 1199");
    const unclear = [...duplicates, ...temporary, ...nobodyKnows, ...elsewhere, ...states];
    const codes = [...others, ...unclear];
    expect(await answered(codes)).toEqual(all(codes, "outcome_unknown"));
  });

  it.each(["1290", "1281", "1101"])(
    "%s, and the key's check says gone, is the end of the key",
    async (code) => {
      for (const gone of ["1190", "1193", "1141"]) {
        const order = await newOrder(provider);
        await provider.fault("charge", { type: "error", code });
        await provider.fault("key_check", { type: "error", code: gone });
        const error = await errorOf(gateway.chargeBillingKey(order));
        expect([error.failure, error.code]).toEqual(["billing_key_invalid", code]);
      }
    },
  );

  it.each([
    ["1290", "hard_decline"],
    ["1298", "soft_decline"],
  ])("%s, and the key's check is unclear or says blocked, is a %s", async (code, failure) => {
    for (const action of [{ type: "close_before" }, { type: "error", code: "1154" }]) {
      const order = await newOrder(provider);
      await provider.fault("charge", { type: "error", code });
      await provider.fault("key_check", action);
      const error = await errorOf(gateway.chargeBillingKey(order));
      expect([error.failure, error.code]).toEqual([failure, code]);
    }
  });

  it("by a decline under a status of trouble is unknown", async () => {
    const { secret } = await register(provider);
    for (const status of [408, 409, 429, 500, 502, 503]) {
      await provider.fault("charge", { type: "error", code: "1282", status });
      const error = await errorOf(gateway.chargeBillingKey(orderOf(provider, secret)));
      expect([error.failure, error.httpStatus]).toEqual(["outcome_unknown", status]);
    }
  });
});

describe("a confirm that is answered", () => {
  async function answered(codes: readonly string[]): Promise<readonly string[]> {
    const { order, opened, confirm } = await approvedWindow(provider);
    const classes = await classesOf(codes, "confirm", () => window.confirm(confirm));
    expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
    expect(await window.check(opened.windowId)).toBe("approved");
    return classes;
  }

  it("that the payer cannot pay now is a soft decline", async () => {
    const codes = [...notNow, ...institution];
    expect(await answered(codes)).toEqual(all(codes, "soft_decline"));
  });

  it("that the card is refused, or the window is over, is a hard decline: another is needed", async () => {
    const codes = [...words("1141 1159 1169 1180"), ...deadByCard, ...perhapsDead];
    expect(await answered(codes)).toEqual(all(codes, "hard_decline"));
  });

  it("about credentials or contract is a matter of configuration", async () => {
    expect(await answered(setupOfPaying)).toEqual(all(setupOfPaying, "configuration"));
  });

  it("about the request itself is our own mistake", async () => {
    const codes = [...words("1124 1150 1153 1183 1184"), ...malformed];
    expect(await answered(codes)).toEqual(all(codes, "invalid_request"));
  });

  it("by anything else is unknown: the window is looked at before anything is done", async () => {
    const others = words("1155 1163 1164 1165 1177 1190 1193 1199 1115 1133");
    const codes = [...others, ...duplicates, ...temporary, ...nobodyKnows, ...states];
    expect(await answered(codes)).toEqual(all(codes, "outcome_unknown"));
  });
});

describe("a capture that is answered", () => {
  async function held() {
    const order = await newOrder(provider, { capture: "manual" });
    const { paymentId } = await gateway.chargeBillingKey(order);
    const { orderId, amount } = order;
    const capture = () => gateway.authorizations?.capture({ paymentId, orderId, amount });
    return { order, capture: async () => await capture() };
  }

  it("by a card's refusal or LINE Pay's own fault is voided, in the class of the refusal", async () => {
    const { capture } = await held();
    const soft = words("1199 1280 1281 1288 1289 1296 1298");
    const voided: unknown[] = [];
    for (const code of [...soft, ...deadByCard, ...perhapsDead]) {
      await provider.fault("capture", { type: "error", code });
      const payment = await capture();
      voided.push([code, payment?.state, payment?.failure?.failure]);
    }
    expect(voided).toEqual([
      ...soft.map((code) => [code, "voided", "soft_decline"]),
      ...deadByCard.map((code) => [code, "voided", "billing_key_invalid"]),
      ...perhapsDead.map((code) => [code, "voided", "hard_decline"]),
    ]);
  });

  it("about the request or the connection changes nothing", async () => {
    const { order, capture } = await held();
    const wrong = [...words("1124 1150 1183 1184"), ...malformed];
    expect(await classesOf(wrong, "capture", capture)).toEqual(all(wrong, "invalid_request"));
    expect(await classesOf(setup, "capture", capture)).toEqual(all(setup, "configuration"));
    const payment = await found(provider, order.orderId);
    expect(payment).toEqual(expect.objectContaining({ state: "authorized" }));
  });

  it("by anything else is unknown until it is looked up", async () => {
    const { capture } = await held();
    const codes = [...words("1155 1165"), ...duplicates, ...temporary, ...nobodyKnows, ...states];
    expect(await classesOf(codes, "capture", capture)).toEqual(all(codes, "outcome_unknown"));
  });
});

describe("a void that is answered", () => {
  it("by a clear refusal changes nothing, by anything else is unknown", async () => {
    const order = await newOrder(provider, { capture: "manual" });
    const { paymentId } = await gateway.chargeBillingKey(order);
    const { orderId, amount } = order;
    const call = async () => await gateway.authorizations?.void({ paymentId, orderId, amount });
    const wrong = [...words("1150"), ...malformed];
    const unknown = [...words("1155 1165 1199"), ...duplicates, ...temporary, ...nobodyKnows];
    expect(await classesOf(wrong, "void", call)).toEqual(all(wrong, "invalid_request"));
    expect(await classesOf(setup, "void", call)).toEqual(all(setup, "configuration"));
    expect(await classesOf(unknown, "void", call)).toEqual(all(unknown, "outcome_unknown"));
    const payment = await found(provider, orderId);
    expect(payment).toEqual(expect.objectContaining({ state: "authorized" }));
  });
});

describe("a refund that is answered", () => {
  it("by a clear refusal gave nothing, by anything else is unknown: the refunds are looked up", async () => {
    const { order, payment } = await charged(provider);
    const call = () => gateway.refund(refundOf(payment));
    const wrong = [...words("1115 1124 1150 1155"), ...malformed];
    const never = words("1101 1163");
    const later = words("1102 2042");
    const done = words("1164 1165 1199");
    const unknown = [...done, ...duplicates, ...temporary, ...nobodyKnows, ...states];
    expect(await classesOf(wrong, "refund", call)).toEqual(all(wrong, "invalid_request"));
    expect(await classesOf(setup, "refund", call)).toEqual(all(setup, "configuration"));
    expect(await classesOf(never, "refund", call)).toEqual(all(never, "hard_decline"));
    expect(await classesOf(later, "refund", call)).toEqual(all(later, "soft_decline"));
    expect(await classesOf(unknown, "refund", call)).toEqual(all(unknown, "outcome_unknown"));
    expect(await found(provider, order.orderId)).toEqual(payment);
  });
});

describe("a look-up that is answered", () => {
  it("by 1150 finds nothing now; any other refusal says nothing of the payment", async () => {
    const { order, payment } = await charged(provider);
    await provider.fault("details", { type: "error", code: "1150" });
    expect(await found(provider, order.orderId)).toBe("not_found");
    const codes = [...setup, ...malformed, ...words("1177 1142 1159"), ...temporary, ...states];
    const call = () => gateway.lookUpByOrderId(order.orderId);
    expect(await classesOf(codes, "details", call)).toEqual(all(codes, "outcome_unknown"));
    expect(await found(provider, order.orderId)).toEqual(payment);
  });
});

describe("a window that is asked about", () => {
  async function stateAfter(code: string, windowId: string): Promise<string> {
    await provider.fault("check", { type: "error", code });
    return window.check(windowId);
  }

  it("stands where the code says", async () => {
    const { opened } = await openWindow(provider);
    const answers: unknown[] = [];
    for (const code of ["0000", ...states]) answers.push(await stateAfter(code, opened.windowId));
    expect(answers).toEqual(["waiting", "approved", "over", "over", "paid"]);
  });

  it("and that LINE Pay does not know is over, unless it knows its payment", async () => {
    const unpaid = await openWindow(provider);
    expect(await stateAfter("1159", unpaid.opened.windowId)).toBe("over");
    const paid = await approvedWindow(provider);
    await window.confirm(paid.confirm);
    expect(await stateAfter("1159", paid.opened.windowId)).toBe("paid");
  });

  it("is not called over by any other answer", async () => {
    const { opened } = await openWindow(provider);
    const codes = [...setup, ...duplicates, ...temporary, ...nobodyKnows, "1150", "1180", "1169"];
    const failures: string[] = [];
    for (const code of codes) {
      failures.push((await errorOf(stateAfter(code, opened.windowId))).failure);
    }
    expect(new Set(failures)).toEqual(new Set(["outcome_unknown"]));
    expect(await window.check(opened.windowId)).toBe("waiting");
  });
});

describe("a key that is asked about or given up", () => {
  it("is usable, blocked or gone where a code says so, and else nothing is known", async () => {
    const { secret } = await register(provider);
    const healthAfter = async (code: string) => {
      await provider.fault("key_check", { type: "error", code });
      return (await gateway.checkBillingKey?.(secret))?.state;
    };
    const told: unknown[] = [];
    for (const code of words("0000 1101 1102 1110 1154 1141 1190 1193")) {
      told.push(await healthAfter(code));
    }
    expect(told).toEqual(words("usable blocked blocked blocked blocked gone gone gone"));
    const unclear = [...duplicates, ...temporary, ...nobodyKnows, ...states];
    const failures: string[] = [];
    for (const code of unclear) failures.push((await errorOf(healthAfter(code))).failure);
    expect(new Set(failures)).toEqual(new Set(["outcome_unknown"]));
  });

  it("is gone after every code that says so, and still there after any other", async () => {
    const { secret } = await register(provider);
    const call = () => gateway.deleteBillingKey(secret);
    for (const code of [...dead, ...perhapsDead]) {
      await provider.fault("expire", { type: "error", code });
      await call();
    }
    expect(await classesOf(setup, "expire", call)).toEqual(all(setup, "configuration"));
    const unclear = [...duplicates, ...temporary, ...nobodyKnows, ...states];
    expect(await classesOf(unclear, "expire", call)).toEqual(all(unclear, "outcome_unknown"));
    expect((await gateway.checkBillingKey?.(secret))?.state).toBe("usable");
  });
});

describe("an answer that is not about our payment", () => {
  it("is a mismatch: a charge that names another order", async () => {
    const order = await newOrder(provider);
    await provider.fault("charge", { type: "alter_answer", set: { info: { orderId: "ANOTHER" } } });
    expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("mismatch");
  });

  it("is unknown: a charge without a transaction id", async () => {
    const order = await newOrder(provider);
    await provider.fault("charge", {
      type: "alter_answer",
      set: { info: { transactionId: null } },
    });
    expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("outcome_unknown");
    const { lookUpFields } = gateway.capabilities;
    expect(await found(provider, order.orderId)).toTell(capturedPayment(order, lookUpFields));
  });

  it.each([
    ["another order", { orderId: "ANOTHER" }],
    ["another window", { transactionId: 1 }],
    ["another amount", { payInfo: [{ method: "CREDIT_CARD", amount: 1 }] }],
  ])("is a mismatch: a confirm of %s", async (_name, info) => {
    const { confirm } = await approvedWindow(provider);
    await provider.fault("confirm", { type: "alter_answer", set: { info } });
    expect((await errorOf(window.confirm(confirm))).failure).toBe("mismatch");
  });

  it("is a payment without a key: a confirm that brings none", async () => {
    const { order, confirm } = await approvedWindow(provider);
    await provider.fault("confirm", { type: "alter_answer", set: { info: { regKey: null } } });
    const { payment, billingKey } = await window.confirm(confirm);
    expect([payment.state, billingKey]).toEqual(["captured", undefined]);
    expect(await provider.movements({ orderId: order.orderId })).toHaveLength(1);
  });
});

describe("the evidence of a call", () => {
  it("shows neither key nor channel secret nor signature nor the token of the window", async () => {
    const { opened, confirm } = await approvedWindow(provider);
    const { billingKey } = await window.confirm(confirm);
    if (billingKey === undefined) throw new Error("A confirm brings a key.");
    const order = orderOf(provider, billingKey.secret);
    const payment = await gateway.chargeBillingKey(order);
    const health = await gateway.checkBillingKey?.(order.secret);
    const evidence = JSON.stringify([opened.exchange, billingKey.exchange, payment, health]);
    const token = new URL(opened.url).searchParams.get("transactionReserveId") ?? "";
    expect(token).toMatch(/./);
    for (const secret of [order.secret.billingKey, provider.options.channelSecret, token]) {
      expect(evidence).not.toContain(secret);
    }
    expect(evidence).toContain(order.orderId);
  });

  it("keeps all 19 digits of an id, which no JavaScript number holds", async () => {
    const { payment } = await charged(provider);
    expect(payment.paymentId).toMatch(/^\d{19}$/);
    expect(Number.isSafeInteger(Number(payment.paymentId))).toBe(false);
    const again = await gateway.lookUpByPaymentId(payment.paymentId);
    expect(withoutExchange(again)).toEqual(payment);
    const { refund } = await gateway.refund(refundOf(payment));
    expect(refund.transactionId).toMatch(/^\d{19}$/);
  });
});

describe("the return codes of the documents", () => {
  it("are all tried here, those of no list as well", () => {
    const tried = new Set([
      "0000",
      ...[setupOfPaying, malformed, notNow, institution, perhapsDead, dead].flat(),
      ...[duplicates, temporary, nobodyKnows, elsewhere, states].flat(),
      ...words("1124 1150 1153 1155 1159 1183 1184 1199 2042"),
    ]);
    const untried = linePayReturnCodes.filter(({ code }) => !tried.has(code));
    expect(untried).toEqual([]);
  });
});
