/**
 * Privileges: as whom PostgreSQL runs. It refuses to run as root, so root lends it another face:
 * first a user namespace, in which our files stay root's and closed directories stay readable;
 * else, where containers forbid that, another user of this machine, who then owns the data.
 */
import { execFile, spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { chown, readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { EmbeddedPostgresError } from "./embedded-error.ts";

const run = promisify(execFile);

export type Privileges =
  | { readonly kind: "self" }
  | { readonly kind: "namespace" }
  | { readonly kind: "user"; readonly name: string; readonly uid: number; readonly gid: number };

/** Any user that is not root will do; 65534 has a name on every distribution, which initdb asks for. */
const namespaceArguments = ["--user", "--map-user=65534", "--map-group=65534"];

/**
 * @param clusterDirectory Where the data lies, or will: whoever owns it must stay its owner.
 * @param runAs As root, a user to run PostgreSQL as, instead of in a user namespace.
 * @throws {EmbeddedPostgresError} when root can do neither, or the data is another user's.
 */
export async function choosePrivileges(
  clusterDirectory: string,
  runAs: string | undefined,
): Promise<Privileges> {
  const ownUid = process.getuid?.();
  const ownerUid = (await stat(clusterDirectory).catch(() => undefined))?.uid;
  if (ownUid !== 0) {
    if (ownerUid === undefined || ownerUid === ownUid) return { kind: "self" };
    throw new EmbeddedPostgresError(
      `${clusterDirectory} belongs to user ${ownerUid}, and this is user ${ownUid}. Run as its owner`,
    );
  }
  if (ownerUid !== undefined && ownerUid !== 0) return userWith(({ uid }) => uid === ownerUid);
  if (runAs !== undefined && ownerUid === undefined) return userWith(({ name }) => name === runAs);
  if (await canUnshare()) return { kind: "namespace" };
  if (ownerUid === 0) {
    throw new EmbeddedPostgresError(
      `${clusterDirectory} belongs to root, but this system no longer lets root open a user namespace`,
    );
  }
  return userWith(({ name }) => name === "postgres" || name === "nobody");
}

async function canUnshare(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  return run("unshare", [...namespaceArguments, "true"]).then(
    () => true,
    () => false,
  );
}

type User = Extract<Privileges, { kind: "user" }>;

/** The first fitting line of /etc/passwd, with "postgres" before every other. */
async function userWith(fits: (user: User) => boolean): Promise<User> {
  const lines = (await readFile("/etc/passwd", "utf8").catch(() => "")).split("\n");
  const users = lines.map((line): User => {
    const [name = "", , uid, gid] = line.split(":");
    return { kind: "user", name, uid: Number(uid), gid: Number(gid) };
  });
  const fitting = users.filter(fits);
  const user = fitting.find(({ name }) => name === "postgres") ?? fitting[0];
  if (user !== undefined && user.uid > 0) return user;
  throw new EmbeddedPostgresError(
    "PostgreSQL refuses to run as root, and there is neither a user namespace nor another user " +
      "to run it as. Run Maedal as an ordinary user",
  );
}

/** Starts a program with these privileges, in a session of its own that Ctrl-C does not reach. */
export function spawnAs(
  privileges: Privileges,
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, "stdio" | "cwd">,
): ChildProcess {
  // Not our environment: it may hold secrets, and PGPORT and its like would steer the server.
  const env = { PATH: process.env["PATH"], TZ: "UTC" };
  const detached = { ...options, env, detached: true };
  if (privileges.kind === "namespace") {
    return spawn("unshare", [...namespaceArguments, program, ...args], detached);
  }
  const user = privileges.kind === "user" ? { uid: privileges.uid, gid: privileges.gid } : {};
  return spawn(program, args, { ...detached, ...user });
}

/** Hands a directory to the user who runs PostgreSQL, when that is not us. */
export async function giveTo(privileges: Privileges, path: string): Promise<void> {
  if (privileges.kind === "user") await chown(path, privileges.uid, privileges.gid);
}
