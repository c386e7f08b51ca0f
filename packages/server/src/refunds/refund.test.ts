import type { ProviderRefund } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { defaultWindows } from "../charges/windows.ts";
import type { RefundFinding, RefundOutcome } from "./refund-outcome.ts";
import {
  afterCall,
  afterLookUp,
  unaffordable,
  unbookedIn,
  type Books,
  type OpenRefund,
  type RefundDecision,
  type RefundJudgement,
} from "./refund.ts";

const sentAt = Temporal.Instant.from("2026-03-01T00:00:00Z");
const refund: OpenRefund = {
  amountMinor: 4_000,
  sends: 1,
  lookUps: 0,
  notFoundCount: 0,
  notFoundAt: undefined,
  lastSendOverAt: sentAt,
  resolution: undefined,
};
/** 1,000 of 10,000 were refunded before. */
const books: Books = {
  capturedMinor: 10_000,
  refundedMinor: 1_000,
  transactionIds: new Set(["before"]),
};

const entry = (transactionId: string, amountMinor: number): ProviderRefund => ({
  transactionId,
  amountMinor,
  refundedAt: sentAt,
  reason: undefined,
});
const before = entry("before", 1_000);

function shows(...refunds: ProviderRefund[]): RefundFinding {
  const refundedMinor = refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return { kind: "payment", payment: { ...payment, refunds, refundedMinor } };
}

const payment = {
  paymentId: "payment",
  state: "captured",
  providerStatus: "PARTIAL_CANCELED",
  orderId: "ORDER",
  amount: undefined,
  payer: undefined,
  refundedMinor: 0,
  refunds: [],
  requestedAt: undefined,
  approvedAt: undefined,
  methodLabel: undefined,
  failure: undefined,
  observations: [],
  exchange: { method: "GET", path: "/payments" },
} as const;

const soon = sentAt.add({ seconds: 15 });
const settled = sentAt.add({ minutes: 20 });

function lookedUp(
  finding: RefundFinding,
  change: Partial<OpenRefund> = {},
  realNow: Temporal.Instant = soon,
): RefundJudgement {
  return afterLookUp({ ...refund, ...change }, books, finding, {
    windows: defaultWindows,
    realNow,
  });
}

const inReview = (reason: string) =>
  expect.objectContaining({ to: "in_review", reason }) as unknown;
const failed = (failure: string) =>
  expect.objectContaining({
    to: "failed",
    failure: expect.objectContaining({ failure }) as unknown,
  }) as unknown;
const askedAgain = (lookUpInMs: number, countsAsNotFound = false): RefundJudgement => ({
  decision: { to: "reconciling", lookUpInMs, countsAsNotFound },
  foreign: [],
});

describe("the answer to a refund", () => {
  const words = { code: "CODE", message: "words" };
  const decide = (outcome: RefundOutcome, change: Partial<OpenRefund> = {}): RefundDecision =>
    afterCall({ ...refund, ...change }, outcome, defaultWindows);

  it("that it was made ends it", () => {
    const made = entry("made", 4_000);
    expect(
      decide({ kind: "refunded", refund: made, refundedMinor: 5_000, observations: [] }),
    ).toEqual({
      to: "refunded",
      refund: made,
    });
  });

  it("that it is refused ends it, with the provider's words", () => {
    expect(decide({ kind: "refused", failure: "hard_decline", ...words })).toEqual({
      to: "failed",
      failure: { failure: "hard_decline", ...words },
    });
  });

  it("that it is refused goes to a person while an earlier call is unresolved", () => {
    expect(decide({ kind: "refused", failure: "hard_decline", ...words }, { sends: 2 })).toEqual({
      to: "in_review",
      reason: "outcome_unresolved",
      ...words,
    });
  });

  it("that nothing was tried has it sent again later, and counts no call", () => {
    const later = [
      ["not_sent", 60_000],
      ["outage", 300_000],
      ["configuration", 300_000],
    ] as const;
    for (const [failure, heldForMs] of later) {
      expect(decide({ kind: "put_off", failure, ...words })).toEqual({
        to: "requested",
        heldForMs,
        sends: 0,
      });
    }
  });

  it("that is not clear has the payment looked up first", () => {
    for (const failure of ["outcome_unknown", "mismatch"] as const) {
      expect(decide({ kind: "unknown", failure, wasAnswered: true, ...words })).toEqual({
        to: "reconciling",
        lookUpInMs: 15_000,
        countsAsNotFound: false,
      });
    }
  });
});

