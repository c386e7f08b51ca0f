/**
 * Judge: sends one request to the app and holds the answer against what is promised of every answer.
 *
 *   - it comes, within a limit;
 *   - it is no 5xx, but for the ones that are documented;
 *   - a refusal (4xx) changed nothing in the database;
 *   - it is what the OpenAPI document says (the API only);
 *   - it holds no secret, and nothing of another account.
 */
import type { Database } from "../../../server/src/db/database.ts";
import type { SchemaCheck } from "./answer-schemas.ts";
import type { Scene } from "./stage.ts";
import { watchTables } from "./table-marks.ts";
import type { CaseResult } from "./target.ts";

export interface Attempt {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
  /** The path as the OpenAPI document writes it; undefined where there is none. */
  readonly template?: string | undefined;
  /** What the answer may hold although it is a secret: the attempt itself brought it. */
  readonly mayTell?: readonly string[] | undefined;
}

export interface Judge {
  judge(attempt: Attempt): Promise<CaseResult>;
  /** What changed since the last answer was somebody else's doing. */
  skipChanges(): Promise<void>;
}

/** Far above what the slowest machine needs, and above the 30 s that a statement may take. */
const limitMs = 60_000;

/** Which problem may come with a 5xx: those of docs/errors.md that name somebody else's failure. */
const documentedProblems: readonly string[] = ["gateway_failed", "window_unavailable"];

/**
 * Refusals that record something all the same, because the provider was asked and its answer is worth
 * keeping: what became of a capture or a void.
 */
const recordingProblems: readonly string[] = ["authorization_refused", "authorization_released"];

export async function createJudge(
  scene: Scene,
  baseUrl: string,
  checkSchema: SchemaCheck,
): Promise<Judge> {
  const database: Database = scene.engine.database;
  const tables = await watchTables(database);
  return {
    async skipChanges() {
      await tables.changed();
    },
    async judge(attempt) {
      const request = requestOf(attempt, baseUrl);
      if (request === undefined) {
        return { kind: "no request", violations: [], shown: show(attempt) };
      }
      const answer = await answered(scene.fetch(request));
      const changed = await tables.changed();
      const errors = scene.takeErrors();
      const where = attempt.template ?? attempt.path.replace(/[?].*$/s, "").slice(0, 40);
      if (answer === undefined) {
        const violations = [`no answer within ${limitMs} ms`];
        return { kind: `${attempt.method} ${where} hangs`, violations, shown: show(attempt) };
      }
      const violations = [
        ...wrongStatus(answer, errors),
        ...wrongChange(answer, changed),
        ...secretsIn(answer, scene.shop.secrets, attempt),
        ...(attempt.template === undefined ? [] : checkSchema(attempt, answer)),
      ];
      const kind = `${attempt.method} ${where} ${answer.status}`;
      return { kind, violations, shown: `${show(attempt)} → ${answer.text.slice(0, 600)}` };
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** Of a problem; undefined for every other answer. */
  readonly code: string | undefined;
}

/** Undefined when HTTP itself cannot say it: a header with a line break, a method that is none. */
function requestOf({ body, headers, method, path }: Attempt, baseUrl: string): Request | undefined {
  try {
    const given = new Headers();
    for (const [name, value] of headers) given.append(name, value);
    const sent = method === "GET" || method === "HEAD" ? undefined : body;
    return new Request(`${baseUrl}${path}`, {
      method,
      headers: given,
      redirect: "manual",
      ...(sent === undefined ? {} : { body: sent }),
    });
  } catch {
    return undefined;
  }
}

async function answered(answering: Promise<Response>): Promise<Answer | undefined> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  const givenUp = new Promise<undefined>((resolve) => {
    limit.signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const reading = answering.then(async (response) => {
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    const contentType = response.headers.get("content-type") ?? "";
    const body = await response.text();
    const code = contentType.startsWith("application/problem+json") ? codeOf(body) : undefined;
    return { status: response.status, contentType, text: body, code, headers };
  });
  try {
    return await Promise.race([reading, givenUp]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(body: string): string | undefined {
  return /"code":"([a-z_]+)"/.exec(body)?.[1];
}

function wrongStatus(answer: Answer, errors: readonly string[]): readonly string[] {
  const isDocumented = answer.code !== undefined && documentedProblems.includes(answer.code);
  if (answer.status >= 500 && !isDocumented) {
    return [`answers ${answer.status}: ${errors.join("; ").slice(0, 1_500)}`];
  }
  return isDocumented || errors.length === 0
    ? []
    : [`answers ${answer.status} and logs an error: ${errors.join("; ").slice(0, 1_500)}`];
}

function wrongChange({ code, status }: Answer, changed: readonly string[]): readonly string[] {
  const isRefusal = status >= 400 && status < 500;
  if (!isRefusal || (code !== undefined && recordingProblems.includes(code))) return [];
  return changed.length === 0 ? [] : [`answers ${status} and changed ${changed.join(", ")}`];
}

function secretsIn(
  answer: Answer,
  secrets: readonly string[],
  attempt: Attempt,
): readonly string[] {
  const known = secrets.filter((secret) => !(attempt.mayTell ?? []).includes(secret));
  return known
    .filter((secret) => answer.text.includes(secret))
    .map((secret) => `answers ${answer.status} with the secret ${secret.slice(0, 12)}…`);
}

function show({ body, headers, method, path }: Attempt): string {
  const lines = headers
    .filter(([name]) => name !== "authorization" && name !== "cookie")
    .map(([name, value]) => ` -H ${JSON.stringify(`${name}: ${value}`).slice(0, 200)}`);
  const text = typeof body === "string" ? body : Buffer.from(body ?? []).toString("latin1");
  const data = body === undefined ? "" : ` -d ${JSON.stringify(text).slice(0, 1_000)}`;
  return `${method} ${path.slice(0, 500)}${lines.join("")}${data}`;
}
