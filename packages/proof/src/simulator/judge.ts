/**
 * Judge: what must hold when a simulation is over. The books are the checker's work, which shares no
 * code with the engine. Beside it stand the rules that only the simulation can see: when a request
 * left and what had been asked before (wire-rules.ts), what people were told and what was true at
 * that moment (told-rules.ts), and what is still open though everything has healed.
 */
import { linePayMerchants } from "../../../emulator/src/line-pay/merchants.ts";
import { portOneMerchant } from "../../../emulator/src/portone/merchants.ts";
import { defaultMerchant as tossMerchant } from "../../../emulator/src/toss/merchants.ts";
import { checkAccounts } from "../checker/check-accounts.ts";
import { clockSetting, type Backends } from "./backends.ts";
import type { LostSpan } from "./database-losses.ts";
import { elsewhere } from "./elsewhere.ts";
import { isLost, journaledLines, lossViolations, spansOnTheWay, timed } from "./loss-rules.ts";
import type { Arrival } from "./network.ts";
import { moneyOperations, refundOperations } from "./provider-troubles.ts";
import type { Providers } from "./providers.ts";
import { decisionsOf, toldViolations, type Shown } from "./told-rules.ts";
import type { Synced } from "./virtual-disk.ts";
import {
  claimsOfPayments,
  wireViolations,
  type AttemptRow,
  type RefundClaim,
} from "./wire-rules.ts";
import { instantText } from "./weather.ts";

export interface JudgeFacts {
  readonly paysTwice: boolean;
  readonly refusedButPaid: boolean;
  /** The daily comparison ran. */
  readonly sweeps: boolean;
  /** Payments of nobody here stand in the provider's books, too. */
  readonly isShared: boolean;
  readonly asOfMs: number;
  readonly arrivals: readonly Arrival[];
  readonly refundClaims: readonly RefundClaim[];
  /** What the API has said of charges. */
  readonly shown: readonly Shown[];
  /** What the database has lost; empty where it never does. */
  readonly lostSpans: readonly LostSpan[];
  /** What was written to send journals; undefined where nobody keeps any. */
  readonly synced: readonly Synced[] | undefined;
  readonly seeksSecrets: boolean;
  /** What the processes have logged. */
  readonly log: string;
}

export interface Verdict {
  readonly violations: readonly string[];
  readonly charges: number;
  readonly payments: number;
  readonly subscriptionYears: number;
  readonly tables: Readonly<Record<string, readonly unknown[]>>;
}

/** The tables that the checker reads. */
const tables = [
  "subscriptions",
  "invoices",
  "charges",
  "attempts",
  "look_ups",
  "authorization_calls",
  "refunds",
  "events",
  "prices",
  "payment_windows",
  "test_clocks",
  "sweep_findings",
  "recovery_sends",
] as const;

const dumpSql = tables
  .map(
    (name) =>
      `select '${name}' as name, row_to_json(t)::text as row from ${name} t where account_id = $1`,
  )
  .join(" union all ");

const yearMs = 365.25 * 24 * 60 * 60 * 1_000;

export async function judge(
  backends: Backends,
  { world }: Providers,
  accountId: string,
  facts: JudgeFacts,
): Promise<Verdict> {
  const rows = await backends.direct<{ name: string; row: string }>(dumpSql, [accountId]);
  const dump: Record<string, unknown[]> = Object.fromEntries(tables.map((name) => [name, []]));
  for (const { name, row } of rows) dump[name]?.push(JSON.parse(row));
  const ledger = world.ledger.list();
  const own = facts.arrivals.filter(({ process }) => process !== elsewhere);
  const others = facts.arrivals.filter(({ process }) => process === elsewhere);
  const { lostSpans: spans } = facts;
  const journal = facts.synced && journaledLines(facts.synced);
  if (journal !== undefined) dump["attempts"] = timed(dump, journal);
  const report = checkAccounts({
    ledger,
    // What the network doubled is known: every other request is one that we have sent.
    calls: own.filter(({ isCopy }) => !isCopy).map(({ entry }) => entry),
    tables: dump,
    journal,
    ...(facts.seeksSecrets ? secretsOf(world, facts.log) : {}),
    facts: {
      asOf: instantText(facts.asOfMs),
      lostSpans: spansOnTheWay(spans),
      // What was lost with its subscription is judged below.
      providerIsShared: facts.isShared || spans.length > 0,
      billingGraceMs: 60 * 60 * 1_000,
      providerMayPayTwice: facts.paysTwice,
      refusedMayBePaid: facts.refusedButPaid && !facts.sweeps,
    },
  });
  const attempts = (dump["attempts"] ?? []) as AttemptRow[];
  const decisions = decisionsOf(dump["events"] ?? []);
  // What was said before a loss may not be true any more.
  const shown = facts.shown.filter(({ atMs }) => !isLost(spans, atMs));
  const claimed = own.filter((it) => !isForgottenSend(it, spans));
  const refundClaims = claimsOfPayments(facts.refundClaims, dump);
  const told = { ledger, shown, tables: dump };
  const recoveries = await backends.direct("select id, finished_at from recoveries");
  const losses = {
    spans,
    journal: journal ?? [],
    arrivals: own,
    ledger,
    tables: { ...dump, recoveries },
    isShared: facts.isShared,
  };
  const broken = report.invariants.flatMap(({ number, promise, violations }) =>
    violations.map((text) => `${number}. ${promise}: ${text}`),
  );
  return {
    violations: [
      ...broken,
      ...wireViolations({
        arrivals: claimed,
        elsewhere: others,
        attempts,
        decisions,
        refundClaims,
      }),
      ...toldViolations(told),
      ...lossViolations(losses),
    ],
    charges: report.charges,
    payments: report.payments,
    tables: dump,
    subscriptionYears: (dump["subscriptions"] ?? []).reduce<number>((sum, row) => {
      return sum + lifeMs(row as SubscriptionRow, facts.asOfMs) / yearMs;
    }, 0),
  };
}

