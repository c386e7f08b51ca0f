/** What every route of the API is made of: the environment of its handlers and its validation. */
import { OpenAPIHono, type z } from "@hono/zod-openapi";
import type { Account } from "../accounts/account.ts";
import { AppError, type ErrorCode } from "../app-error.ts";
import { problemSchema } from "../contract/problem.ts";
import type { Engine } from "../engine.ts";

export interface ApiEnv {
  Variables: {
    requestId: string;
    /** The account of the API key. */
    account: Account;
    keyId: string;
    /** The engine for this request: what it commits is noted under the idempotency key. */
    engine: Engine;
  };
}

export type Api = OpenAPIHono<ApiEnv>;

/** A set of routes; mounted below `/v1` by app.ts. */
export function createApi(): Api {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw refusalOf(result.error.issues);
    },
  });
}

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

/** Names every field that is wrong, so that a request is mended once. */
function refusalOf(issues: readonly Issue[]): AppError {
  const errors = issues.flatMap(fieldErrors);
  const list = errors.map(({ message, path }) => `${path} ${message}`.trim()).join("; ");
  const fields = errors.length === 1 ? "this field" : "these fields";
  return new AppError(codeOf(issues), `Mend ${fields}: ${list}.`, { errors });
}

function fieldErrors(issue: Issue): { path: string; message: string }[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const message = "is not a field of this request";
    return (issue.keys ?? []).map((key) => ({ path: [...path, key].join("."), message }));
  }
  return [{ path: path.join("."), message: issue.message }];
}

/** Two mistakes have a code of their own, because clients react to them. */
function codeOf([issue, ...others]: readonly Issue[]): ErrorCode {
  if (issue === undefined || others.length > 0) return "invalid_request";
  if (issue.path.at(-1) === "currency" && issue.code === "invalid_value") {
    return "currency_not_supported";
  }
  const isRange = issue.code === "too_small" || issue.code === "too_big";
  return issue.path.at(-1) === "amount" && isRange ? "amount_out_of_range" : "invalid_request";
}

export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

export function jsonAnswer<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } } as const;
}

/** Every other answer of every route. */
export const problems = {
  default: {
    description: "A problem: nothing was done, and `detail` says how to mend the request.",
    content: { "application/problem+json": { schema: problemSchema } },
  },
} as const;

export const bearerAuth = [{ apiKey: [] as string[] }];
