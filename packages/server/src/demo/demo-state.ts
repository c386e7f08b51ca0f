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
  portone: z.int(),
  linePay: z.int(),
  server: z.int(),
  shop: z.int(),
});
export type DemoPorts = z.infer<typeof portsSchema>;

/** CHAI and KakaoPay are two channels of one account at PortOne. */
const connectionIdsSchema = z.object({
  toss: z.string(),
  chai: z.string(),
  kakaoPay: z.string(),
  linePayTwd: z.string(),
  linePayThb: z.string(),
  linePayUsd: z.string(),
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

/** As it was while Toss Payments was the only provider, and while PortOne was none. */
const olderSchema = z.union([
  z.object({ connectionId: z.string() }),
  z.object({ connectionIds: z.object({ KRW: z.string() }) }),
]);

const fileIn = (dataDirectory: string) => join(dataDirectory, "demo.json");

/**
 * @returns undefined before the first start.
 * @throws {CommandError} when the file is damaged, or of a demo that knew fewer providers.
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
  return `${dataDirectory} is of an older demo, which knew fewer providers. Delete it to begin anew, or begin another demo beside it: --data ./another-directory`;
}

/** Whole or not at all, and for its owner's eyes only. */
export async function writeDemoState(dataDirectory: string, state: DemoState): Promise<void> {
  const path = fileIn(dataDirectory);
  await writeFile(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
