/**
 * Keys that another system has registered: whether this connection may charge them, and what PortOne
 * would charge them for by itself.
 */
import { Temporal } from "temporal-polyfill";
import { GatewayError } from "../gateway-error.ts";
import type { ExistingKey, ExistingKeys, ScheduledElsewhere } from "../gateway.ts";
import { readAmount } from "./amounts.ts";
import { findChannel } from "./channels.ts";
import { isClosed, isOfMode, type PortOneConnection } from "./connection.ts";
import { getCustomers, type PortOneCustomer } from "./customers.ts";
import { methodLabel } from "./labels.ts";
import { isCustomerUid } from "./limits.ts";
import { readPages, spansAhead, type ScheduleSpan } from "./read-schedules.ts";
import {
  listCustomerSchedules,
  listSchedules,
  unscheduleCharges,
  type PortOneSchedule,
} from "./schedules.ts";
import type { PortOneTransport } from "./transport.ts";

/**
 * PortOne names no limit of this question. Fifty names of the longest kind make an address of 5,000
 * characters, which servers take.
 */
const keysAtOnce = 50;

export function existingKeys(connection: PortOneConnection): ExistingKeys {
  const { transport } = connection;
  return {
    atOnce: keysAtOnce,
    find: (names) => find(connection, names),
    async unschedule(customerUid) {
      const { schedules } = await unscheduleCharges(transport, { customerUid });
      return schedules.map(({ merchant_uid }) => merchant_uid);
    },
  };
}

async function find(
  connection: PortOneConnection,
  names: readonly string[],
): Promise<ReadonlyMap<string, ExistingKey>> {
  const { transport } = connection;
  const asked = new Set(names.filter(isCustomerUid));
  if (asked.size === 0) return new Map();
  const { customers } = await getCustomers(transport, [...asked]);
  const found = customers.filter(({ customer_uid }) => asked.has(customer_uid));
  if (found.length === 0) return new Map();
  const uids = new Set(found.map(({ customer_uid }) => customer_uid));
  const scheduled = Map.groupBy(await listScheduled(transport, uids), (each) => each.customer_uid);
  return new Map(
    found.map((customer) => {
      const { customer_uid: uid } = customer;
      const key = existingKey(connection, customer, scheduled.get(uid) ?? []);
      return [uid, key] as const;
    }),
  );
}

function existingKey(
  connection: PortOneConnection,
  customer: PortOneCustomer,
  scheduled: readonly PortOneSchedule[],
): ExistingKey {
  const { customer_uid: uid, pg_provider } = customer;
  const { method } = findChannel(pg_provider) ?? connection.channel;
  return {
    secret: { billingKey: uid, customerKey: uid },
    method,
    methodLabel: methodLabel(customer),
    problems: keyProblems(connection, customer),
    scheduled: scheduled
      .map(scheduledElsewhere)
      .sort((a, b) => Temporal.Instant.compare(a.at, b.at)),
  };
}

function scheduledElsewhere({
  merchant_uid: orderId,
  schedule_at,
  amount,
  currency,
}: PortOneSchedule): ScheduledElsewhere {
  const at = Temporal.Instant.fromEpochMilliseconds(schedule_at * 1_000);
  // What is no amount of a currency of ours is shown as it is: it would be charged all the same.
  const { amountMinor = Math.round(amount) } = readAmount(amount, currency ?? "KRW") ?? {};
  return { orderId, at, amountMinor };
}

/** Why a connection cannot charge a key, as sentences that name the fix. */
function keyProblems(
  connection: PortOneConnection,
  { pg_provider, pg_id, sandbox, channelGroupId }: PortOneCustomer,
): readonly string[] {
  const { channel, mode, merchantId } = connection;
  const problems: string[] = [];
  if (channelGroupId != null) {
    problems.push(
      "The key is one of smart routing, and which channel a charge of it takes is PortOne's choice: let the customer register a new method with this connection.",
    );
  } else if (pg_provider !== channel.code) {
    problems.push(otherChannel(connection, pg_provider));
  } else if (merchantId !== undefined && pg_id !== merchantId) {
    problems.push(otherMerchantId(channel.code, merchantId, pg_id));
  }
  if (!isOfMode(mode, sandbox)) {
    const kind = mode === "test" ? "live" : "test";
    problems.push(
      `The key is a ${kind} key and this connection is in ${mode} mode: import it with a connection in ${kind} mode.`,
    );
  }
  if (isClosed(connection)) {
    problems.push(
      `Channel ${channel.code} has been closed since ${channel.closedOn}, and its keys are dead: let the customer register another method.`,
    );
  }
  return problems;
}

function otherChannel(
  { mode, channel }: PortOneConnection,
  theirs: string | null | undefined,
): string {
  const other = findChannel(theirs);
  const isChargeable = other !== undefined && !isClosed({ mode, channel: other });
  const said =
    theirs == null
      ? "PortOne does not say which channel the key is of"
      : `The key is of channel ${theirs}`;
  const fix = isChargeable
    ? `import it with a connection for ${other.code}`
    : "let the customer register a new method";
  return `${said}; this connection charges ${channel.code}: ${fix}.`;
}

function otherMerchantId(code: string, ours: string, theirs: string | null | undefined): string {
  if (theirs == null) {
    return `PortOne does not say which merchant id of ${code} the key is of: import it with a connection whose channel is ${code} alone.`;
  }
  return `The key is of merchant id ${theirs} at ${code}; this connection charges ${ours}: import it with a connection for ${code}.${theirs}.`;
}

/** The longest page there is. */
const pageSize = 1_000;
const accountPage = { pageSize, maximumPages: 1 };
const keyPages = { pageSize: 20, maximumPages: 50 };

/**
 * What PortOne is still to charge these keys for. The account's list answers for all of them at once
 * where it fits on one page; where it does not, each key is asked for, because pages of a list whose
 * first rows run and leave it slide past one another.
 *
 * @throws {GatewayError} nothing is known.
 */
async function listScheduled(
  transport: PortOneTransport,
  uids: ReadonlySet<string>,
): Promise<readonly PortOneSchedule[]> {
  const scheduled: PortOneSchedule[] = [];
  for (const span of spansAhead(await transport.askTime())) {
    const ofAccount = await readPages(accountPage, (page) =>
      listSchedules(transport, { ...span, status: "scheduled", page, pageSize }),
    );
    if (ofAccount.isWhole) scheduled.push(...ofAccount.schedules);
    else for (const uid of uids) scheduled.push(...(await listOfKey(transport, uid, span)));
  }
  return scheduled.filter(
    ({ customer_uid, schedule_status }) =>
      uids.has(customer_uid) && schedule_status === "scheduled",
  );
}

async function listOfKey(
  transport: PortOneTransport,
  customerUid: string,
  span: ScheduleSpan,
): Promise<readonly PortOneSchedule[]> {
  const { schedules, isWhole } = await readPages(keyPages, (page) =>
    listCustomerSchedules(transport, { ...span, customerUid, status: "scheduled", page }),
  );
  if (isWhole) return schedules;
  throw new GatewayError("PortOne, schedules: a key has more schedules than can be read.", {
    provider: "portone",
    failure: "outcome_unknown",
  });
}
