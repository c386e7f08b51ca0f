/**
 * Stage: the way of one request through an emulated provider, whichever it is. It logs the request,
 * lets a fault spoil it on either side of the processing, and answers.
 *
 *   arrive ─► log ─► admit ─► [fault] ─► process ─► [fault] ─► settle ─► answer
 *
 * Processing is one synchronous step: nothing happens between its checks and its writes, so no
 * concurrency pays twice.
 */
import type { Context } from "hono";
import type { EmulatorClock } from "./clock.ts";
import type { FaultAction, FaultBook } from "./faults.ts";
import { parseExactly } from "./json.ts";
import { send, type Answer, type Hanging, type NodeEnv } from "./listen.ts";
import type { ArrivedRequest, LoggedRequest, RequestLog } from "./request-log.ts";

/** What a fault asks of the processing itself. */
export interface Intervention {
  readonly decline?: { code: string; status?: number | undefined; message?: string | undefined };
  readonly killKey?: "before" | "after";
  readonly isStale?: boolean;
  /** A failed payment that is recorded after the paid one, and answered instead of it. */
  readonly isHiddenByFailure?: boolean;
  /** Answered as failed now, approved so much later on the emulator's clock. */
  readonly approvesAfterSeconds?: number;
}

/** A provider's side of one request. */
export interface Play {
  /** An answer given at the door: bad credentials, a replay. Undefined lets the request in. */
  admit(): Answer | undefined;
  /** Runs the provider's logic; never throws. */
  process(intervention: Intervention): Answer;
  /**
   * An error in the provider's shape.
   *
   * @param status Undefined for the status with which the provider answers this code.
   */
  errorAnswer(status: number | undefined, code: string, message: string | undefined): Answer;
  /** The answer is final; idempotency stores keep it. Called once for a request that was let in… */
  settle(answer: Answer): void;
  /** …or this, when it was let in and then lost before processing. */
  abandon(): void;
}

export interface Stage {
  readonly clock: EmulatorClock;
  readonly faults: FaultBook;
  readonly requests: RequestLog;
  readonly hanging: Hanging;
}

type Fate = Answer | "hang" | "close";

/** Takes a request all the way to its answer, or to its unanswered end. */
export async function perform(
  stage: Stage,
  c: Context<NodeEnv>,
  request: ArrivedRequest,
  play: Play,
): Promise<Response> {
  const entry = stage.requests.begin(request);
  const refused = play.admit();
  const fault = stage.faults.take(request, entry.sequence, refused === undefined);
  if (fault !== undefined) entry.fault = { id: fault.id, type: fault.action.type };

  const fate = await decide(stage, play, refused, fault?.action, entry);
  if (fate === "hang") {
    entry.outcome = "swallowed";
    return stage.hanging.hang(c);
  }
  if (fate === "close") {
    entry.outcome = "closed";
    return stage.hanging.destroy(c);
  }
  entry.outcome = { answered: fate.status };
  return send(c, fate);
}

async function decide(
  stage: Stage,
  play: Play,
  refused: Answer | undefined,
  action: FaultAction | undefined,
  entry: LoggedRequest,
): Promise<Fate> {
  const lost = fateBefore(action);
  if (lost !== undefined) {
    if (refused === undefined) play.abandon();
    return lost;
  }
  const { releases } = stage.hanging;
  if (action?.type === "delay" && action.when === "before") await stage.clock.sleep(action.ms);
  if (stage.hanging.releases !== releases) return "close"; // A reset came; its world is gone.
  if (refused !== undefined) return fateAfter(action, refused);

  const answer = answerOf(play, action, entry);
  if (action?.type === "delay" && action.when === "after") await stage.clock.sleep(action.ms);
  if (stage.hanging.releases !== releases) return "close";
  play.settle(answer);
  return fateAfter(action, answer);
}

/** What ends a request before any processing. */
function fateBefore(action: FaultAction | undefined): Fate | undefined {
  if (action?.type === "drop_request") return "hang";
  if (action?.type === "close_before") return "close";
  if (action?.type === "garbage" && action.when === "before") return garbage;
  if (action?.type === "bad_gateway" && action.when === "before") return badGateway;
  if (action?.type === "rate_limit") return tooMany(action.retryAfterSeconds);
  return action?.type === "outage" ? unavailable : undefined;
}

/** Runs the processing as the fault wants it. */
function answerOf(play: Play, action: FaultAction | undefined, entry: LoggedRequest): Answer {
  if (action?.type === "error" && action.when === "before") {
    return play.errorAnswer(action.status, action.code, action.message);
  }
  entry.processed = true;
  const answer = play.process(interventionOf(action));
  if (action?.type === "error") {
    return play.errorAnswer(action.status, action.code, action.message);
  }
  return action?.type === "alter_answer" ? altered(answer, action.set) : answer;
}

function interventionOf(action: FaultAction | undefined): Intervention {
  if (action?.type === "decline") return { decline: action };
  if (action?.type === "kill_key") return { killKey: action.when };
  if (action?.type === "pay_then_fail") return { isHiddenByFailure: true };
  if (action?.type === "late_success") return { approvesAfterSeconds: action.afterSeconds };
  return { isStale: action?.type === "stale_lookup" };
}

/** What becomes of an answer on its way back. */
function fateAfter(action: FaultAction | undefined, answer: Answer): Fate {
  if (action?.type === "drop_answer") return "hang";
  if (action?.type === "close_after") return "close";
  if (action?.type === "bad_gateway") return badGateway;
  return action?.type === "garbage" ? garbage : answer;
}

const garbage: Answer = {
  status: 200,
  text: '{"version":"2022-11-16","re\uFFFD\u0000\u0001<html>',
  headers: { "content-type": "application/json" },
};

/** What a proxy in front of the provider says when it got no answer. */
const badGateway: Answer = {
  status: 502,
  text: "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>",
  headers: { "content-type": "text/html" },
};

const unavailable: Answer = {
  status: 503,
  text: "503 Service Unavailable",
  headers: { "content-type": "text/plain" },
};

/** Unverified: no provider publishes the body of its 429. */
function tooMany(retryAfterSeconds: number | undefined): Answer {
  const headers = { "content-type": "application/json" };
  return {
    status: 429,
    text: JSON.stringify({ code: "TOO_MANY_REQUESTS", message: "Too many requests." }),
    headers:
      retryAfterSeconds === undefined
        ? headers
        : { ...headers, "retry-after": String(retryAfterSeconds) },
  };
}

/** Merges members into a JSON object, at any depth; an answer that is none stays as it is. */
function altered(answer: Answer, set: Record<string, unknown>): Answer {
  try {
    const body = parseExactly(answer.text);
    return isRecord(body) ? { ...answer, text: JSON.stringify(merged(body, set)) } : answer;
  } catch {
    return answer;
  }
}

function merged(body: Record<string, unknown>, set: Record<string, unknown>): object {
  const members = Object.entries(set).map(([name, value]) => {
    const there = body[name];
    return [name, isRecord(there) && isRecord(value) ? merged(there, value) : value];
  });
  return { ...body, ...Object.fromEntries(members) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
