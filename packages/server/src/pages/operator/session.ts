/**
 * Operator session: a signed cookie that names an API key. The key's row is read on every request, so
 * revoking the key ends its sessions at once. Every form carries a token made from the session.
 */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "zod";
import type { Account } from "../../accounts/account.ts";
import { findAccountByKeyHash } from "../../accounts/api-key-store.ts";
import { isSameHash, readApiKey } from "../../security/api-key.ts";
import { deriveKey, keyedHash } from "../../security/derived-key.ts";
import { readToken, signToken, type TokenKey } from "../../security/signed-token.ts";
import type { PageDeps } from "../page-deps.ts";
import { findOperator } from "./operator-reads.ts";

export interface Operator {
  readonly account: Account;
  readonly keyName: string;
  /** For the hidden field of every form. */
  readonly formToken: string;
}

const cookieName = "maedal_operator";
const sessionHours = 12;
/** A link that logs in is followed at once, or never. */
const linkSeconds = 60;

const payloadSchema = z.object({ accountId: z.string(), keyId: z.string() });
type SessionPayload = z.infer<typeof payloadSchema>;

/** @returns undefined when the text is no usable API key. */
export async function accountOfKey(
  { engine }: PageDeps,
  apiKey: string,
): Promise<SessionPayload | undefined> {
  const key = readApiKey(apiKey.trim());
  if (typeof key === "string") return undefined;
  const found = await findAccountByKeyHash(engine.database, key.hash);
  return found && { accountId: found.account.id, keyId: found.keyId };
}

export function startSession(context: Context, deps: PageDeps, payload: SessionPayload): void {
  const expiresAt = deps.engine.effects.clock.now().add({ hours: sessionHours });
  const cookie = signToken(tokenKey(deps, "operator session"), payload, expiresAt);
  setCookie(context, cookieName, cookie, {
    path: "/operator",
    httpOnly: true,
    sameSite: "Lax",
    secure: deps.baseUrl.startsWith("https:"),
    maxAge: sessionHours * 60 * 60,
  });
}

export function endSession(context: Context): void {
  deleteCookie(context, cookieName, { path: "/operator" });
}

/** Who is logged in; undefined when nobody is, or the API key was revoked. */
export async function operatorAt(context: Context, deps: PageDeps): Promise<Operator | undefined> {
  const cookie = getCookie(context, cookieName);
  const payload = cookie === undefined ? undefined : readPayload(deps, "operator session", cookie);
  if (cookie === undefined || payload === undefined) return undefined;
  const found = await findOperator(deps.engine.database, payload.accountId, payload.keyId);
  return found && { ...found, formToken: formTokenOf(deps, cookie) };
}

/** Whether a form came from one of our own pages, shown in this session. */
export function isOurForm(operator: Operator, given: unknown): boolean {
  if (typeof given !== "string") return false;
  return isSameHash(Buffer.from(given), Buffer.from(operator.formToken));
}

/** An address that logs in without typing, for whoever holds the master key: the demo. */
export function operatorLink(deps: PageDeps, payload: SessionPayload): string {
  const expiresAt = deps.engine.effects.clock.now().add({ seconds: linkSeconds });
  const token = signToken(tokenKey(deps, "operator link"), payload, expiresAt);
  return `${deps.baseUrl}/operator/enter?token=${token}`;
}

/** @returns undefined when the link has expired or was not made here. */
export function readOperatorLink(deps: PageDeps, token: string): SessionPayload | undefined {
  return readPayload(deps, "operator link", token);
}

function readPayload(deps: PageDeps, purpose: string, text: string): SessionPayload | undefined {
  const reading = readToken(tokenKey(deps, purpose), text, deps.engine.effects.clock.now());
  return reading.kind === "valid" ? payloadSchema.safeParse(reading.payload).data : undefined;
}

function tokenKey({ masterKey }: PageDeps, purpose: string): TokenKey {
  return { key: masterKey.key, purpose };
}

function formTokenOf({ masterKey }: PageDeps, cookie: string): string {
  const key = deriveKey(masterKey.key, "operator form");
  return Buffer.from(keyedHash(key, cookie)).toString("base64url");
}