describe("a look-up that shows a refund of exactly our amount which we do not know", () => {
  it("adopts it, at whatever time", () => {
    const found = entry("found", 4_000);
    for (const realNow of [soon, settled]) {
      expect(lookedUp(shows(before, found), {}, realNow)).toEqual({
        decision: { to: "refunded", refund: found },
        foreign: [],
      });
    }
  });

  it("tells it from others beside it, which are the provider's", () => {
    const found = entry("found", 4_000);
    const other = entry("other", 2_000);
    expect(lookedUp(shows(before, other, found))).toEqual({
      decision: { to: "refunded", refund: found },
      foreign: [other],
    });
  });

  it("goes to a person when there are several", () => {
    const found = [entry("one", 4_000), entry("two", 4_000)];
    expect(lookedUp(shows(before, ...found))).toEqual({
      decision: inReview("several_refunds_found"),
      foreign: [],
    });
  });

  it("is one, however often the list names it", () => {
    const found = entry("found", 4_000);
    const twice = { ...payment, refunds: [before, found, found], refundedMinor: 5_000 };
    expect(lookedUp({ kind: "payment", payment: twice }).decision).toEqual({
      to: "refunded",
      refund: found,
    });
  });

  it("is not one that is in our books already", () => {
    const mine = { ...books, refundedMinor: 4_000, transactionIds: new Set(["before"]) };
    const finding = shows(entry("before", 4_000));
    const context = { windows: defaultWindows, realNow: soon };
    expect(afterLookUp(refund, mine, finding, context)).toEqual(askedAgain(60_000));
  });
});

describe("a look-up that shows a refund of another amount", () => {
  it("fails ours when too little is left for it", () => {
    const other = entry("other", 6_000);
    expect(lookedUp(shows(before, other))).toEqual({
      decision: failed("refunded_elsewhere"),
      foreign: [other],
    });
  });

  it("goes to a person when ours would still fit", () => {
    expect(lookedUp(shows(before, entry("other", 2_000)), {}, settled)).toEqual({
      decision: inReview("refund_of_other_amount"),
      foreign: [],
    });
  });
});

describe("a look-up that shows nothing new", () => {
  it("proves nothing before the settle window is over", () => {
    expect(lookedUp(shows(before))).toEqual(askedAgain(60_000));
  });

  it("counts once it is over, and asks a second time", () => {
    expect(lookedUp(shows(before), {}, settled)).toEqual(askedAgain(60_000, true));
  });

  it("does not count twice within a minute", () => {
    const once = { notFoundCount: 1, notFoundAt: settled.subtract({ seconds: 30 }), lookUps: 1 };
    expect(lookedUp(shows(before), once, settled)).toEqual(askedAgain(300_000));
  });

  it("the second time has it sent again", () => {
    const once = { notFoundCount: 1, notFoundAt: settled.subtract({ minutes: 1 }) };
    expect(lookedUp(shows(before), once, settled)).toEqual({
      decision: { to: "requested", heldForMs: 0, sends: 1 },
      foreign: [],
    });
  });

  it("the second time goes to a person after three resends", () => {
    const once = { notFoundCount: 1, notFoundAt: settled.subtract({ minutes: 1 }), sends: 4 };
    expect(lookedUp(shows(before), once, settled).decision).toEqual(inReview("resends_exhausted"));
  });
});

