/**
 * Idempotency keys: a POST that is sent again with its key is not done again. The first answer is
 * repeated, except that a request which was refused and changed nothing leaves its key free, to be
 * mended and sent again.
 *
 * A server may die at any line. Whatever a run commits notes the key in the same transaction, so a
 * run that died before it changed anything is run again, and one that died after is not.
 */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { AppError } from "../app-error.ts";
import type { Database } from "../db/database.ts";
import type { ApiEnv } from "./api.ts";
import {
  beginRun,
  findRun,
  finishRun,
  forgetRun,
  noteCommit,
  type EarlierRun,
  type Run,
} from "./idempotency-store.ts";
import { invalidField } from "./problem.ts";

const headerName = "idempotency-key";
/** Longer than any request of ours lives: the database gives statements up after 30 s. */
const abandonedAfterMs = 60_000;

export function idempotent() {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const idempotencyKey = c.req.header(headerName);
    if (c.req.method !== "POST" || idempotencyKey === undefined) return await next();
    if (!/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) {
      throw invalidField("Idempotency-Key", "must be 1 to 255 visible ASCII characters");
    }
    const { account, engine } = c.var;
    const key = { accountId: account.id, idempotencyKey };
    const requestHash = await hashOf(c);
    const run = await beginRun(engine.database, key, requestHash, abandonedAfterMs);
    if (run === undefined) return answerEarlier(await findRun(engine.database, key), requestHash);

    c.set("engine", { ...engine, database: notingCommits(engine.database, run) });
    await next();
    await settle(c, engine.database, run);
  });
}

async function hashOf(c: Context): Promise<Uint8Array> {
  const { pathname, search } = new URL(c.req.url);
  const request = JSON.stringify([c.req.method, pathname, search, await c.req.text()]);
  return createHash("sha256").update(request, "utf8").digest();
}

function answerEarlier(earlier: EarlierRun | undefined, requestHash: Uint8Array): Response {
  if (earlier !== undefined && !Buffer.from(earlier.requestHash).equals(requestHash)) {
    const message = "This Idempotency-Key was sent with another request: use a new one for each.";
    throw new AppError("idempotency_key_reused", message);
  }
  if (earlier?.answer !== undefined) {
    const { status, text } = earlier.answer;
    const headers = { "content-type": "application/json", "idempotency-replayed": "true" };
    return new Response(text, { status, headers });
  }
  const detail = earlier?.isCommitted
    ? "The request was carried out, but its answer is not there (yet). If it stays away, read what was made from its list."
    : `The first request with this key is still running. Send it again in a moment; if its server died, after ${abandonedAfterMs / 1_000} s.`;
  throw new AppError("idempotency_in_progress", detail, { headers: { "retry-after": "5" } });
}

/** The same database; every transaction also notes the run, or fails when it was taken over. */
function notingCommits(database: Database, run: Run): Database {
  return {
    ...database,
    transaction: (work) =>
      database.transaction(async (tx) => {
        const result = await work(tx);
        if (await noteCommit(tx, run)) return result;
        throw new AppError(
          "idempotency_in_progress",
          "Another run of the same request took over from this one, which did nothing.",
        );
      }),
  };
}

async function settle(c: Context<ApiEnv>, database: Database, run: Run): Promise<void> {
  const { status } = c.res;
  if (status >= 400 && (await forgetRun(database, run))) return;
  if (status >= 500) return; // Done, with an answer that nobody should see twice.
  await finishRun(database, run, { status, text: await c.res.clone().text() });
}
