/**
 * Evidence: what is known of a run without asking the engine. What the provider saw (ledger, call
 * log), what is in the database (its tables, as text), what was written beside it (journal), and
 * what whoever drove the run knows (expectations, planted secrets). Every line is parsed here; the
 * rest of the checker sees typed rows only.
 *
 * Instants become milliseconds since 1970; dates stay texts.
 */
import { z } from "zod";

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const maybeInstant = instant.nullable();
const text = z.string();
const maybeText = z.string().nullable();
const minor = z.int();

const ledgerEntry = z.object({
  sequence: z.int(),
  provider: text,
  kind: z.enum(["payment", "authorization", "capture", "void", "refund"]),
  orderId: text,
  amount: minor,
  currency: text,
  paymentId: text,
  at: instant,
});
export type LedgerEntry = z.infer<typeof ledgerEntry>;

const call = z.object({
  sequence: z.int(),
  provider: text,
  operation: text,
  orderId: text.nullish(),
  paymentKey: text.nullish(),
  receivedAt: instant,
  outcome: z.union([z.object({ answered: z.int() }), z.enum(["swallowed", "closed"])]).nullable(),
  processed: z.boolean(),
  fault: z.object({ type: text }).nullish(),
});
export type Call = z.infer<typeof call>;

/** A line of the send journal: a request that was about to leave, by its order id. */
const journalLine = z.object({
  at: instant,
  kind: z.enum(["charge", "confirm", "capture", "void", "refund"]),
  order: text,
});
export type JournalLine = z.infer<typeof journalLine>;

const subscription = z.object({
  account_id: text,
  id: text,
  price_id: text,
  status: z.enum(["incomplete", "trialing", "active", "past_due", "paused", "unpaid", "canceled"]),
  anchor_on: z.iso.date().nullable(),
  anchor_period: z.int(),
  zone: text,
  charge_time: text,
  method_required: z.boolean(),
  canceled_at: maybeInstant,
  test_clock_id: maybeText,
  event_sequence: z.int(),
  created_at: instant,
});
export type Subscription = z.infer<typeof subscription>;

const invoice = z.object({
  account_id: text,
  id: text,
  subscription_id: text,
  kind: text,
  period_index: z.int().nullable(),
  status: z.enum(["draft", "open", "paid", "void", "uncollectible"]),
  amount_minor: minor,
  currency: text,
  period_starts_on: z.iso.date().nullable(),
  period_ends_on: z.iso.date().nullable(),
  due_at: instant,
  generation: z.int(),
});
export type Invoice = z.infer<typeof invoice>;

const charge = z.object({
  account_id: text,
  id: text,
  invoice_id: text,
  subscription_id: text,
  status: text,
  amount_minor: minor,
  currency: text,
  capture: text,
  generation: z.int(),
  order_id: text,
  payment_id: maybeText,
  paid_order_id: maybeText,
  captured_at: maybeInstant,
  captured_minor: minor,
  refunded_minor: minor,
  refunding_minor: minor,
  authorized_at: maybeInstant,
});
export type Charge = z.infer<typeof charge>;

const attempt = z.object({
  account_id: text,
  charge_id: text,
  n: z.int(),
  id: text,
  order_id: text,
  generation: z.int(),
  amount_minor: minor,
  currency: text,
  claimed_at: instant,
  over_at: instant,
  outcome: maybeText,
  ended_at: maybeInstant,
});
export type Attempt = z.infer<typeof attempt>;

const lookUp = z.object({
  account_id: text,
  charge_id: text,
  order_id: text,
  finding: text,
  looked_up_at: instant,
});
export type LookUp = z.infer<typeof lookUp>;

/** A send that the database had forgotten, and what a recovery has found out about it. */
const recoveredSend = z.object({
  account_id: text,
  attempt_id: text,
  state: text,
  not_found_count: z.int(),
});
export type RecoveredSend = z.infer<typeof recoveredSend>;

const authorizationCall = z.object({
  account_id: text,
  charge_id: text,
  id: text,
  kind: z.enum(["capture", "void"]),
  amount_minor: minor,
  claimed_at: instant,
  outcome: maybeText,
});
export type AuthorizationCall = z.infer<typeof authorizationCall>;

const refund = z.object({
  account_id: text,
  id: text,
  charge_id: text,
  origin: text,
  status: text,
  amount_minor: minor,
  currency: text,
  created_at: instant,
});
export type Refund = z.infer<typeof refund>;

const event = z.object({
  account_id: text,
  id: text,
  subscription_id: maybeText,
  sequence: z.int().nullable(),
  type: text,
  data: z.record(z.string(), z.unknown()),
  occurred_at: instant,
});
export type Event = z.infer<typeof event>;

const price = z.object({
  account_id: text,
  id: text,
  plan_id: text,
  amount_minor: minor,
  currency: text,
  interval_unit: z.enum(["day", "week", "month", "year"]),
  interval_count: z.int(),
  trial_days: z.int(),
  created_at: instant,
});
export type Price = z.infer<typeof price>;

const paymentWindow = z.object({ account_id: text, charge_id: text });
const testClock = z.object({
  account_id: text,
  id: text,
  now_at: instant,
  target_at: maybeInstant,
});
export type TestClock = z.infer<typeof testClock>;

const finding = z.object({
  account_id: text,
  kind: text,
  order_id: maybeText,
  payment_id: maybeText,
  charge_id: maybeText,
  /** Null or left out while nobody has settled it. */
  settled_by: maybeText.optional(),
});
export type Finding = z.infer<typeof finding>;

