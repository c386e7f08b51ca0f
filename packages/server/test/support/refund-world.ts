/** What tests of refunds need: paid charges, what our books say, and what the ledger says. */
import { money, type Currency, type Money } from "@maedal/gateways";
import { expect } from "vitest";
import { claimCharges } from "../../src/charges/claim-charges.ts";
import { recordOutcomes } from "../../src/charges/record-outcomes.ts";
import { sendCharge } from "../../src/charges/send-charge.ts";
import type { Provider } from "../../src/connections/connection.ts";
import type { Engine } from "../../src/engine.ts";
import { recordRefundsOf } from "../../src/refunds/record-found-refunds.ts";
import { listRefundViews, type RefundView } from "../../src/refunds/refund-reads.ts";
import { requestRefund } from "../../src/refunds/request-refund.ts";
import { receiveNotification } from "../../src/notifications/receive-notification.ts";
import { processNotifications } from "../../src/notifications/process-notifications.ts";
import type { Fault } from "./emulator-control.ts";
import { eventually, subscribe, type World } from "./world.ts";

interface RefundWords {
  /** The emulator's names of what we ask for. */
  readonly refund: string;
  readonly lookUp: string;
  /** Answers that end a refund, hold it up until our credentials are mended, or leave it open. */
  readonly refused: Readonly<Record<string, unknown>> & { readonly code: string };
  readonly misconfigured: readonly object[];
  readonly broken: object;
}

/** What a console refuses for good, in the words of the payment company. */
const periodIsOver = "결제취소에 실패하였습니다.(취소 가능 기간이 지났습니다.)";
/** One 401 may be the token's, whose renewal mends it. */
const unauthorized = { status: 401, code: "-1", message: "Unauthorized" };

const providers: Readonly<Record<Provider, RefundWords>> = {
  toss: {
    refund: "cancel",
    lookUp: "get_payment",
    refused: { status: 403, code: "EXCEED_MAX_REFUND_DUE" },
    misconfigured: [{ status: 401, code: "UNAUTHORIZED_KEY" }],
    broken: { status: 500, code: "FAILED_REFUND_PROCESS" },
  },
  line_pay: {
    refund: "refund",
    lookUp: "details",
    refused: { status: 400, code: "1163" },
    misconfigured: [{ status: 400, code: "1106" }],
    broken: { status: 500, code: "9000" },
  },
  portone: {
    refund: "cancel",
    lookUp: "payments",
    refused: { code: "-1", message: periodIsOver },
    misconfigured: [unauthorized, unauthorized],
    broken: { status: 500, code: "-1" },
  },
};

export function wordsOf({ connection }: World): RefundWords {
  return providers[connection.provider];
}

/** Lets refunds of this charge go wrong. */
export async function spoilRefund(
  world: World,
  charge: PaidCharge,
  action: Fault["action"],
  times: number | null = 1,
): Promise<void> {
  const { provider } = world.connection;
  const match = { paymentKey: charge.paymentId };
  const operation = wordsOf(world).refund;
  await world.control.fault({ provider, operation, match, times, action });
}

export interface PaidCharge {
  readonly id: string;
  readonly subscriptionId: string;
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: Money;
}

/** Subscribes a customer and collects the first charge; needs no worker. */
export async function paidCharge(world: World): Promise<PaidCharge> {
  const { subscription } = await subscribe(world, { amount: 10_000 });
  const { connection, engine, patient } = world;
  const gateway = await patient.of(engine.database, connection);
  const claims = await claimCharges(engine, connection, gateway.capabilities, "real", 1);
  for (const claim of claims) {
    await recordOutcomes(engine, [await sendCharge(engine, connection, gateway, claim)]);
  }
  // A worker may have been faster.
  const row = await eventually("the charge to be paid", async () => {
    const [paid] = await engine.database.query<{
      id: string;
      payment_id: string;
      order_id: string;
      currency: Currency;
    }>(
      "select id, payment_id, order_id, currency from charges where subscription_id = $1 and status = 'captured'",
      [subscription.id],
    );
    return paid;
  });
  const { currency, id, order_id: orderId, payment_id: paymentId } = row;
  const amount = money(10_000, currency);
  return { id, subscriptionId: subscription.id, paymentId, orderId, amount };
}

export async function askForRefund(
  { accountId, engine }: World,
  charge: PaidCharge,
  amountMinor: number | "all" = "all",
): Promise<string> {
  const wanted = {
    accountId,
    chargeId: charge.id,
    amountMinor,
    reason: "품절",
    requestedBy: "test",
  };
  return await engine.database.transaction((tx) => requestRefund(tx, engine, wanted));
}

