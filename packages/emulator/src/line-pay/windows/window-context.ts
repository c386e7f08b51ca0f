/** What every route of the LINE Pay pages works with. */
import type { Context } from "hono";
import type { Payer } from "../records.ts";
import type { LinePayState } from "../state.ts";
import type { Mistakes } from "./forms.ts";
import type { Html } from "./layout.ts";
import type { PaymentWindow, Sessions, WalletLogIn } from "./sessions.ts";
import { findLanguage, type Language, type TextKey } from "./texts.ts";

export interface WindowRouteDeps {
  readonly state: LinePayState;
  readonly windows: Sessions<PaymentWindow>;
  readonly logIns: Sessions<WalletLogIn>;
}

/** Undefined unless the address asks for one of our languages. */
export function askedLanguage(context: Context): Language | undefined {
  return findLanguage(context.req.query("lang"));
}

/** Answers with a page; 422 for a form that has to be corrected. */
export function show(context: Context, content: Html, status: 200 | 404 | 410 | 422 = 200) {
  return context.html(content, status);
}

export function statusFor(mistakes: Mistakes): 200 | 422 {
  return Object.keys(mistakes).length === 0 ? 200 : 422;
}

/** A payer that exists, as the log-in forms name one: the first that LINE Pay knows. */
export function knownPayer(state: LinePayState): string {
  return state.payers.first()?.[1].email ?? "";
}

/** The payer who logs in, or why they cannot. Someone who has left LINE Pay is nobody here. */
export function loggedIn(state: LinePayState, identity: string): Payer | { mistake: TextKey } {
  const payer = state.findPayer(identity);
  if (payer?.state === "suspended") return { mistake: "identitySuspended" };
  return payer?.state === "active" ? payer : { mistake: "identityUnknown" };
}
