/** Conformance: money that is held first, and taken or given back by a call of its own. */
import {
  money,
  type Authorizations,
  type ChargeOrder,
  type Gateway,
  type Money,
} from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { newOrder } from "./customers.ts";
import { capturedPayment, found, refundOf, untilMoved, usualAmount } from "./orders.ts";
import { errorOf, withoutExchange, type ProviderUnderTest } from "./provider-under-test.ts";
import { ifTold } from "./told.ts";

export function describeAuthorizations(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const { separateCapture } = gateway.capabilities;

  it("offers to capture later exactly where the capabilities say so", () => {
    expect(gateway.authorizations !== undefined).toBe(separateCapture);
  });

  it.runIf(!separateCapture)("charges nothing that is to be captured later", async () => {
    const order = await newOrder(provider, { capture: "manual" });
    expect((await errorOf(gateway.chargeBillingKey(order))).failure).toBe("invalid_request");
    expect(await provider.movements({ orderId: order.orderId })).toEqual([]);
  });

  if (!separateCapture) return;
  describe("an authorization", () => {
    describeHeld(provider);
    describeCaptured(provider);
    describeVoided(provider);
    describeLostAnswers(provider);
  });
}

/** An order whose money is held, with what captures or voids it. */
interface Held {
  readonly order: ChargeOrder;
  readonly held: { readonly paymentId: string; readonly orderId: string; readonly amount: Money };
}

async function hold(provider: ProviderUnderTest): Promise<Held> {
  const order = await newOrder(provider, { capture: "manual" });
  const { paymentId } = await provider.gateway.chargeBillingKey(order);
  const { orderId, amount } = order;
  return { order, held: { paymentId, orderId, amount } };
}

function authorizationsOf(gateway: Gateway): Authorizations {
  if (gateway.authorizations === undefined) throw new Error("This gateway captures at once.");
  return gateway.authorizations;
}

/** What is held of an order, or was; until when it could be captured counts only while it is held. */
function heldPayment(
  provider: ProviderUnderTest,
  order: ChargeOrder,
  state: "authorized" | "voided" | "expired",
): Record<string, unknown> {
  return {
    ...capturedPayment(order, provider.gateway.capabilities.lookUpFields),
    state,
    authorizationExpiresAt:
      state === "authorized" ? expect.any(Temporal.Instant) : ifTold(expect.any(Temporal.Instant)),
  };
}

/** A captured payment that was held before; until when it could be captured may still be told. */
function takenPayment(provider: ProviderUnderTest, order: ChargeOrder): Record<string, unknown> {
  return {
    ...capturedPayment(order, provider.gateway.capabilities.lookUpFields),
    authorizationExpiresAt: ifTold(expect.any(Temporal.Instant)),
  };
}

function describeHeld(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const whole = usualAmount(provider).amountMinor;

  it("holds the money until a time that it tells, and takes none", async () => {
    const order = await newOrder(provider, { capture: "manual" });
    const payment = await gateway.chargeBillingKey(order);
    expect(withoutExchange(payment)).toTell({
      ...capturedPayment(order, gateway.capabilities.answerFields),
      state: "authorized",
      authorizationExpiresAt: expect.any(Temporal.Instant),
    });
    expect(await provider.movements({ orderId: order.orderId })).toEqual([
      { kind: "authorization", amountMinor: whole },
    ]);
  });

  it("is found held, by either id", async () => {
    const { order, held } = await hold(provider);
    const expected = { ...heldPayment(provider, order, "authorized"), paymentId: held.paymentId };
    expect(await found(provider, order.orderId)).toTell(expected);
    expect(withoutExchange(await gateway.lookUpByPaymentId(held.paymentId))).toTell(expected);
  });

  it("cannot be refunded, for nothing was taken", async () => {
    const { order, held } = await hold(provider);
    await errorOf(gateway.refund(refundOf(held)));
    expect(await found(provider, order.orderId)).toTell(heldPayment(provider, order, "authorized"));
  });

  it.runIf(provider.outliveAuthorizations !== undefined)(
    "is given back when nobody captures it in time, and cannot be captured any more",
    async () => {
      const { order, held } = await hold(provider);
      await provider.outliveAuthorizations?.();
      expect(await found(provider, order.orderId)).toTell(heldPayment(provider, order, "expired"));
      await errorOf(authorizationsOf(gateway).capture(held));
      expect(await provider.movements({ orderId: order.orderId })).toEqual([
        { kind: "authorization", amountMinor: whole },
        { kind: "void", amountMinor: whole },
      ]);
    },
  );
}

