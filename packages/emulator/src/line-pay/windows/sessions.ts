/**
 * Who has which page open. A payment window is named in its path by a random id, and so is a
 * payer's log-in to their wallet: cookies may be refused in a pop-up. Kept in memory only: after a
 * restart people open the address again.
 */
import { randomBytes } from "node:crypto";
import type { Language } from "./texts.ts";

/** One opened payment page and how far its payer has come. */
export interface PaymentWindow {
  readonly id: string;
  /** The reservation this window is for. */
  readonly transactionId: string;
  readonly language: Language;
  /** Undefined until the payer has logged in. */
  readonly payerId: string | undefined;
  /** `"balance"`, or the id of a card; undefined until one is chosen. */
  readonly method: string | undefined;
  /** Whether the payer has agreed to automatic payments with that method. */
  readonly hasAgreed: boolean;
  /** With confirmUrlType SERVER: whether the shop answered. Undefined until it was asked. */
  readonly shopAnswered: boolean | undefined;
}

/** A payer who is logged in to their wallet. */
export interface WalletLogIn {
  readonly id: string;
  readonly payerId: string;
  readonly language: Language;
}

export interface Sessions<T extends { readonly id: string }> {
  open(session: Omit<T, "id">): T;
  find(id: string): T | undefined;
  save(session: T): void;
  close(id: string): void;
}

/** The oldest are forgotten first; no person opens so many. */
const mostSessions = 10_000;

/** @param withId Puts a new session together; the id is 128 random bits, good in a path. */
export function createSessions<T extends { readonly id: string }>(
  withId: (session: Omit<T, "id">, id: string) => T,
): Sessions<T> {
  const sessions = new Map<string, T>();
  return {
    open(fields) {
      const session = withId(fields, randomBytes(16).toString("base64url"));
      sessions.set(session.id, session);
      const [oldest] = sessions.keys();
      if (sessions.size > mostSessions && oldest !== undefined) sessions.delete(oldest);
      return session;
    },
    find: (id) => sessions.get(id),
    save(session) {
      sessions.set(session.id, session);
    },
    close(id) {
      sessions.delete(id);
    },
  };
}
