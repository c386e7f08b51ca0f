import { money, type ProviderPayment } from "@maedal/gateways";
import * as fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { standingOf } from "./listed-payment.ts";
import { isBeingDecided, judgePaid, type PaidOrder } from "./our-orders.ts";

const sentAt = Temporal.Instant.from("2026-03-02T01:00:02Z");
const order: PaidOrder = {
  orderId: "00000000000000000000000000ABC0001",
  chargeId: "chg_1",
  subscriptionId: "sub_1",
  status: "captured",
  reviewReason: undefined,
  paymentId: "pay_1",
  captured: money(9_900, "KRW"),
  refundedMinor: 0,
  lastSendOverAt: sentAt,
};
const payment: ProviderPayment = {
  paymentId: "pay_1",
  state: "captured",
  providerStatus: "DONE",
  orderId: order.orderId,
  amount: money(9_900, "KRW"),
  payer: undefined,
  refundedMinor: 0,
  refunds: [],
  requestedAt: undefined,
  approvedAt: undefined,
  methodLabel: undefined,
  failure: undefined,
  observations: [],
  exchange: { method: "GET", path: "/", requestBody: undefined, status: 200, answerBody: "" },
};
const fields = ["orderId", "amount", "currency"] as const;
const later = sentAt.add({ minutes: 20 });

function judge(
  ours: Partial<PaidOrder>,
  theirs: Partial<ProviderPayment> | "not_found",
  settledBy = later,
) {
  const found = theirs === "not_found" ? theirs : { ...payment, ...theirs };
  return judgePaid({ ...order, ...ours }, found, fields, settledBy);
}

describe("a captured charge", () => {
  it("agrees with a payment that has its order id, amount, currency and refunds", () => {
    expect(judge({}, {})).toEqual({ kind: "agrees" });
    expect(judge({ refundedMinor: 900 }, { refundedMinor: 900 })).toEqual({ kind: "agrees" });
  });

  it.each([
    [{ amount: money(9_901, "KRW") }, "amount is 9901, ours is 9900"],
    [{ amount: money(9_900, "JPY") }, "currency is JPY, ours is KRW"],
    [{ orderId: "OTHER" }, `orderId is OTHER, ours is ${order.orderId}`],
  ] satisfies readonly (readonly [Partial<ProviderPayment>, string])[])(
    "differs in money from one with %o",
    (theirs, difference) => {
      const detail = `payment pay_1 is captured here, and ${difference}`;
      expect(judge({}, theirs)).toEqual({ kind: "differs", as: "amount_differs", detail });
    },
  );

  it("differs in state from one that was never taken, or of which less was refunded", () => {
    expect(judge({}, { state: "failed", providerStatus: "ABORTED" })).toMatchObject({
      as: "state_differs",
      detail: "payment pay_1 is captured here, and ABORTED at the provider",
    });
    expect(judge({ refundedMinor: 900 }, {})).toMatchObject({ as: "state_differs" });
  });

  it("was refunded elsewhere when more was given back than is booked", () => {
    expect(judge({ refundedMinor: 900 }, { refundedMinor: 901 })).toEqual({
      kind: "refunded_elsewhere",
    });
  });

  it("is missing only once the settle window is over", () => {
    expect(judge({}, "not_found", sentAt)).toEqual({ kind: "nothing" });
    expect(judge({}, "not_found")).toMatchObject({ as: "missing_at_provider" });
  });
});

describe("money that is held", () => {
  it("agrees while it is held there, and differs when it was taken or let go", () => {
    expect(judge({ status: "authorized" }, { state: "authorized" })).toEqual({ kind: "agrees" });
    for (const state of ["captured", "voided", "expired"] as const) {
      expect(judge({ status: "authorized" }, { state })).toMatchObject({ as: "state_differs" });
    }
  });

  it("and was given back is late when the provider has taken it after all", () => {
    expect(judge({ status: "voided" }, { state: "voided" })).toEqual({ kind: "agrees" });
    expect(judge({ status: "voided" }, { state: "captured" })).toEqual({ kind: "late" });
  });
});

describe("a charge whose own call or look-up is open", () => {
  it("is judged by that one only", () => {
    const open = ["in_flight", "reconciling", "capturing", "voiding", "expired"] as const;
    for (const status of open) {
      expect(isBeingDecided({ ...order, status })).toBe(true);
      expect(judge({ status }, "not_found")).toEqual({ kind: "nothing" });
    }
    expect(isBeingDecided({ ...order, status: "in_review", reviewReason: "mismatch" })).toBe(true);
    expect(isBeingDecided(order)).toBe(false);
  });
});

describe("a listed movement", () => {
  const listed = {
    transactionId: "tx_1",
    paymentId: "pay_1",
    orderId: order.orderId,
    providerStatus: "DONE",
    amountMinor: 9_900,
    happenedAt: sentAt,
  };
  const nothing = { paid: undefined, isSent: false, isBookedRefund: false, isDoubted: false };
  const ours = { ...nothing, paid: order, isSent: true };

  it("agrees when order id, amount and time are those of the charge that has the payment", () => {
    expect(standingOf(listed, ours)).toBe("agrees");
  });

  it("is asked about when anything of it differs, is absent, or was in doubt before", () => {
    const others = [
      { orderId: "OTHER" },
      { amountMinor: 9_899 },
      { amountMinor: -9_900 },
      { amountMinor: undefined },
      { happenedAt: undefined },
      // A refund of everything may be listed as a positive amount.
      { happenedAt: sentAt.add({ hours: 25 }) },
    ];
    for (const other of others) expect(standingOf({ ...listed, ...other }, ours)).toBe("ours");
    expect(standingOf(listed, { ...ours, isDoubted: true })).toBe("ours");
  });

  it("agrees when it is a refund in our books", () => {
    const refund = { ...listed, amountMinor: -900 };
    expect(standingOf(refund, { ...ours, isBookedRefund: true })).toBe("agrees");
  });

  it("that no charge has is late when we sent its order id, and a stranger when we did not", () => {
    expect(standingOf(listed, { ...nothing, isSent: true })).toBe("late");
    expect(standingOf(listed, nothing)).toBe("stranger");
  });

  it("of any other order id is the merchant's own business", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 26 }), (orderId) => {
        expect(standingOf({ ...listed, orderId }, nothing)).toBe("foreign");
      }),
    );
  });
});
