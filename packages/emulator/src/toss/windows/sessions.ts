/**
 * Window session: one opened window and how far its buyer has come.
 *
 *   opened ──► (member known) ──► (account chosen) ──► ended
 *      └─────────────────────────────────────────────► expired, after 30 minutes
 *
 * It is named in the window's path by a random id, because a third-party iframe gets no cookies.
 * Kept in memory only: a restarted emulator has closed its windows.
 */
import type { Temporal } from "temporal-polyfill";
import type { EmulatorClock } from "../../clock.ts";
import type { FrameParent } from "../../windows/page.ts";
import type { Language } from "../../windows/texts.ts";
import type { BillingMethod } from "../records.ts";
import { randomId } from "../tokens.ts";

export const cardOwners = ["PERSONAL", "CORPORATE"] as const;
export type CardOwner = (typeof cardOwners)[number];

export interface WindowSession {
  readonly id: string;
  /** The registration this window is for, in the state of the emulated provider. */
  readonly billingAuthId: string;
  readonly method: BillingMethod;
  /** In the order of display; the first is preselected. */
  readonly cardOwners: readonly CardOwner[];
  readonly successUrl: string;
  readonly failUrl: string;
  /** Undefined when the window has the browser's tab to itself. */
  readonly parent: FrameParent | undefined;
  readonly expiresAt: Temporal.Instant;
  readonly language: Language;
  /** Undefined until the buyer has signed up or logged in. */
  readonly memberId: string | undefined;
  /** Undefined until the buyer has chosen one. */
  readonly accountId: string | undefined;
  readonly hasEnded: boolean;
}

export interface WindowSessions {
  open(
    request: Omit<WindowSession, "id" | "expiresAt" | "memberId" | "accountId" | "hasEnded">,
  ): WindowSession;
  /** Undefined when there is none or it has expired. */
  find(id: string): WindowSession | undefined;
  save(session: WindowSession): void;
}

const lifetime = { minutes: 30 };
/** The oldest windows are forgotten first; no person opens so many. */
const mostSessions = 10_000;

export function createWindowSessions(clock: EmulatorClock): WindowSessions {
  const sessions = new Map<string, WindowSession>();
  const hasExpired = (session: WindowSession) =>
    session.expiresAt.epochMilliseconds <= clock.nowMs();

  return {
    open(request) {
      const session: WindowSession = {
        ...request,
        id: randomId("window"),
        expiresAt: clock.now().add(lifetime),
        memberId: undefined,
        accountId: undefined,
        hasEnded: false,
      };
      sessions.set(session.id, session);
      const [oldest] = sessions.keys();
      if (sessions.size > mostSessions && oldest !== undefined) sessions.delete(oldest);
      return session;
    },
    find(id) {
      const session = sessions.get(id);
      return session === undefined || hasExpired(session) ? undefined : session;
    },
    save(session) {
      sessions.set(session.id, session);
    },
  };
}
