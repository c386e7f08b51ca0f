/**
 * Desk: how people of the simulation reach the product. Requests go to one of the API servers that
 * live at the moment; one that dies or is too slow gives no answer, and whoever asked asks again with
 * the same idempotency key, as the documentation says.
 */
import type { Scheduler } from "./scheduler.ts";
import type { Chance } from "../chance.ts";
import type { Shown } from "./told-rules.ts";
import { isExplained, type VirtualProcess } from "./virtual-process.ts";

export interface DeskAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Desk {
  wait(ms: number): Promise<void>;
  /** Sends until it is answered with something that asking again would not change. */
  request(method: "GET" | "POST" | "PATCH", path: string, body?: unknown): Promise<DeskAnswer>;
  /** Runs work in one API server; undefined when it died or took too long on the way. */
  visit<T>(work: (process: VirtualProcess) => Promise<T>): Promise<T | undefined>;
}

export interface DeskDeps {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly apiKey: string;
  readonly apis: () => readonly VirtualProcess[];
  readonly onBug: (text: string) => void;
  /** Told of each charge that an answer tells of. */
  readonly onShown: (shown: Shown) => void;
}

const patienceMs = 150_000;
const mostTries = 12;
const noAnswer: DeskAnswer = { status: 0, body: {} };

export function createDesk(deps: DeskDeps): Desk {
  const { chance, scheduler } = deps;

  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      scheduler.at(scheduler.nowMs() + ms, resolve);
    });

  async function visit<T>(work: (process: VirtualProcess) => Promise<T>): Promise<T | undefined> {
    const alive = deps.apis().filter(({ isDead }) => !isDead);
    if (alive.length === 0) return undefined;
    const process = chance.pick(alive);
    const limit = wait(patienceMs).then(() => undefined);
    return await Promise.race([work(process), limit]);
  }

  async function once(
    process: VirtualProcess,
    method: string,
    path: string,
    body: unknown,
    key: string,
  ): Promise<DeskAnswer> {
    const headers: Record<string, string> = { authorization: `Bearer ${deps.apiKey}` };
    if (method === "POST") headers["idempotency-key"] = key;
    if (body !== undefined) headers["content-type"] = "application/json";
    const text = body === undefined ? undefined : JSON.stringify(body);
    const init = { method, headers, ...(text === undefined ? {} : { body: text }) };
    const response = await process.app?.request(`http://127.0.0.1:4000/v1${path}`, init);
    if (response === undefined) return noAnswer;
    const answer = (await response.json()) as Record<string, unknown>;
    scheduler.note("desk", `${method} ${path} → ${response.status} ${codeOf(answer)}`);
    for (const { id, status } of itemsOf(answer)) {
      const chargeId = textOf(id);
      if (chargeId?.startsWith("chg_")) {
        deps.onShown({ atMs: scheduler.nowMs(), chargeId, status: textOf(status) ?? "" });
      }
    }
    return { status: response.status, body: answer };
  }

  return {
    wait,
    visit,
    async request(method, path, body) {
      const key = Buffer.from(chance.bytes(12)).toString("hex");
      let answer = noAnswer;
      for (let tries = 0; tries < mostTries; tries += 1) {
        answer = (await visit((process) => once(process, method, path, body, key))) ?? noAnswer;
        const isUnsettled =
          answer.status === 0 ||
          answer.status >= 500 ||
          answer.status === 429 ||
          answer.body["code"] === "idempotency_in_progress";
        if (!isUnsettled) return answer;
        await wait(chance.between(1_000, 90_000));
      }
      return answer;
    },
  };
}

function codeOf({ code }: Readonly<Record<string, unknown>>): string {
  return typeof code === "string" ? code : "";
}

/** A rejection of somebody's work at an API server, unless the weather explains it. */
export function noteFailure(onBug: (text: string) => void, what: string, error: unknown): void {
  const isRefusal = error instanceof Error && error.constructor.name === "AppError";
  if (isRefusal || isExplained(error)) return;
  onBug(`${what}: ${error instanceof Error ? error.stack : String(error)}`);
}

export function itemsOf(
  body: Readonly<Record<string, unknown>>,
): readonly Record<string, unknown>[] {
  return Array.isArray(body["items"]) ? (body["items"] as Record<string, unknown>[]) : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
