/**
 * Manifest of a backup: what is in it, so that a restore can tell a whole one from any other. It is
 * written last: a backup without one was cut short.
 *
 *   manifest.json   this
 *   postgres/       a copy of PostgreSQL's data, to be recovered
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EmbeddedPostgresError } from "./embedded-error.ts";

/** Of any file: people leave theirs between PostgreSQL's. It leads nowhere else. */
const relativePath = z
  .string()
  .refine((path) => path.split("/").every((part) => !["", ".", ".."].includes(part)))
  .refine((path) => !path.includes("\0"));

const manifestSchema = z.strictObject({
  format: z.literal(1),
  madeAt: z.iso.datetime(),
  /** Of the binaries, such as `18.4.0-beta.17`. */
  postgres: z.string(),
  major: z.string(),
  /** Data files fit one kind of machine: `linux-x64`. */
  platform: z.string(),
  /** The newest migration that was applied. */
  migration: z.string(),
  directories: z.array(relativePath),
  files: z.array(
    z.strictObject({
      path: relativePath,
      bytes: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

export type BackupManifest = z.infer<typeof manifestSchema>;

export const manifestFile = "manifest.json";

/** Where a backup's copy of the data lies. */
export const clusterIn = (backup: string): string => join(backup, "postgres");

/** The text of a manifest: its own checksum on the first line. */
export function manifestText(manifest: BackupManifest): string {
  const body = JSON.stringify(manifest, null, 1);
  return `${sha256(body)}\n${body}\n`;
}

/** @throws {EmbeddedPostgresError} when it is missing, cut off or changed. */
export async function readManifest(backup: string): Promise<BackupManifest> {
  const path = join(backup, manifestFile);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) {
    throw new EmbeddedPostgresError(
      `${backup} has no ${manifestFile}: it is no backup, or one that was cut short. Take another`,
    );
  }
  const [sum = "", body = ""] = text.trimEnd().split(/\n(.*)/s);
  if (sha256(body) !== sum) {
    throw new EmbeddedPostgresError(`${path} is damaged. Take another backup`);
  }
  return manifestSchema.parse(JSON.parse(body));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
