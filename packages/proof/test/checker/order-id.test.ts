/** Order ids, from their published format. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readOrderId, writeOrderId, type OrderName } from "../../src/checker/order-id.ts";

const digit = fc.constantFrom(
  ..."0 1 2 3 4 5 6 7 8 9 a b c d e f g h j k m n p q r s t v w x y z".split(" "),
);
const body = fc
  .tuple(fc.nat(7), fc.array(digit, { minLength: 25, maxLength: 25 }))
  .map(([first, rest]) => first + rest.join(""));
const generation = fc.nat(32 ** 2 - 1);

const anyName: fc.Arbitrary<OrderName> = fc.oneof(
  fc.record({
    of: fc.constant("period" as const),
    subscriptionId: body.map((text) => `sub_${text}`),
    periodIndex: fc.nat(32 ** 5 - 1),
    generation,
  }),
  fc.record({
    of: fc.constant("invoice" as const),
    invoiceId: body.map((text) => `inv_${text}`),
    generation,
  }),
  fc.record({
    of: fc.constant("registration" as const),
    registrationId: body.map((text) => `reg_${text}`),
  }),
);

describe("an order id", () => {
  it("names what it was written for, whatever that is", () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(readOrderId(writeOrderId(name))).toEqual(name);
      }),
    );
  });

  it("has the widths that are published, and their characters only", () => {
    const widths = { period: 33, invoice: 29, registration: 27 };
    fc.assert(
      fc.property(anyName, (name) => {
        const orderId = writeOrderId(name);
        expect(orderId).toMatch(/^[0-9A-Z]+$/);
        expect(orderId).toHaveLength(widths[name.of]);
      }),
    );
  });

  it("counts from the right: 33 is one time thirty-two and one", () => {
    const subscriptionId = "sub_00000000000000000000000001";
    expect(writeOrderId({ of: "period", subscriptionId, periodIndex: 33, generation: 10 })).toBe(
      "00000000000000000000000001000110A",
    );
  });
});

describe("an order id of somebody else's", () => {
  it("names nothing", () => {
    const others = [
      "",
      "ORDER-1",
      "KEY-0",
      "8".repeat(33),
      "U".repeat(33),
      "0".repeat(32),
      "I1",
      "R",
    ];
    expect(others.map(readOrderId)).toEqual(others.map(() => undefined));
  });
});
