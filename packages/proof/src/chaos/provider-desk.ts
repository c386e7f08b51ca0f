/** The emulated providers' control API, and a copy of the call log, of which they keep the last part only. */
import type { ReadyLine } from "@maedal/emulator";
import { z } from "zod";

export interface ProviderDesk {
  readonly ready: ReadyLine;
  get<T>(schema: z.ZodType<T>, path: string): Promise<T>;
  post<T>(schema: z.ZodType<T>, path: string, body: object): Promise<T>;
  clearFaults(): Promise<void>;
  /** Copies what is new. @throws {Error} when so much came since the last time that some is gone. */
  readCalls(): Promise<void>;
  /** Everything that was copied, oldest first. */
  calls(): readonly unknown[];
}

const callSchema = z.looseObject({ sequence: z.int() });

const readySchema = z.object({
  control: z.string(),
  toss: z.object({ url: z.string(), clientKey: z.string(), secretKey: z.string() }),
  portone: z.object({
    url: z.string(),
    impCode: z.string(),
    apiKey: z.string(),
    apiSecret: z.string(),
  }),
  linePay: z.object({ url: z.string(), channelId: z.string(), channelSecret: z.string() }),
});

/** @param line What the emulator printed when it was ready. */
export function createProviderDesk(line: unknown): ProviderDesk {
  const ready = readySchema.parse(line);
  const kept = new Map<number, unknown>();
  let latest = 0;

  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(new URL(path, ready.control), {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the emulator refused ${method} ${path}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  return {
    ready,
    get: async (schema, path) => schema.parse(await call("GET", path)),
    post: async (schema, path, body) => schema.parse(await call("POST", path, body)),
    clearFaults: async () => void (await call("DELETE", "/faults")),
    async readCalls() {
      const calls = z.array(callSchema).parse(await call("GET", "/requests"));
      const [first] = calls;
      if (first !== undefined && first.sequence > latest + 1) {
        throw new Error(`calls ${latest + 1} to ${first.sequence - 1} were not copied in time`);
      }
      // An answer completes its entry, so that what was copied before is copied again.
      for (const it of calls) kept.set(it.sequence, it);
      latest = calls.at(-1)?.sequence ?? latest;
    },
    calls: () => [...kept].sort(([one], [other]) => one - other).map(([, it]) => it),
  };
}
