import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Id, newId } from "./id.ts";
import {
  invoiceOrderId,
  maximumGeneration,
  maximumPeriodIndex,
  type OrderName,
  periodOrderId,
  readOrderId,
  registrationOrderId,
} from "./order-id.ts";

const anyId = <P extends "sub" | "inv" | "reg">(prefix: P) =>
  fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => newId(prefix, { bytes: () => bytes, uuid: () => "" }));
const anyGeneration = fc.integer({ min: 0, max: maximumGeneration });

const anyOrderName: fc.Arbitrary<OrderName> = fc.oneof(
  fc.record({
    kind: fc.constant("period" as const),
    subscriptionId: anyId("sub"),
    periodIndex: fc.integer({ min: 0, max: maximumPeriodIndex }),
    generation: anyGeneration,
  }),
  fc.record({
    kind: fc.constant("invoice" as const),
    invoiceId: anyId("inv"),
    generation: anyGeneration,
  }),
  fc.record({ kind: fc.constant("registration" as const), registrationId: anyId("reg") }),
);

function write(name: OrderName): string {
  if (name.kind === "period") {
    return periodOrderId(name.subscriptionId, name.periodIndex, name.generation);
  }
  if (name.kind === "invoice") return invoiceOrderId(name.invoiceId, name.generation);
  return registrationOrderId(name.registrationId);
}

const subscriptionId: Id<"sub"> = "sub_0123456789abcdefghjkmnpqrs";

describe("the order id of a period", () => {
  it("is the subscription, the period index and the generation", () => {
    expect(periodOrderId(subscriptionId, 0, 0)).toBe("0123456789ABCDEFGHJKMNPQRS0000000");
    expect(periodOrderId(subscriptionId, 33, 1)).toBe("0123456789ABCDEFGHJKMNPQRS0001101");
    expect(periodOrderId(subscriptionId, maximumPeriodIndex, maximumGeneration)).toBe(
      "0123456789ABCDEFGHJKMNPQRSZZZZZZZ",
    );
  });

  it("is refused outside its ranges", () => {
    for (const [index, generation] of [
      [-1, 0],
      [0.5, 0],
      [Number.NaN, 0],
      [maximumPeriodIndex + 1, 0],
      [0, -1],
      [0, maximumGeneration + 1],
    ] as const) {
      expect(() => periodOrderId(subscriptionId, index, generation)).toThrow(RangeError);
    }
    expect(() => periodOrderId("sub_short", 0, 0)).toThrow(RangeError);
  });
});

describe("order ids of invoices and registrations", () => {
  it("start with their own letter", () => {
    expect(invoiceOrderId("inv_0123456789abcdefghjkmnpqrs", 31)).toBe(
      "I0123456789ABCDEFGHJKMNPQRS0Z",
    );
    expect(registrationOrderId("reg_0123456789abcdefghjkmnpqrs")).toBe(
      "R0123456789ABCDEFGHJKMNPQRS",
    );
  });
});

describe("every order id", () => {
  it("is accepted by all three providers", () => {
    fc.assert(
      fc.property(anyOrderName, (name) => {
        expect(write(name)).toMatch(/^[A-Z0-9]{6,40}$/);
      }),
    );
  });

  it("has the width of its kind, so that no kind can be taken for another", () => {
    const widths = { period: 33, invoice: 29, registration: 27 };
    fc.assert(
      fc.property(anyOrderName, (name) => {
        expect(write(name)).toHaveLength(widths[name.kind]);
      }),
    );
  });

  it("reads back as the thing it was made from, in either case; so no two things share one", () => {
    fc.assert(
      fc.property(anyOrderName, (name) => {
        expect(readOrderId(write(name))).toEqual(name);
        expect(readOrderId(write(name).toLowerCase())).toEqual(name);
      }),
      { numRuns: 1_000 },
    );
  });

  it("differs between near neighbours", () => {
    const near = [0, 1, 31, 32, 1023].flatMap((index) =>
      [0, 1, 31, 32].map((generation) => periodOrderId(subscriptionId, index, generation)),
    );
    expect(new Set(near).size).toBe(near.length);
  });
});

describe("text that is not one of our order ids", () => {
  it("names nothing", () => {
    const others = [
      "",
      "ORDER-2026-0001",
      "0123456789ABCDEFGHJKMNPQRS00000",
      "8123456789ABCDEFGHJKMNPQRS0000000",
      "0123456789ABCDEFGHIJKLMNOP0000000",
      "0123456789ABCDEFGHJKMNPQRS000000U",
      "X0123456789ABCDEFGHJKMNPQRS00",
      "R0123456789ABCDEFGHJKMNPQR\u212A",
    ];
    expect(others.map((text) => readOrderId(text))).toEqual(others.map(() => undefined));
  });

  it("names nothing even when it is almost one", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const name = readOrderId(text);
        if (name !== undefined) expect(write(name)).toBe(text.toUpperCase());
      }),
    );
  });
});
