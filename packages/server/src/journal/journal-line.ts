/**
 * Journal line: what a process writes down, outside the database, before it sends a request that
 * moves money. One line of text each: a checksum, a space, JSON. It names things by our own ids and
 * holds no billing key and no credential.
 *
 *   start   begins every file: whose journal it is, and under which epoch it goes on
 *   send    one request that is about to leave
 */
import { crc32 } from "node:zlib";
import { currencies, money, type Currency, type Money } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { z } from "zod";

export type SendKind = "charge" | "confirm" | "capture" | "void" | "refund";

/** A request that moves money, as it is known before its first byte. */
export interface Send {
  readonly kind: SendKind;
  readonly accountId: string;
  readonly connectionId: string;
  readonly chargeId: string;
  readonly orderId: string;
  /** `att_…` of the attempt or call; a refund's id, `#`, and how often it was claimed with this. */
  readonly attemptId: string;
  /** The billing key or the payment window that is charged, by our id; undefined for other kinds. */
  readonly via: string | undefined;
  readonly amount: Money;
}

/** How a journal names a refund's call, of which there may be several. */
export function refundCallId(refundId: string, n: number): string {
  return `${refundId}#${n}`;
}

/** @returns undefined when it is not a refund's call. */
export function readRefundCallId(
  attemptId: string,
): { readonly refundId: string; readonly n: number } | undefined {
  const [refundId, n] = attemptId.split("#");
  if (refundId === undefined || n === undefined) return undefined;
  return { refundId, n: Number(n) };
}

/** A send as it was read back. */
export interface JournaledSend extends Send {
  /** By the clock of the process that sent it. */
  readonly sentAt: Temporal.Instant;
  readonly epoch: number;
}

export interface JournalStart {
  readonly journalId: string;
  readonly epoch: number;
  /** Where it was written, for people: a host and a directory. */
  readonly home: string;
  /** The directory's own number in its file system: a copied directory has another one. */
  readonly inode: string;
  /** As `server_history()` of the database told it; undefined: the role may not know. */
  readonly history: string | undefined;
  readonly startedAt: Temporal.Instant;
}

const instant = z.string().transform((text, context) => {
  try {
    return Temporal.Instant.from(text);
  } catch {
    context.addIssue({ code: "custom", message: "no instant" });
    return z.NEVER;
  }
});

const sendSchema = z.strictObject({
  at: instant,
  kind: z.enum(["charge", "confirm", "capture", "void", "refund"]),
  account: z.string(),
  connection: z.string(),
  charge: z.string(),
  order: z.string(),
  attempt: z.string(),
  via: z.string().optional(),
  amount: z.int().nonnegative(),
  currency: z.custom<Currency>((value) => Object.hasOwn(currencies, String(value))),
  epoch: z.int().positive(),
});

const startSchema = z.strictObject({
  journal: z.string(),
  epoch: z.int().positive(),
  home: z.string(),
  inode: z.string(),
  history: z.string().optional(),
  at: instant,
});

const lineSchema = z.union([sendSchema, startSchema]);

/** With its line feed. */
export function sendLine(send: Send, epoch: number, at: Temporal.Instant): string {
  const { accountId, amount, attemptId, chargeId, connectionId, kind, orderId, via } = send;
  return line({
    at: at.toString(),
    kind,
    account: accountId,
    connection: connectionId,
    charge: chargeId,
    order: orderId,
    attempt: attemptId,
    via,
    amount: amount.amountMinor,
    currency: amount.currency,
    epoch,
  });
}

/** With its line feed. */
export function startLine(start: JournalStart): string {
  const { epoch, history, home, inode, journalId, startedAt } = start;
  return line({ journal: journalId, epoch, home, inode, history, at: startedAt.toString() });
}

function line(value: unknown): string {
  const json = JSON.stringify(value);
  return `${checksum(json)} ${json}\n`;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}

export type JournalLine =
  | { readonly of: "start"; readonly start: JournalStart }
  | { readonly of: "send"; readonly send: JournaledSend };

/** Whether it can be the line of a start, without reading it. */
export function isStartLine(text: string): boolean {
  return text.startsWith('{"journal"', 9);
}

/** @returns undefined when the line is not whole, or not one of ours. */
export function readLine(text: string): JournalLine | undefined {
  const json = text.slice(9);
  if (text[8] !== " " || text.slice(0, 8) !== checksum(json)) return undefined;
  const read = lineSchema.safeParse(parse(json));
  if (!read.success) return undefined;
  return "journal" in read.data
    ? { of: "start", start: toStart(read.data) }
    : { of: "send", send: toSend(read.data) };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function toStart(it: z.output<typeof startSchema>): JournalStart {
  const { at: startedAt, epoch, history, home, inode, journal: journalId } = it;
  return { journalId, epoch, home, inode, history, startedAt };
}

function toSend(it: z.output<typeof sendSchema>): JournaledSend {
  return {
    kind: it.kind,
    accountId: it.account,
    connectionId: it.connection,
    chargeId: it.charge,
    orderId: it.order,
    attemptId: it.attempt,
    via: it.via,
    amount: money(it.amount, it.currency),
    sentAt: it.at,
    epoch: it.epoch,
  };
}