/** What whoever drove the run knows to be true. */
const expectation = z.discriminatedUnion("of", [
  /** A period must have an invoice of this amount, beginning on this day of its zone. */
  z.object({
    of: z.literal("period"),
    subscriptionId: text,
    periodIndex: z.int(),
    amountMinor: minor,
    currency: text,
    startsOn: z.iso.date(),
  }),
  /** A cancel was answered at this instant of real time. */
  z.object({ of: z.literal("cancel"), subscriptionId: text, committedAt: instant }),
]);
export type Expectation = z.infer<typeof expectation>;

/** The tables that the checker reads, by their names in the database. */
export interface Tables {
  readonly subscriptions: readonly Subscription[];
  readonly invoices: readonly Invoice[];
  readonly charges: readonly Charge[];
  readonly attempts: readonly Attempt[];
  readonly look_ups: readonly LookUp[];
  readonly recovery_sends: readonly RecoveredSend[];
  readonly authorization_calls: readonly AuthorizationCall[];
  readonly refunds: readonly Refund[];
  readonly events: readonly Event[];
  readonly prices: readonly Price[];
  readonly payment_windows: readonly z.infer<typeof paymentWindow>[];
  readonly test_clocks: readonly TestClock[];
  readonly sweep_findings: readonly Finding[];
}

/** Facts about the run that soften or sharpen a rule. All are optional. */
export const runFactsSchema = z.object({
  /** Real time up to which everything due must be billed. The latest instant in the evidence unless told. */
  asOf: instant.optional(),
  /** How long before `asOf` a period must have been due to be missed. */
  billingGraceMs: z.int().min(0).default(60_000),
  /** How far the emulator's clock may be behind the database's; it tells whole milliseconds. */
  clockToleranceMs: z.int().min(0).default(5),
  /** Commits of these spans were lost: a failover, a restored backup. The journal must know of them. */
  lostSpans: z.array(z.object({ fromAt: instant, toAt: instant })).default([]),
  /** The provider also serves databases that are not in evidence: their payments are passed over. */
  providerIsShared: z.boolean().default(false),
  /** The provider may take money twice for one order id; a second payment must then be named. */
  providerMayPayTwice: z.boolean().default(false),
  /**
   * A provider takes money for what it refused, and nobody compares the books: what it took for a charge
   * that has ended since is found by nobody.
   */
  refusedMayBePaid: z.boolean().default(false),
  /** The network may deliver one request twice; otherwise each attempt is one request at most. */
  networkMayRepeat: z.boolean().default(false),
});
export type RunFacts = z.infer<typeof runFactsSchema>;

/** A file that must not contain a secret. */
export interface SearchedText {
  /** For people: a path, or what was captured. */
  readonly name: string;
  readonly text: string;
}

/** Unparsed: lines as they were written, one value each. */
export interface CheckInput {
  /** The emulator's `GET /ledger`. */
  readonly ledger: readonly unknown[];
  /** The emulator's `GET /requests`; absent when nobody kept it. */
  readonly calls?: readonly unknown[] | undefined;
  /** Rows of the database's tables, by table, as `row_to_json` writes them. */
  readonly tables: Readonly<Record<string, readonly unknown[]>>;
  /** Lines of the send journal that are about sends, without their checksums; absent when there is none. */
  readonly journal?: readonly unknown[] | undefined;
  readonly expectations?: readonly unknown[] | undefined;
  /** Secrets that were planted, in plain text. */
  readonly secrets?: readonly string[] | undefined;
  readonly texts?: readonly SearchedText[] | undefined;
  /** Judges this account only. */
  readonly account?: string | undefined;
  readonly facts?: z.input<typeof runFactsSchema> | undefined;
}

export interface Evidence {
  readonly ledger: readonly LedgerEntry[];
  readonly calls: readonly Call[] | undefined;
  readonly tables: Tables;
  readonly journal: readonly JournalLine[] | undefined;
  readonly expectations: readonly Expectation[];
  readonly facts: RunFacts;
}

/** The evidence cannot be read: a line that has another form than it should. */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError";
}

/** @throws {EvidenceError} naming the first line that cannot be read, and why. */
export function readEvidence(input: CheckInput): Evidence {
  const rows = <Row>(schema: z.ZodType<Row>, name: keyof Tables): readonly Row[] =>
    readAll(schema, input.tables[name] ?? [], `tables/${name}`);
  return {
    ledger: readAll(ledgerEntry, input.ledger, "ledger"),
    calls: input.calls && readAll(call, input.calls, "calls"),
    tables: {
      subscriptions: rows(subscription, "subscriptions"),
      invoices: rows(invoice, "invoices"),
      charges: rows(charge, "charges"),
      attempts: rows(attempt, "attempts"),
      look_ups: rows(lookUp, "look_ups"),
      recovery_sends: rows(recoveredSend, "recovery_sends"),
      authorization_calls: rows(authorizationCall, "authorization_calls"),
      refunds: rows(refund, "refunds"),
      events: rows(event, "events"),
      prices: rows(price, "prices"),
      payment_windows: rows(paymentWindow, "payment_windows"),
      test_clocks: rows(testClock, "test_clocks"),
      sweep_findings: rows(finding, "sweep_findings"),
    },
    journal: input.journal && readAll(journalLine, input.journal, "journal"),
    expectations: readAll(expectation, input.expectations ?? [], "expectations"),
    facts: runFactsSchema.parse(input.facts ?? {}),
  };
}

function readAll<Row>(
  schema: z.ZodType<Row>,
  lines: readonly unknown[],
  name: string,
): readonly Row[] {
  return lines.map((line, index) => {
    const read = schema.safeParse(line);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const where = issue?.path.join(".") ?? "";
    throw new EvidenceError(`${name}, line ${index + 1}: ${where} ${issue?.message ?? ""}`.trim());
  });
}
