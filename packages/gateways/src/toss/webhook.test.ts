import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { readTossWebhook } from "./webhook.ts";

const noDelivery = {
  transmissionId: undefined,
  retriedCount: undefined,
  transmittedAt: undefined,
};

function read(event: unknown, headers: Record<string, string> = {}) {
  return readTossWebhook(JSON.stringify(event), headers);
}

describe("BILLING_DELETED", () => {
  const createdAt = "2026-11-22T10:00:59.65327";
  const deleted = {
    eventType: "BILLING_DELETED",
    billingKey: "Q2VtfQ=",
    reason: undefined,
    createdAt: Temporal.Instant.from("2026-11-22T01:00:59.65327Z"),
    delivery: noDelivery,
  };

  it("names the key and, where given, the reason", () => {
    const data = { billingKey: "Q2VtfQ=", reason: "API 삭제" };
    const event = { eventType: "BILLING_DELETED", createdAt, data };
    expect(read(event)).toEqual({ ...deleted, reason: "API 삭제" });
    expect(read({ ...event, data: { ...data, reason: null } })).toEqual(deleted);
  });

  it("is read when its data is a JSON text, or the bare key", () => {
    const event = { eventType: "BILLING_DELETED", createdAt };
    expect(read({ ...event, data: '{"billingKey":"Q2VtfQ="}' })).toEqual(deleted);
    expect(read({ ...event, data: "Q2VtfQ=" })).toEqual(deleted);
  });

  it("is unreadable without a key", () => {
    const event = { eventType: "BILLING_DELETED", createdAt };
    expect(read({ ...event, data: {} })).toBe("unreadable");
    expect(read({ ...event, data: null })).toBe("unreadable");
    expect(read({ ...event, data: "no key at all" })).toBe("unreadable");
  });

  it("is read when its time is not", () => {
    const event = { eventType: "BILLING_DELETED", data: { billingKey: "Q2VtfQ=" } };
    expect(read({ ...event, createdAt: "soon" })).toEqual({ ...deleted, createdAt: undefined });
    expect(read(event)).toEqual({ ...deleted, createdAt: undefined });
  });
});

describe("PAYMENT_STATUS_CHANGED", () => {
  it("names the payment to look up", () => {
    const data = { paymentKey: "pay_1", orderId: "order-1", status: "CANCELED", totalAmount: 4900 };
    const createdAt = "2026-11-22T10:00:00+09:00";
    expect(read({ eventType: "PAYMENT_STATUS_CHANGED", createdAt, data })).toEqual({
      eventType: "PAYMENT_STATUS_CHANGED",
      paymentKey: "pay_1",
      orderId: "order-1",
      status: "CANCELED",
      createdAt: Temporal.Instant.from("2026-11-22T01:00:00Z"),
      delivery: noDelivery,
    });
  });

  it("is unreadable without a payment", () => {
    expect(read({ eventType: "PAYMENT_STATUS_CHANGED", data: {} })).toBe("unreadable");
  });

  it("is unreadable when its payment is half a character, which nobody can ask for", () => {
    const data = { paymentKey: "pay_\ud800" };
    expect(read({ eventType: "PAYMENT_STATUS_CHANGED", data })).toBe("unreadable");
  });
});

describe("any other event", () => {
  it("is ignored by its name", () => {
    const ignored = { eventType: "ignored", name: "payout.changed", delivery: noDelivery };
    expect(read({ eventType: "payout.changed", entityBody: {} })).toEqual(ignored);
  });

  it("is ignored when it has no envelope, as a virtual account's deposit", () => {
    const deposit = {
      createdAt: "x",
      secret: "s",
      status: "DONE",
      transactionKey: "t",
      orderId: "o",
    };
    const ignored = { eventType: "ignored", name: "DEPOSIT_CALLBACK", delivery: noDelivery };
    expect(read(deposit)).toEqual(ignored);
  });
});

describe("a body that is no event", () => {
  it("is unreadable", () => {
    expect(readTossWebhook("", {})).toBe("unreadable");
    expect(readTossWebhook("<html>", {})).toBe("unreadable");
    for (const body of [null, [], "text", 1, {}, { eventType: "" }]) {
      expect(read(body)).toBe("unreadable");
    }
  });
});

describe("the headers of a delivery", () => {
  it("are read in any case", () => {
    const headers = {
      "Tosspayments-Webhook-Transmission-Id": "whtrans_1",
      "tosspayments-webhook-transmission-retried-count": "3",
      "TOSSPAYMENTS-WEBHOOK-TRANSMISSION-TIME": "2026-11-22T10:00:00.123456+09:00",
    };
    expect(read({ eventType: "other" }, headers)).toEqual({
      eventType: "ignored",
      name: "other",
      delivery: {
        transmissionId: "whtrans_1",
        retriedCount: 3,
        transmittedAt: Temporal.Instant.from("2026-11-22T01:00:00.123456Z"),
      },
    });
  });
});