/** A send whose claim may be lost has nothing to be compared with. */
function isForgottenSend(
  { departedAtMs, entry: { operation } }: Arrival,
  spans: readonly LostSpan[],
): boolean {
  const isSend = moneyOperations.has(operation) || refundOperations.has(operation);
  return isSend && isLost(spans, departedAtMs);
}

/** Everything that charges somebody, and where it must not stand beside the tables. */
function secretsOf({ linePay, portOne, toss }: Providers["world"], log: string) {
  const secrets = [
    ...toss.state.billingKeys.values().flatMap((key) => [key.billingKey, key.customerKey]),
    ...linePay.state.regKeys.values().map(({ regKey }) => regKey),
    ...portOne.state.customers.values().map(({ customerUid }) => customerUid),
    tossMerchant.secretKey,
    linePayMerchants.TWD.channelSecret,
    portOneMerchant.apiSecret,
  ];
  return { secrets: [...new Set(secrets)], texts: [{ name: "the log", text: log }] };
}

interface SubscriptionRow {
  readonly created_at: string;
  readonly canceled_at: string | null;
}

function lifeMs(
  { canceled_at: canceledAt, created_at: createdAt }: SubscriptionRow,
  endMs: number,
) {
  return (canceledAt === null ? endMs : Date.parse(canceledAt)) - Date.parse(createdAt);
}

const openSql = `
  select 'charge ' || id || ' of subscription ' || subscription_id || ' is still ' || status as text
  from charges where account_id = $1
    and (status in ('in_flight', 'reconciling', 'capturing', 'voiding')
      or status = 'scheduled' and due_at < $2::timestamptz - interval '1 hour'
         and (held_until is null or held_until < $2::timestamptz - interval '1 hour')
         and exists (select 1 from subscriptions s join billing_keys k
                       on k.account_id = s.account_id and k.id = s.billing_key_id
                     where s.account_id = charges.account_id and s.id = charges.subscription_id
                       and s.status not in ('canceled', 'paused') and k.status = 'active'
                       and k.connection_id = charges.connection_id)
         and exists (select 1 from gateway_connections g where g.account_id = charges.account_id
                       and g.id = charges.connection_id and may_charge(g)))
  union all
  select 'refund ' || id || ' of charge ' || charge_id || ' is still ' || status
  from refunds r where account_id = $1 and updated_at < $2::timestamptz - interval '1 hour'
    and (status in ('in_flight', 'reconciling')
      or status = 'requested'
         -- A paused connection, and a refund in review before it, are in front of a person.
         and exists (select 1 from gateway_connections g where g.account_id = r.account_id
                       and g.id = r.connection_id and g.state <> 'paused')
         and not exists (select 1 from refunds o where o.account_id = r.account_id
                           and o.charge_id = r.charge_id and o.status = 'in_review'))
  union all
  select 'period ' || next_period || ' of subscription ' || id || ' is not billed'
  from subscriptions where account_id = $1 and status in ('active', 'past_due')
    and next_due_at < $2::timestamptz - interval '1 hour'
  order by 1`;

/** What should have come to an end and has not. */
export async function openMatters(
  backends: Backends,
  accountId: string,
  nowMs: number,
): Promise<readonly string[]> {
  // What `may_charge` asks of the clock is asked on the simulator's own session here.
  await backends.direct(`select set_config('${clockSetting}', $1, false)`, [instantText(nowMs)]);
  const rows = await backends.direct<{ text: string }>(openSql, [accountId, instantText(nowMs)]);
  return rows.map(({ text }) => `not decided in time: ${text}`);
}
