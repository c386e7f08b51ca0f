/** Money that shows up after its charge had ended: it is booked, and goes back where the account says so. */
import { money } from "@maedal/gateways";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { setPolicies } from "../../src/accounts/account-store.ts";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import { everyProvider, spoil, termsOf } from "../support/provider-terms.ts";
import { askForSweep, findingsOf, lineOf, sweep, takeUp } from "../support/sweep-world.ts";
import {
  chargePayments,
  chargesOf,
  connectionNow,
  createWorld,
  eventually,
  statusOf,
  subscribe,
  type World,
} from "../support/world.ts";

describe.each(everyProvider)("at $provider, a payment for a charge that was refused", (terms) => {
  const { provider, refusedButPaid } = terms;
  let world: World;
  beforeEach(async () => {
    world = await createWorld({ provider });
    await spoil(world, refusedButPaid);
  });
  afterEach(() => world.stop());

  /** The one due charge is sent and refused, though the money moved. */
  const refusedOnce = async (dunning = world.engine.dunning): Promise<string> => {
    const engine = world.engineWith({ dunning });
    const { connection } = world;
    const { subscription } = await subscribe(world);
    const gateway = await engine.gateways.of(engine.database, connection);
    const [claim] = await claimCharges(engine, connection, gateway.capabilities, "real", 1);
    if (claim === undefined) throw new Error("nothing was claimed");
    await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
    return subscription.id;
  };
  const cancel = (subscriptionId: string) =>
    cancelSubscription(world.engine, { accountId: world.accountId, subscriptionId, when: "now" });
  const invoices = () =>
    world.engine.database.query("select period_index as period, status from invoices order by 1");
  const movements = async () => {
    const ledger = await world.control.ledger();
    const [payment] = await chargePayments(world);
    return ledger
      .filter(({ paymentId }) => paymentId === payment?.paymentId)
      .map(({ amount, kind }) => `${kind} ${amount}`);
  };
  const refunds = () =>
    world.engine.database.query<{ amount: number; status: string }>(
      "select amount_minor::int as amount, status from refunds",
    );

  it("pays its invoice when the charge was given up, and the subscription goes on", async () => {
    const subscriptionId = await refusedOnce({ retryDelays: [] });
    expect(await statusOf(world, subscriptionId)).not.toBe("active");
    const [payment] = await chargePayments(world);
    expect((await sweep(world)).map(lineOf)).toEqual([
      `late_success booked settled by maedal ${payment?.paymentId}`,
    ]);
    expect(await invoices()).toEqual([{ period: 0, status: "paid" }]);
    expect(await statusOf(world, subscriptionId)).toBe("active");
    expect((await connectionNow(world)).state).toBe("active");
    expect(await chargePayments(world)).toHaveLength(1);
  });

  it("goes back once when the subscription has ended and the account says so", async () => {
    await setPolicies(world.engine.database, world.accountId, { latePayments: "refund" });
    await cancel(await refusedOnce());
    const [first, second] = [await askForSweep(world), await askForSweep(world)];
    await Promise.all([takeUp(world.engine, first), takeUp(world.engine, second)]);
    world.worker();
    await eventually("the refund", async () => (await movements()).length === 2);
    expect(await sweep(world)).toEqual([]);
    const [paid, back] = await movements();
    expect(paid?.replace("payment", "refund")).toBe(back);
    await eventually("the refund to be booked", async () => {
      const [refund] = await refunds();
      return refund?.status === "refunded";
    });
    expect(await refunds()).toHaveLength(1);
    expect(await invoices()).toEqual([{ period: 0, status: "paid" }]);
  });

  it("stays when its period runs and it is owed, whatever the account says", async () => {
    await setPolicies(world.engine.database, world.accountId, { latePayments: "refund" });
    await refusedOnce({ retryDelays: [] });
    await sweep(world);
    expect(await refunds()).toEqual([]);
    expect(await invoices()).toEqual([{ period: 0, status: "paid" }]);
  });

  it("stays when the account has said nothing else, though the subscription has ended", async () => {
    const subscriptionId = await refusedOnce();
    await cancel(subscriptionId);
    await sweep(world);
    expect(await refunds()).toEqual([]);
    expect(await invoices()).toEqual([{ period: 0, status: "paid" }]);
    const charges = await chargesOf(world, subscriptionId);
    expect(charges.map(({ status }) => status)).toEqual(["canceled", "captured"]);
  });

  it("pays for nothing when somebody has given it back before it was found", async () => {
    const subscriptionId = await refusedOnce({ retryDelays: [] });
    const before = await statusOf(world, subscriptionId);
    const [payment] = await chargePayments(world);
    const { connection, engine, patient } = world;
    const gateway = await patient.of(engine.database, connection);
    const amount = money(payment?.amount ?? 0, termsOf(world).currency);
    await gateway.refund({
      paymentId: payment?.paymentId ?? "",
      amount,
      refundableMinor: amount.amountMinor,
      reason: "in the console",
      idempotencyKey: engine.effects.random.uuid(),
    });
    await sweep(world);
    expect(await statusOf(world, subscriptionId)).toBe(before);
    expect(await invoices()).toEqual([{ period: 0, status: "open" }]);
    expect(await refunds()).toEqual([]);
  });

  it("is left to a person when its amount is not what is owed", async () => {
    const subscriptionId = await refusedOnce();
    await cancel(subscriptionId);
    await world.engine.database.execute("alter table invoices disable trigger invoices_are_frozen");
    await world.engine.database.execute("update invoices set amount_minor = amount_minor - 1");
    const [payment] = await chargePayments(world);
    expect((await sweep(world)).map(lineOf)).toEqual([
      `late_success told open ${payment?.paymentId}`,
    ]);
    expect(await invoices()).toEqual([{ period: 0, status: "void" }]);
    expect(await findingsOf(world, { isOpen: true })).toHaveLength(1);
  });
});