function describeCaptured(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const whole = usualAmount(provider);
  const part = money(whole.amountMinor / 10, whole.currency);

  async function capturesOf(orderId: string): Promise<readonly number[]> {
    const movements = await provider.movements({ orderId });
    const captures = movements.filter(({ kind }) => kind === "capture");
    return captures.map(({ amountMinor }) => amountMinor);
  }

  it.each([
    ["all of it", whole],
    ["a part, and the rest is released", part],
  ])("is captured: %s", async (_name, amount) => {
    const { order, held } = await hold(provider);
    const payment = await authorizationsOf(gateway).capture({ ...held, amount });
    expect([payment.state, payment.paymentId]).toEqual(["captured", held.paymentId]);
    expect(payment.amount).toTell(ifTold(amount));
    expect(await found(provider, order.orderId)).toTell(
      takenPayment(provider, { ...order, amount }),
    );
    expect(await capturesOf(order.orderId)).toEqual([amount.amountMinor]);
  });

  it("is not captured for more than is held", async () => {
    const { order, held } = await hold(provider);
    const amount = money(whole.amountMinor + part.amountMinor, whole.currency);
    const error = await errorOf(authorizationsOf(gateway).capture({ ...held, amount }));
    expect(error.failure).toBe("invalid_request");
    expect(await found(provider, order.orderId)).toTell(heldPayment(provider, order, "authorized"));
  });

  it("is captured once, however often that is asked", async () => {
    const { order, held } = await hold(provider);
    await authorizationsOf(gateway).capture({ ...held, amount: part });
    await errorOf(authorizationsOf(gateway).capture({ ...held, amount: part }));
    expect(await capturesOf(order.orderId)).toEqual([part.amountMinor]);
    expect(await found(provider, order.orderId)).toTell(
      takenPayment(provider, { ...order, amount: part }),
    );
  });

  it("is refunded after it was captured, like any payment", async () => {
    const { order, held } = await hold(provider);
    await authorizationsOf(gateway).capture({ ...held, amount: part });
    const { refund } = await gateway.refund(refundOf({ ...held, amount: part }));
    expect(refund.amountMinor).toBe(part.amountMinor);
    expect(await found(provider, order.orderId)).toTell({
      ...takenPayment(provider, { ...order, amount: part }),
      refundedMinor: part.amountMinor,
      refunds: [refund],
    });
  });
}

function describeVoided(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const whole = usualAmount(provider).amountMinor;
  const heldAndGivenBack = [
    { kind: "authorization", amountMinor: whole },
    { kind: "void", amountMinor: whole },
  ];

  it("is voided whole, and cannot be captured any more", async () => {
    const { order, held } = await hold(provider);
    const payment = await authorizationsOf(gateway).void(held);
    expect([payment.state, payment.paymentId]).toEqual(["voided", held.paymentId]);
    await errorOf(authorizationsOf(gateway).capture(held));
    expect(await found(provider, order.orderId)).toTell(heldPayment(provider, order, "voided"));
    expect(await provider.movements({ orderId: order.orderId })).toEqual(heldAndGivenBack);
  });

  it("voided again is unknown until it is looked up, and stays voided", async () => {
    const { order, held } = await hold(provider);
    await authorizationsOf(gateway).void(held);
    const { failure } = await errorOf(authorizationsOf(gateway).void(held));
    expect(failure).toBe("outcome_unknown");
    expect(await found(provider, order.orderId)).toTell(heldPayment(provider, order, "voided"));
  });

  it("cannot be voided once it was captured", async () => {
    const { order, held } = await hold(provider);
    await authorizationsOf(gateway).capture(held);
    await errorOf(authorizationsOf(gateway).void(held));
    expect(await found(provider, order.orderId)).toTell(takenPayment(provider, order));
  });

  it("is voided by the provider when the capture is declined, and says why", async () => {
    const { order, held } = await hold(provider);
    await provider.spoil("capture", "soft_decline");
    const payment = await authorizationsOf(gateway).capture(held);
    expect([payment.state, payment.failure]).toEqual([
      "voided",
      { failure: expect.any(String), code: expect.any(String), message: expect.any(String) },
    ]);
    expect(await found(provider, order.orderId)).toTell(heldPayment(provider, order, "voided"));
    expect(await provider.movements({ orderId: order.orderId })).toEqual(heldAndGivenBack);
  });
}

function describeLostAnswers(provider: ProviderUnderTest): void {
  const { gateway } = provider;
  const lost = ["silence_after", "cut_after", "error_after", "garbage_after"] as const;
  const neverArrived = ["silence_before", "cut_before", "error_before"] as const;

  it.each(lost)("of a charge answered by %s is unknown, and found held", async (trouble) => {
    const order = await newOrder(provider, { capture: "manual" });
    await provider.spoil("charge", trouble);
    const impatient = await provider.gatewayWith("impatient");
    expect((await errorOf(impatient.chargeBillingKey(order))).failure).toBe("outcome_unknown");
    await untilMoved(provider, order.orderId, 1);
    expect(await found(provider, order.orderId)).toTell(heldPayment(provider, order, "authorized"));
  });

  it.each(lost)("captured and answered by %s is unknown, and found captured", async (trouble) => {
    const { order, held } = await hold(provider);
    await provider.spoil("capture", trouble);
    const impatient = authorizationsOf(await provider.gatewayWith("impatient"));
    expect((await errorOf(impatient.capture(held))).failure).toBe("outcome_unknown");
    await untilMoved(provider, order.orderId, 2);
    const after = await gateway.lookUpByPaymentId(held.paymentId);
    expect(withoutExchange(after)).toTell(takenPayment(provider, order));
  });

  it.each(lost)("voided and answered by %s is unknown, and found voided", async (trouble) => {
    const { order, held } = await hold(provider);
    await provider.spoil("void", trouble);
    const impatient = authorizationsOf(await provider.gatewayWith("impatient"));
    expect((await errorOf(impatient.void(held))).failure).toBe("outcome_unknown");
    await untilMoved(provider, order.orderId, 2);
    const after = await gateway.lookUpByPaymentId(held.paymentId);
    expect(withoutExchange(after)).toTell(heldPayment(provider, order, "voided"));
  });

  it.each(neverArrived)("whose capture never arrived (%s) is found held", async (trouble) => {
    const { order, held } = await hold(provider);
    await provider.spoil("capture", trouble);
    const impatient = authorizationsOf(await provider.gatewayWith("impatient"));
    expect((await errorOf(impatient.capture(held))).failure).toBe("outcome_unknown");
    const after = await gateway.lookUpByPaymentId(held.paymentId);
    expect(withoutExchange(after)).toTell(heldPayment(provider, order, "authorized"));
    expect((await authorizationsOf(gateway).capture(held)).state).toBe("captured");
  });
}
