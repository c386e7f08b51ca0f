/**
 * One call of a merchant, after it was let in: what every operation is given. An operation returns
 * the JSON of its answer (undefined: an empty body) or throws `Refused`.
 */
import { z } from "zod";
import type { Intervention } from "../stage.ts";
import { isKnownCode, refused } from "./refusals.ts";
import type { Merchant } from "./records.ts";
import type { TossState } from "./state.ts";

export interface TossCall {
  readonly state: TossState;
  readonly merchant: Merchant;
  /** Decoded path parameters: billingKey, paymentKey or orderId. */
  readonly parameter: string;
  readonly query: URLSearchParams;
  /** Parsed JSON, or the text when it was none. */
  readonly body: unknown;
  readonly intervention: Intervention;
  /** Field values and messages in English (`Accept-Language: en-US`). */
  readonly isEnglish: boolean;
  /** When the call is processed, UTC. */
  readonly at: string;
}

export type Operation = (call: TossCall) => unknown;

/** A schema's message for a member: the code to answer with, unless the member is missing. */
export function code(name: string): { error: (issue: { input?: unknown }) => string } {
  return { error: ({ input }) => (input === undefined ? "INVALID_REQUIRED_PARAM" : name) };
}

/** The same for a member with no code of its own. */
export const required = code("INVALID_REQUEST");

/** An optional text such as customerName: at most 100 characters, null allowed. */
export const shortText = z.string().max(100).nullish();

/**
 * Checks a body against a schema whose messages are Toss's error codes.
 *
 * @throws {Refused} with the first problem's code.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name =
    issue !== undefined && isKnownCode(issue.message) ? issue.message : "INVALID_REQUEST";
  throw refused(name, issue?.path.join("."));
}
