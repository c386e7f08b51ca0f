/**
 * Audit entry: a decision of a person, with the evidence that lay before them. Entries of an account
 * are numbered 1, 2, 3, … and each is hashed together with the hash of the one before, so a chain tells
 * when any of it was changed, left out or put in. Pure; SQL is in audit-store.ts.
 */
import { createHash } from "node:crypto";
import type { Temporal } from "temporal-polyfill";

/** What is put on record. Public values only: never a secret. */
export interface AuditRecord {
  readonly accountId: string;
  /** Who: a name, as it was given. */
  readonly actor: string;
  /** What was decided: `charge.not_paid`. */
  readonly action: string;
  /** The charge or refund. */
  readonly subjectId: string;
  readonly reason: string;
  /** What the decision rests on. */
  readonly evidence: unknown;
}

export interface AuditEntry extends Omit<AuditRecord, "evidence"> {
  readonly n: number;
  readonly id: string;
  /** JSON, exactly as it was hashed. */
  readonly evidence: string;
  /** By the database's clock, to the microsecond. */
  readonly recordedAt: Temporal.Instant;
  /** Empty for the first entry. */
  readonly previousHash: string;
  /** SHA-256 in hex. */
  readonly hash: string;
}

/** The hash of an entry, over everything else in it. */
export function hashOf(entry: Omit<AuditEntry, "hash">): string {
  const { accountId, action, actor, evidence, id, n, previousHash, reason, recordedAt, subjectId } =
    entry;
  const who = [accountId, n, id, actor, action, subjectId, reason];
  const text = JSON.stringify([...who, evidence, recordedAt.toString(), previousHash]);
  return createHash("sha256").update(text).digest("hex");
}

/** The end of a chain, as far as it was followed. */
export interface ChainEnd {
  readonly n: number;
  readonly hash: string;
}

export const chainStart: ChainEnd = { n: 0, hash: "" };

/**
 * Follows a chain by one entry.
 *
 * @returns The new end; or, in words, why the entry is not the one that was written there.
 */
export function follow(end: ChainEnd, entry: AuditEntry): ChainEnd | string {
  const { hash, id, n, previousHash } = entry;
  if (n !== end.n + 1) return `entry ${end.n + 1} is missing: ${n} follows ${end.n}`;
  if (previousHash !== end.hash) return `entry ${n} (${id}) does not follow the one before it`;
  if (hash !== hashOf(entry)) return `entry ${n} (${id}) is not as it was written`;
  return { n, hash };
}