/** What an operator does in the provider's own console; the first refund of the payment. */
export async function refundInConsole(
  { connection, engine, patient }: World,
  { amount, paymentId }: PaidCharge,
  amountMinor: number,
): Promise<void> {
  const gateway = await patient.of(engine.database, connection);
  await gateway.refund({
    paymentId,
    amount: money(amountMinor, amount.currency),
    refundableMinor: amount.amountMinor,
    reason: "in the console",
    idempotencyKey: engine.effects.random.uuid(),
  });
}

/** Oldest first. */
export async function refundsOf(world: World, { id }: PaidCharge): Promise<RefundView[]> {
  const page = { limit: 100, after: undefined };
  const { engine, accountId } = world;
  const { items } = await listRefundViews(engine.database, accountId, { chargeId: id }, page);
  return items.toReversed();
}

/** `origin amount status`, oldest first: `maedal 4000 refunded`. */
export async function linesOf(world: World, charge: PaidCharge): Promise<string[]> {
  const refunds = await refundsOf(world, charge);
  return refunds.map(({ amount, origin, status }) => `${origin} ${amount.amountMinor} ${status}`);
}

export async function untilRefund(
  world: World,
  charge: PaidCharge,
  refundId: string,
  status: RefundView["status"],
): Promise<RefundView> {
  return await eventually(`refund ${refundId} to be ${status}`, async () => {
    const refunds = await refundsOf(world, charge);
    return refunds.find((refund) => refund.id === refundId && refund.status === status);
  });
}

/** Every movement of the payment back to the customer, smallest first. */
export async function ledgerRefunds(world: World, charge: PaidCharge): Promise<number[]> {
  const ledger = await world.control.ledger();
  return ledger
    .filter(({ kind, paymentId }) => kind === "refund" && paymentId === charge.paymentId)
    .map(({ amount }) => amount)
    .sort((a, b) => a - b);
}

/** The judge: what our books call refunded is what the provider gave back, entry by entry. */
export async function expectBooksToMatch(world: World, charge: PaidCharge): Promise<void> {
  const refunds = await refundsOf(world, charge);
  const booked = refunds.filter(({ status }) => status === "refunded");
  const amounts = booked.map(({ amount }) => amount.amountMinor).sort((a, b) => a - b);
  expect(amounts).toEqual(await ledgerRefunds(world, charge));
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  const [row] = await world.engine.database.query(
    "select refunded_minor::int as refunded, refunding_minor::int as refunding from charges where id = $1",
    [charge.id],
  );
  const open = refunds.filter(({ status }) => status !== "refunded" && status !== "failed");
  const promised = open.reduce((total, { amount }) => total + amount.amountMinor, 0);
  expect(row).toEqual({ refunded: sum, refunding: promised });
}

/** Looks the payment up, as after a hint, and books what the provider shows. */
export async function recordFound(
  engine: Engine,
  { connection }: World,
  { paymentId }: PaidCharge,
): Promise<string> {
  return await recordRefundsOf(engine, connection, paymentId);
}

/**
 * A webhook that says that the payment was refunded, acted on.
 *
 * @returns What was noted.
 */
export async function notify(world: World, charge: PaidCharge): Promise<string> {
  const { connection, engine } = world;
  const body = JSON.stringify(noticeOf(connection.provider, charge, engine.effects.random.uuid()));
  await receiveNotification(engine, connection, { body, headers: {} });
  await processNotifications(engine);
  const [stored] = await engine.database.query<{ id: string }>(
    "select id from inbound_notifications order by received_at desc limit 1",
  );
  // A worker may be at it; and what could not be decided yet comes back after a minute.
  return await eventually("the notification to be acted on", async () => {
    await engine.database.execute(
      "update inbound_notifications set process_after = protocol_now() where id = $1 and status = 'received'",
      [stored?.id],
    );
    await processNotifications(engine);
    const [row] = await engine.database.query<{ note: string | null }>(
      "select note from inbound_notifications where id = $1",
      [stored?.id],
    );
    return row?.note;
  });
}

/** @param salt Makes it another notice than the last: nothing that repeats one is acted on. */
function noticeOf(
  provider: Provider,
  { orderId, paymentId }: PaidCharge,
  salt: string,
): Readonly<Record<string, unknown>> {
  if (provider === "portone") {
    const ids = { imp_uid: paymentId, merchant_uid: orderId };
    return { ...ids, status: "cancelled", cancellation_id: salt };
  }
  const data = { paymentKey: paymentId, orderId, status: "CANCELED" };
  const createdAt = "2026-11-22T10:00:00.000000";
  return { eventType: "PAYMENT_STATUS_CHANGED", createdAt, data, salt };
}

export async function eventTypesOf(world: World, charge: PaidCharge): Promise<string[]> {
  const rows = await world.engine.database.query<{ type: string }>(
    `select type from events where data->>'chargeId' = $1 and type like '%refund%' order by position`,
    [charge.id],
  );
  return rows.map(({ type }) => type);
}
