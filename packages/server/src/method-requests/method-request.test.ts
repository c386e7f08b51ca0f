import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import type { Registration } from "../registrations/registration.ts";
import { canBeGoneOnWith, isAnsweredBy, reasonOf } from "./method-request.ts";

const at = Temporal.Instant.from("2026-03-01T00:00:00Z");
const wanted = { connectionId: "gwy_new", method: "TRANSFER" };
const registration: Registration = {
  accountId: "acct_1",
  id: "reg_1",
  customerId: "cus_1",
  connectionId: "gwy_new",
  subscriptionId: "sub_1",
  method: "TRANSFER",
  status: "open",
  returnUrl: undefined,
  browserHash: undefined,
  hasAuthKey: false,
  idempotencyKey: "once",
  windowAmount: undefined,
  billingKeyId: undefined,
  failureCode: undefined,
  failureMessage: undefined,
  retryOf: undefined,
  expiresAt: at,
  finishedAt: undefined,
  createdAt: at,
};

describe("a request that somebody just made", () => {
  it("is answered by any key", () => {
    expect(isAnsweredBy({ sunsetConnectionId: undefined }, { connectionId: "gwy_1" })).toBe(true);
    expect(reasonOf({ sunsetConnectionId: undefined })).toBe("asked");
  });
});

describe("a request to leave a provider", () => {
  it("is answered by a key of anybody else", () => {
    const request = { sunsetConnectionId: "gwy_old" };
    expect(isAnsweredBy(request, { connectionId: "gwy_old" })).toBe(false);
    expect(isAnsweredBy(request, { connectionId: "gwy_new" })).toBe(true);
    expect(reasonOf(request)).toBe("sunset");
  });
});

describe("the latest registration of a request", () => {
  it("is gone on with while it is open and nobody's, or this browser's", () => {
    const bound = { ...registration, browserHash: new Uint8Array(32) };
    expect(canBeGoneOnWith(registration, wanted, false)).toBe(true);
    expect(canBeGoneOnWith(bound, wanted, true)).toBe(true);
    expect(canBeGoneOnWith(bound, wanted, false)).toBe(false);
  });

  it("is left alone once it is over", () => {
    for (const status of ["completed", "failed", "canceled", "expired"] as const) {
      expect(canBeGoneOnWith({ ...registration, status }, wanted, true)).toBe(false);
    }
  });

  it("is left alone when it is for another method, or elsewhere", () => {
    expect(canBeGoneOnWith(registration, { ...wanted, method: "CARD" }, true)).toBe(false);
    expect(canBeGoneOnWith(registration, { ...wanted, connectionId: "gwy_x" }, true)).toBe(false);
  });
});