describe("a look-up that cannot be believed", () => {
  it("is asked again when the list does not add up, and goes to a person in the end", () => {
    const odd = { ...payment, refunds: [before], refundedMinor: 5_000 };
    const finding: RefundFinding = { kind: "payment", payment: odd };
    expect(lookedUp(finding, {}, settled)).toEqual(askedAgain(60_000));
    expect(lookedUp(finding, { lookUps: 6 }, settled).decision).toEqual(
      inReview("provider_record_unclear"),
    );
  });

  it("is asked again when it lacks what is in our books", () => {
    expect(lookedUp(shows(), {}, settled)).toEqual(askedAgain(60_000));
  });

  it("is asked again when more was refunded than captured", () => {
    expect(lookedUp(shows(before, entry("much", 20_000)))).toEqual(askedAgain(60_000));
  });

  it("is asked for a week when there is no answer at all", () => {
    const silence: RefundFinding = { kind: "no_answer", code: "timeout", message: "" };
    expect(lookedUp(silence, { lookUps: 12 })).toEqual(askedAgain(86_400_000));
    expect(lookedUp(silence, { lookUps: 13 }).decision).toEqual(inReview("outcome_unresolved"));
  });

  it("goes to a person at once when the payment is not ours", () => {
    expect(lookedUp({ kind: "mismatch", detail: "orderId is X" }).decision).toEqual(
      inReview("mismatch"),
    );
  });
});

describe("a person's word that nothing at the provider is this refund", () => {
  const others = [entry("one", 4_000), entry("two", 4_000)];

  it("books what is there as the provider's, and sends ours again", () => {
    const other = entry("other", 2_000);
    expect(lookedUp(shows(before, other), { resolution: "not_refunded" }, settled)).toEqual({
      decision: { to: "requested", heldForMs: 0, sends: 0 },
      foreign: [other],
    });
  });

  it("waits until nothing of ours can still be on its way", () => {
    const finding = shows(before, entry("other", 2_000));
    expect(lookedUp(finding, { resolution: "not_refunded" })).toEqual(askedAgain(900_000));
  });

  it("fails ours when too little is left", () => {
    expect(lookedUp(shows(before, ...others), { resolution: "not_refunded" })).toEqual({
      decision: failed("refunded_elsewhere"),
      foreign: others,
    });
  });

  it("does not outweigh a single refund of exactly its amount", () => {
    const found = entry("found", 4_000);
    expect(lookedUp(shows(before, found), { resolution: "not_refunded" }).decision).toEqual({
      to: "refunded",
      refund: found,
    });
  });

  it("ends ours when the person gives it up, even without an answer", () => {
    expect(lookedUp(shows(before, ...others), { resolution: "give_up" })).toEqual({
      decision: failed("given_up"),
      foreign: others,
    });
    const silence: RefundFinding = { kind: "no_answer", code: "timeout", message: "" };
    expect(lookedUp(silence, { resolution: "give_up" })).toEqual({
      decision: failed("given_up"),
      foreign: [],
    });
  });
});

describe("requests that wait while somebody else refunds", () => {
  const requested = [
    { id: "a", amountMinor: 4_000 },
    { id: "b", amountMinor: 5_000 },
    { id: "c", amountMinor: 1_000 },
  ];

  it("are all kept while there is enough", () => {
    expect(unaffordable(requested, 10_000)).toEqual([]);
  });

  it("end when they find no money, the oldest served first", () => {
    expect(unaffordable(requested, 5_000).map(({ id }) => id)).toEqual(["b"]);
    expect(unaffordable(requested, 0).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });
});

describe("a payment's list of refunds", () => {
  it("shows what is not in our books", () => {
    const found = entry("found", 2_000);
    expect(unbookedIn({ refundedMinor: 3_000, refunds: [before, found] }, books)).toEqual([found]);
  });
});
