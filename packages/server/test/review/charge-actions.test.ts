import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError } from "../../src/app-error.ts";
import { captureCharge, voidCharge } from "../../src/authorizations/settle-authorization.ts";
import { resolveReview } from "../../src/charges/resolve-review.ts";
import { collectInvoice } from "../../src/invoices/collect-invoice.ts";
import { requestRefund } from "../../src/refunds/request-refund.ts";
import { cancelSubscription } from "../../src/subscriptions/cancel-subscription.ts";
import { findSubscription } from "../../src/subscriptions/subscription-store.ts";
import { chargeNow, createHeldWorld, holdMoney, type Held } from "../support/held-world.ts";
import { whileUnseen } from "../support/unseen-payment.ts";
import { enterWindow } from "../support/window-world.ts";
import type { World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createHeldWorld({ concurrency: 1_000 });
  // Each charge is put into its state as it stands in the books, without the way that led there.
  await world.db.database.execute("alter table charges disable trigger charges_go_the_way");
});
afterAll(() => world.stop());

/** Columns beside the status, of a charge whose money was held a moment ago. */
const unpaid = `payment_id = null, paid_order_id = null, paid_connection_id = null,
  authorized_at = null, authorization_expires_at = null`;
const leased = `lease_token = gen_random_uuid(), lease_until = protocol_now() + interval '1 hour'`;
const asked = "look_up_at = protocol_now() + interval '1 hour'";
const states = {
  awaiting_customer: unpaid,
  scheduled: `${unpaid}, due_at = protocol_now() + interval '1 day'`,
  in_flight: `${unpaid}, ${leased}`,
  reconciling: `${unpaid}, ${asked}`,
  in_review: `${unpaid}, review_reason = 'mismatch'`,
  authorized: "expiry_told_at = null",
  capturing: leased,
  voiding: leased,
  expired: asked,
  captured: "captured_at = protocol_now(), captured_minor = amount_minor",
  failed: `${unpaid}, failure_class = 'soft_decline'`,
  canceled: unpaid,
  voided: "expiry_told_at = null",
} as const;

type State = keyof typeof states;

async function chargeIn(state: State): Promise<Held> {
  const held = await holdMoney(world);
  const { database } = world.db;
  await database.execute(`update charges set status = '${state}', ${states[state]} where id = $1`, [
    held.chargeId,
  ]);
  if (state === "captured") {
    await database.execute(
      "update invoices set status = 'paid', paid_at = protocol_now() where id = $1",
      [held.invoiceId],
    );
  }
  return held;
}

const by = "test";
const actions = {
  cancel: async ({ subscriptionId }: Held) => {
    const { accountId, engine } = world;
    await cancelSubscription(engine, { accountId, subscriptionId, when: "now" });
  },
  capture: async ({ chargeId }: Held) => {
    await captureCharge(world.engine, { accountId: world.accountId, chargeId, requestedBy: by });
  },
  void: async ({ chargeId }: Held) => {
    await voidCharge(world.engine, { accountId: world.accountId, chargeId, requestedBy: by });
  },
  refund: async ({ chargeId }: Held) => {
    const { accountId, engine } = world;
    const wanted = {
      accountId,
      chargeId,
      amountMinor: "all",
      reason: by,
      requestedBy: by,
    } as const;
    await engine.database.transaction((tx) => requestRefund(tx, engine, wanted));
  },
  collect: async ({ invoiceId }: Held) => {
    await collectInvoice(world.engine, { accountId: world.accountId, invoiceId });
  },
  window: async ({ subscriptionId, testClockId }: Held) => {
    const { accountId, engine } = world;
    const subscription = await findSubscription(engine.database, accountId, subscriptionId);
    if (subscription === undefined) throw new Error("there is no subscription");
    await enterWindow(world, { customerId: subscription.customerId, subscription, testClockId });
  },
  notPaid: async ({ chargeId }: Held) => {
    const review = { accountId: world.accountId, chargeId, note: "", by };
    const decided = { ...review, decision: "not_paid" } as const;
    await whileUnseen(world, () => resolveReview(world.engine, decided));
  },
  lookUpAgain: async ({ chargeId }: Held) => {
    const review = { accountId: world.accountId, chargeId, note: "", by };
    await resolveReview(world.engine, { ...review, decision: "look_up_again" });
  },
  giveUp: async ({ chargeId }: Held) => {
    const review = { accountId: world.accountId, chargeId, note: "", by };
    const decided = { ...review, decision: "give_up" } as const;
    await whileUnseen(world, () => resolveReview(world.engine, decided));
  },
} as const;

type Action = keyof typeof actions;

/** What the charge is afterwards, or why nothing was done. */
async function outcomeOf(state: State, action: Action): Promise<string> {
  const held = await chargeIn(state);
  try {
    await actions[action](held);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code;
  }
  return (await chargeNow(world, held.chargeId)).status;
}

async function rowOf(state: State): Promise<Record<string, string>> {
  const row: Record<string, string> = {};
  for (const action of Object.keys(actions) as Action[]) {
    row[action] = await outcomeOf(state, action);
  }
  return row;
}

/** What is refused of a charge whose outcome is open, and how. */
const refused = {
  capture: "charge_not_authorized",
  void: "charge_not_authorized",
  refund: "charge_not_captured",
  collect: "invoice_not_collectible",
  window: "payment_in_progress",
  notPaid: "review_over",
  lookUpAgain: "review_over",
  giveUp: "review_over",
} as const;

/** What each action leads to: the charge's status, or the code of a refusal. */
const table: Readonly<Record<State, Readonly<Record<Action, string>>>> = {
  awaiting_customer: {
    ...refused,
    cancel: "canceled",
    collect: "scheduled",
    window: "awaiting_customer",
  },
  scheduled: { ...refused, cancel: "canceled", window: "awaiting_customer" },
  in_flight: { ...refused, cancel: "in_flight" },
  reconciling: { ...refused, cancel: "reconciling" },
  in_review: {
    ...refused,
    cancel: "in_review",
    notPaid: "scheduled",
    lookUpAgain: "reconciling",
    giveUp: "failed",
  },
  authorized: {
    ...refused,
    cancel: "authorized",
    capture: "captured",
    void: "voided",
    window: "authorized",
  },
  capturing: { ...refused, cancel: "capturing" },
  voiding: { ...refused, cancel: "voiding" },
  expired: { ...refused, cancel: "expired" },
  captured: { ...refused, cancel: "captured", refund: "captured", window: "captured" },
  failed: { ...refused, cancel: "failed", collect: "failed", window: "failed" },
  canceled: { ...refused, cancel: "canceled", collect: "canceled", window: "canceled" },
  voided: { ...refused, cancel: "voided", collect: "voided", window: "voided" },
};

describe("what can be done to a charge", () => {
  it.each(Object.keys(states) as State[])("that is %s", async (state) => {
    expect(await rowOf(state)).toEqual(table[state]);
  });
});
