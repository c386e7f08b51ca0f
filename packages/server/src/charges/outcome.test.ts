import {
  failureClasses,
  GatewayError,
  type FailureClass,
  type GatewayCapabilities,
  type ProviderPayment,
} from "@maedal/gateways";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  declineOf,
  differsFrom,
  findingOf,
  findingOfFailure,
  outcomeOfAnswer,
  outcomeOfFailure,
} from "./outcome.ts";

const expected = { orderId: "ORDER", amount: { amountMinor: 9_900, currency: "KRW" } } as const;
const fields = ["orderId", "amount", "currency"] as const;
const capabilities: GatewayCapabilities = {
  methods: {},
  deletesUnusedKeys: false,
  keyCheck: false,
  separateCapture: false,
  answerFields: fields,
  lookUpFields: fields,
  listByDate: true,
  declinedIdReusable: false,
  recurringOnly: true,
  maximumOrderNameLength: 100,
  payerDetails: [],
  timeouts: { connectMs: 1, readMs: 1 },
};
const ours: ProviderPayment = {
  paymentId: "pay_1",
  state: "captured",
  providerStatus: "DONE",
  orderId: "ORDER",
  amount: expected.amount,
  payer: undefined,
  refundedMinor: 0,
  refunds: [],
  requestedAt: undefined,
  approvedAt: undefined,
  methodLabel: undefined,
  failure: undefined,
  observations: [],
  exchange: { method: "GET", path: "/" },
};
const foreign: readonly (readonly [string, ProviderPayment])[] = [
  ["orderId is OTHER, ours is ORDER", { ...ours, orderId: "OTHER" }],
  ["amount is 1, ours is 9900", { ...ours, amount: { amountMinor: 1, currency: "KRW" } }],
  ["currency is JPY, ours is KRW", { ...ours, amount: { amountMinor: 9_900, currency: "JPY" } }],
];
const failed = (failure: FailureClass) =>
  new GatewayError("said no", { provider: "toss", failure, code: "CODE", providerMessage: "안됨" });
const words = { code: "CODE", message: "안됨" };

describe("a payment that the provider describes", () => {
  it.each(foreign)("is not ours when %s", (difference, payment) => {
    expect(differsFrom(expected, payment, fields)).toBe(difference);
  });

  it("is compared by what is there: an absent field cannot differ", () => {
    const bare = { ...ours, orderId: undefined, amount: undefined };
    expect(differsFrom(expected, bare, fields)).toBeUndefined();
  });

  it("is compared by what the provider is known to return", () => {
    expect(differsFrom(expected, { ...ours, orderId: "OTHER" }, ["amount"])).toBeUndefined();
  });
});

describe("an answer to a charge", () => {
  it("means captured only when it says so and is ours", () => {
    expect(outcomeOfAnswer(expected, ours, capabilities)).toEqual({
      kind: "captured",
      payment: ours,
    });
  });

  it.each(foreign)("is a mismatch when %s", (message, payment) => {
    expect(outcomeOfAnswer(expected, payment, capabilities)).toEqual({
      kind: "mismatch",
      code: "answer_differs",
      message,
    });
  });

  it.each(["failed", "pending", "other"] as const)("in state %s is unknown", (state) => {
    const payment = { ...ours, state, providerStatus: "ODD" };
    expect(outcomeOfAnswer(expected, payment, capabilities)).toEqual({
      kind: "unknown",
      code: "not_captured",
      message: "the answer says ODD",
    });
  });
});

describe("a charge that failed", () => {
  it.each(["soft_decline", "hard_decline", "billing_key_invalid"] as const)(
    "by %s was declined",
    (failure) => {
      expect(outcomeOfFailure(failed(failure))).toEqual({ kind: "declined", failure, ...words });
    },
  );

  it.each(["outage", "configuration", "invalid_request"] as const)(
    "by %s was refused, which is no decline",
    (failure) => {
      expect(outcomeOfFailure(failed(failure))).toEqual({ kind: "refused", failure, ...words });
    },
  );

  it("before a byte left was not sent", () => {
    expect(outcomeOfFailure(failed("not_sent"))).toEqual({ kind: "not_sent", ...words });
  });

  it("with somebody else's payment is a mismatch", () => {
    expect(outcomeOfFailure(failed("mismatch"))).toEqual({ kind: "mismatch", ...words });
  });

  it("in any other way is unknown, our own bugs included", () => {
    expect(outcomeOfFailure(failed("outcome_unknown"))).toEqual({ kind: "unknown", ...words });
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(outcomeOfFailure(thrown)).toEqual({
          kind: "unknown",
          code: "internal_error",
          message: "our own code failed mid-call",
        });
      }),
    );
  });

  it("is shown in the provider's words, or in ours where it said none", () => {
    const silent = new GatewayError("no answer", { provider: "toss", failure: "outcome_unknown" });
    expect(outcomeOfFailure(silent)).toEqual({
      kind: "unknown",
      code: "outcome_unknown",
      message: "no answer",
    });
  });
});

describe("a look-up", () => {
  it("finds what the provider says of a payment that is ours", () => {
    const of = (state: ProviderPayment["state"]) => {
      const payment = { ...ours, state };
      return findingOf(expected, payment, capabilities);
    };
    expect(of("captured")).toEqual({ kind: "captured", payment: ours });
    expect(of("failed")).toEqual({ kind: "failed", payment: { ...ours, state: "failed" } });
    expect(of("pending")).toEqual({ kind: "pending", payment: { ...ours, state: "pending" } });
    expect(of("other")).toEqual({ kind: "pending", payment: { ...ours, state: "other" } });
    expect(findingOf(expected, "not_found", capabilities)).toEqual({ kind: "not_found" });
  });

  it.each(foreign)("finds a mismatch when %s, whatever its state", (detail, payment) => {
    expect(findingOf(expected, payment, capabilities)).toEqual({
      kind: "mismatch",
      payment,
      detail,
    });
    const refused = { ...payment, state: "failed" as const };
    expect(findingOf(expected, refused, capabilities)).toMatchObject({ kind: "mismatch" });
  });

  it("that fails teaches nothing, whatever refused it", () => {
    for (const failure of failureClasses) {
      expect(findingOfFailure(failed(failure))).toEqual({ kind: "no_answer", ...words });
    }
    expect(findingOfFailure(new Error("bug"))).toEqual({
      kind: "no_answer",
      code: "internal_error",
      message: "our own code failed mid-call",
    });
  });

  it("that finds what cannot be ours, such as two payments, is a mismatch", () => {
    const options = { provider: "line_pay", failure: "mismatch", payment: ours } as const;
    const error = new GatewayError("two payments of one id", options);
    expect(findingOfFailure(error)).toEqual({
      kind: "mismatch",
      payment: ours,
      detail: "two payments of one id",
    });
  });
});

describe("a recorded failure", () => {
  it("is a decline only by one of the three classes that are definite about the method", () => {
    const declines = ["soft_decline", "hard_decline", "billing_key_invalid"];
    for (const failure of failureClasses) {
      expect(declineOf(failure)).toBe(declines.includes(failure) ? failure : undefined);
    }
    expect(declineOf(undefined)).toBeUndefined();
  });
});
