/**
 * What the demo keeps beside its database, in `demo.json` of the data directory: the shop's API key,
 * as a merchant's server would keep it, and the ports. A connection's host never changes, so the
 * emulated Toss must come back under the port it had.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CommandError } from "../cli/terminal.ts";

const portsSchema = z.object({
  control: z.int(),
  toss: z.int(),
  server: z.int(),
  shop: z.int(),
});
export type DemoPorts = z.infer<typeof portsSchema>;

const stateSchema = z.object({
  accountId: z.string(),
  keyId: z.string(),
  apiKey: z.string(),
  connectionId: z.string(),
  ports: portsSchema,
});
export type DemoState = z.infer<typeof stateSchema>;

const fileIn = (dataDirectory: string) => join(dataDirectory, "demo.json");

/** @returns undefined before the first start. @throws {CommandError} when the file is damaged. */
export async function readDemoState(dataDirectory: string): Promise<DemoState | undefined> {
  const path = fileIn(dataDirectory);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    const message = `${path} cannot be read. Delete ${dataDirectory} to begin the demo anew.`;
    throw new CommandError(message, { cause });
  }
}

/** Whole or not at all, and for its owner's eyes only. */
export async function writeDemoState(dataDirectory: string, state: DemoState): Promise<void> {
  const path = fileIn(dataDirectory);
  await writeFile(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
