import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { missingPayerDetails, payerDetailsOf } from "./payer-details.ts";

const known = { name: "김하늘", email: "haneul@example.com", phone: "010-1234-5678" };
const unknown = { name: undefined, email: undefined, phone: undefined };
const untold = { customerName: undefined, customerEmail: undefined, customerPhone: undefined };

describe("what a provider is told of a customer", () => {
  it("is nothing, of a provider that insists on nothing", () => {
    expect(payerDetailsOf(known, [])).toEqual(untold);
  });

  it("is exactly what it insists on", () => {
    expect(payerDetailsOf(known, ["phone"])).toEqual({
      ...untold,
      customerPhone: "010-1234-5678",
    });
    expect(payerDetailsOf(known, ["name", "email"])).toEqual({
      ...untold,
      customerName: "김하늘",
      customerEmail: "haneul@example.com",
    });
  });

  it("is never made up", () => {
    const wanted = fc.subarray(["name", "email", "phone"] as const);
    fc.assert(
      fc.property(wanted, (details) => {
        expect(payerDetailsOf(unknown, details)).toEqual(untold);
      }),
    );
  });
});

describe("what is missing of a customer", () => {
  it("is what the provider insists on and nobody has told us", () => {
    const payer = { ...unknown, name: "김하늘" };
    expect(missingPayerDetails(payer, ["name", "email", "phone"])).toEqual(["email", "phone"]);
  });

  it("is nothing while the provider does not ask for it", () => {
    expect(missingPayerDetails(unknown, [])).toEqual([]);
    expect(missingPayerDetails(known, ["name", "email", "phone"])).toEqual([]);
  });
});
