/**
 * Window session: one opened window and how far its buyer has come.
 *
 *   opened ──► (logged in) ──► (means chosen) ──► ended
 *      └──────────────────────────────────────► expired, after 30 minutes
 *
 * It is named in the window's path by a random id, because a third-party iframe gets no cookies.
 * Kept in memory only: a restarted emulator has closed its windows. A payer's log-in to their own
 * pages is kept here too.
 */
import type { Temporal } from "temporal-polyfill";
import type { EmulatorClock } from "../../clock.ts";
import type { FrameParent } from "../../windows/page.ts";
import type { Language } from "../../windows/texts.ts";
import { randomId } from "../tokens.ts";

export interface WindowSession {
  readonly id: string;
  /** The payment that this window is for. */
  readonly impUid: string;
  readonly merchantName: string;
  /** m_redirect_url; null when the page gave none. */
  readonly redirectUrl: string | null;
  /** Undefined when the window has the browser's tab to itself. */
  readonly parent: FrameParent | undefined;
  readonly expiresAt: Temporal.Instant;
  readonly language: Language;
  /** Undefined until the payer has logged in. */
  readonly payerId: string | undefined;
  /** Undefined until the payer has chosen one. */
  readonly meansId: string | undefined;
  readonly hasEnded: boolean;
}

type OpenRequest = Pick<
  WindowSession,
  "impUid" | "merchantName" | "redirectUrl" | "parent" | "language"
>;

/** A payer who is logged in to their own pages. */
export interface LogIn {
  readonly id: string;
  readonly payerId: string;
  readonly language: Language;
}

export interface WindowSessions {
  open(request: OpenRequest): WindowSession;
  /** Undefined when there is none or it has expired. */
  find(id: string): WindowSession | undefined;
  save(session: WindowSession): void;
  logIn(payerId: string, language: Language): LogIn;
  findLogIn(id: string): LogIn | undefined;
  logOut(id: string): void;
}

const lifetime = { minutes: 30 };
/** The oldest are forgotten first; no person opens so many. */
const mostSessions = 10_000;

export function createWindowSessions(clock: EmulatorClock): WindowSessions {
  const sessions = new Map<string, WindowSession>();
  const logIns = new Map<string, LogIn>();

  function keep<T extends { readonly id: string }>(kept: Map<string, T>, value: T): T {
    kept.set(value.id, value);
    const [oldest] = kept.keys();
    if (kept.size > mostSessions && oldest !== undefined) kept.delete(oldest);
    return value;
  }

  return {
    open: (request) =>
      keep(sessions, {
        ...request,
        id: randomId("window"),
        expiresAt: clock.now().add(lifetime),
        payerId: undefined,
        meansId: undefined,
        hasEnded: false,
      }),
    find(id) {
      const session = sessions.get(id);
      const isLate = session !== undefined && session.expiresAt.epochMilliseconds <= clock.nowMs();
      return isLate ? undefined : session;
    },
    save(session) {
      sessions.set(session.id, session);
    },
    logIn: (payerId, language) => keep(logIns, { id: randomId("login"), payerId, language }),
    findLogIn: (id) => logIns.get(id),
    logOut(id) {
      logIns.delete(id);
    },
  };
}
