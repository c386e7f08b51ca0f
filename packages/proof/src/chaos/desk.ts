/**
 * The merchant's way to Maedal: its public API over HTTP, by whichever server answers. What got no
 * answer is asked again, under the same idempotency key.
 */
import { randomUUID } from "node:crypto";
import { pause } from "./waiting.ts";

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** No server has given a clear answer for a while: what was asked for may have been done or not. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

export interface Desk {
  /** @throws {NoAnswer} */
  request(method: "GET" | "POST", path: string, body?: object): Promise<Answer>;
  /** The same, where everything but success is an error. */
  must(method: "GET" | "POST", path: string, body?: object): Promise<Answer["body"]>;
  /** A page, as a browser with this cookie gets it; redirects are not followed. */
  browse(path: string, cookie?: string, method?: "GET" | "POST"): Promise<Page>;
}

export interface Page {
  readonly status: number;
  readonly text: string;
  /** Name and value of the cookie that it set; empty without one. */
  readonly cookie: string;
}

const patienceMs = 20_000;
const answerLimitMs = 15_000;

/**
 * @param urls Of the servers.
 * @param signal Ends every request that waits for a better answer.
 */
export function createDesk(urls: readonly string[], apiKey: string, signal: AbortSignal): Desk {
  let turn = 0;
  const nextUrl = () => urls[(turn += 1) % urls.length] ?? "";

  /** A server that is being started again does not answer, or answers that its database does not. */
  async function insist(path: string, init: RequestInit): Promise<Heard> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const heard = await hear(`${nextUrl()}${path}`, init).catch(() => undefined);
      if (heard !== undefined && isClear(heard)) return heard;
      if (performance.now() > end || signal.aborted)
        throw new NoAnswer(`${path}: ${heard?.text ?? "no server"}`);
      await pause(250, signal);
    }
  }

  async function request(method: string, path: string, body?: object): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${apiKey}`,
      ...(method === "POST" ? { "idempotency-key": randomUUID() } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const { answer, text } = await insist(`/v1${path}`, { method, headers, ...json });
    return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) };
  }

  return {
    request,
    async must(method, path, body) {
      const answer = await request(method, path, body);
      if (answer.status < 300) return answer.body;
      throw new Error(
        `${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`,
      );
    },
    async browse(path, cookie = "", method = "GET") {
      const init = { method, headers: { cookie }, redirect: "manual" } as const;
      const { answer, text } = await insist(path, init);
      return {
        status: answer.status,
        text,
        cookie: answer.headers.getSetCookie()[0]?.split(";")[0] ?? "",
      };
    },
  };
}

interface Heard {
  readonly answer: Response;
  readonly text: string;
}

/** Nor is it clear that another server, which may have died, is still at the same request. */
function isClear({ answer, text }: Heard): boolean {
  return answer.status < 500 && !text.includes("idempotency_in_progress");
}

/** An answer that is cut off is none. */
async function hear(url: string, init: RequestInit): Promise<Heard> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(answerLimitMs) });
  return { answer, text: await answer.text() };
}

export function textOf(value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`${JSON.stringify(value)} is no text`);
  return value;
}
