import { failureClasses } from "@maedal/gateways";
import { describe, expect, it } from "vitest";
import { afterExchangeFailure } from "./registration.ts";

const providerMessage = "계좌를 확인해 주세요.";
const refusal = { code: "SOME_CODE", providerMessage };

describe("an exchange that failed", () => {
  it("is repeated when nothing was tried, or nobody knows", () => {
    const repeated = failureClasses.filter(
      (failure) => afterExchangeFailure({ ...refusal, failure }).to === "repeat",
    );
    expect(repeated).toEqual(["not_sent", "outage", "outcome_unknown"]);
  });

  it("pauses the connection when every other registration would fail, too", () => {
    const pausing = failureClasses.filter((failure) => {
      const decision = afterExchangeFailure({ ...refusal, failure });
      return decision.to === "failed" && decision.pausesConnection;
    });
    expect(pausing).toEqual(["configuration", "mismatch"]);
  });

  it("keeps the provider's own words for people", () => {
    expect(afterExchangeFailure({ ...refusal, failure: "hard_decline" })).toEqual({
      to: "failed",
      code: "SOME_CODE",
      message: providerMessage,
      pausesConnection: false,
    });
  });

  it("has our class for a code when the provider gave none", () => {
    const silent = { code: undefined, providerMessage: undefined };
    expect(afterExchangeFailure({ ...silent, failure: "mismatch" })).toEqual({
      to: "failed",
      code: "mismatch",
      message: undefined,
      pausesConnection: true,
    });
  });
});
