/**
 * What the demo keeps beside its database, in `demo.json` of the data directory: the shop's API key,
 * as a merchant's server would keep it, its connections, and the ports. A connection's host never
 * changes, so the emulated providers must come back under the ports they had.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CommandError } from "../cli/terminal.ts";

const portsSchema = z.object({
  control: z.int(),
  toss: z.int(),
  linePay: z.int(),
  server: z.int(),
  shop: z.int(),
});
export type DemoPorts = z.infer<typeof portsSchema>;

/** By the currency that they charge: won at Toss Payments, the others at LINE Pay. */
const connectionIdsSchema = z.object({
  KRW: z.string(),
  TWD: z.string(),
  THB: z.string(),
  USD: z.string(),
});
export type ConnectionIds = z.infer<typeof connectionIdsSchema>;

const stateSchema = z.object({
  accountId: z.string(),
  keyId: z.string(),
  apiKey: z.string(),
  connectionIds: connectionIdsSchema,
  ports: portsSchema,
});
export type DemoState = z.infer<typeof stateSchema>;

/** As it was while Toss Payments was the only provider. */
const olderSchema = z.object({ connectionId: z.string() });

const fileIn = (dataDirectory: string) => join(dataDirectory, "demo.json");

/**
 * @returns undefined before the first start.
 * @throws {CommandError} when the file is damaged, or of a demo that knew no LINE Pay.
 */
export async function readDemoState(dataDirectory: string): Promise<DemoState | undefined> {
  const path = fileIn(dataDirectory);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const kept: unknown = JSON.parse(text);
    if (olderSchema.safeParse(kept).success) throw new CommandError(olderText(dataDirectory));
    return stateSchema.parse(kept);
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    const message = `${path} cannot be read. Delete ${dataDirectory} to begin the demo anew.`;
    throw new CommandError(message, { cause });
  }
}

function olderText(dataDirectory: string): string {
  return `${dataDirectory} is of an older demo, which knew no LINE Pay. Delete it to begin anew, or begin another demo beside it: --data ./another-directory`;
}

/** Whole or not at all, and for its owner's eyes only. */
export async function writeDemoState(dataDirectory: string, state: DemoState): Promise<void> {
  const path = fileIn(dataDirectory);
  await writeFile(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
