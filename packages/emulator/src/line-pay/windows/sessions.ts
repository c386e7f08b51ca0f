/**
 * Who has which page open. A payment window is named in its path by a random id, and so is a
 * payer's log-in to their wallet: cookies may be refused in a pop-up. Kept in memory only: after a
 * restart people open the address again.
 */
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
}

/** A payer who is logged in to their wallet. */
export interface WalletLogIn {
  readonly id: string;
  readonly payerId: string;
  readonly language: Language;
}

export interface Sessions<T extends { readonly id: string }> {
  find(id: string): T | undefined;
  /** Opens it too, when there is none with this id. */
  save(session: T): void;
  close(id: string): void;
}

/** The oldest are forgotten first; no person opens so many. */
const mostSessions = 10_000;

export function createSessions<T extends { readonly id: string }>(): Sessions<T> {
  const sessions = new Map<string, T>();
  return {
    find: (id) => sessions.get(id),
    save(session) {
      sessions.set(session.id, session);
      const [oldest] = sessions.keys();
      if (sessions.size > mostSessions && oldest !== undefined) sessions.delete(oldest);
    },
    close(id) {
      sessions.delete(id);
    },
  };
}
