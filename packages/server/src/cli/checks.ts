/** The checks of `maedal doctor`, each with what to do when it fails. */
import { listAccounts } from "../accounts/account-store.ts";
import type { Account } from "../accounts/account.ts";
import { listExpiringKeys } from "../billing-keys/key-health-store.ts";
import { readKeyRules } from "../billing-keys/tend-billing-keys.ts";
import { countStuckCharges } from "../charges/stuck-charge-reads.ts";
import { listConnections, listObservations } from "../connections/connection-store.ts";
import type { Connection } from "../connections/connection.ts";
import type { Queryable } from "../db/database.ts";
import { migrationStatus } from "../db/migrate.ts";
import type { Engine } from "../engine.ts";
import { findSunset } from "../sunsets/sunset-store.ts";
import { countWaitingSubscriptions } from "../sunsets/tend-store.ts";
import { describeError } from "./terminal.ts";

export interface Check {
  readonly name: string;
  /** `notice`: worth knowing, nothing to mend. */
  readonly state: "ok" | "notice" | "failed";
  readonly detail: string;
}

const oldestPostgres = 150_000;

/** Runs a check; an error is its failure. */
export async function check(name: string, run: () => Promise<Omit<Check, "name">>): Promise<Check> {
  try {
    return { name, ...(await run()) };
  } catch (error) {
    return { name, state: "failed", detail: describeError(error) };
  }
}

export function checkPostgres(db: Queryable): Promise<Check> {
  return check("PostgreSQL", async () => {
    const [row] = await db.query<{ number: number; version: string }>(
      `select current_setting('server_version_num')::int as number,
         current_setting('server_version') as version`,
    );
    const isOldEnough = (row?.number ?? 0) >= oldestPostgres;
    const detail = `version ${row?.version}`;
    if (isOldEnough) return { state: "ok", detail };
    return { state: "failed", detail: `${detail}; Maedal needs 15 or later` };
  });
}

export function checkMigrations(db: Queryable): Promise<Check> {
  return check("Migrations", async () => {
    const { applied, pending } = await migrationStatus(db);
    if (pending.length === 0) return { state: "ok", detail: `${applied.length} applied` };
    return { state: "failed", detail: `pending: ${pending.join(", ")}. Run \`maedal migrate\`` };
  });
}

/** Of each account: its data key, its emergency stop, its connections. */
export async function checkAccounts(engine: Engine): Promise<readonly Check[]> {
  const accounts = await listAccounts(engine.database);
  if (accounts.length > 0) {
    const checks = await Promise.all(accounts.map((account) => checkAccount(engine, account)));
    return checks.flat();
  }
  const detail = "there is none yet: make one with `maedal keys create --account NAME`";
  return [{ name: "Accounts", state: "notice", detail }];
}

async function checkAccount(engine: Engine, account: Account): Promise<readonly Check[]> {
  const name = `Account ${account.name} (${account.mode})`;
  const key = await check(name, async () => {
    await engine.keys.dataKeyOf(engine.database, account.id);
    if (account.chargingStoppedAt === undefined) {
      return { state: "ok", detail: `${account.id}, the master key opens its data key` };
    }
    const since = account.chargingStoppedAt.toString();
    const detail = `the emergency stop is on since ${since}: POST /v1/account/resume takes it back`;
    return { state: "failed", detail };
  });
  const connections = await listConnections(engine.database, account.id);
  const checks = connections.map((connection) =>
    check(`Connection ${connection.name} (${connection.id})`, async () => {
      await engine.gateways.of(engine.database, connection);
      if (connection.state === "active") {
        return { state: "ok", detail: `active at ${connection.apiHost}` };
      }
      if (connection.state === "sunset") return await describeSunset(engine, connection);
      const since = `${connection.pausedReason}, since ${connection.pausedAt?.toString()}`;
      const detail = `paused (${since}): mend it, then POST /v1/gateway-connections/${connection.id}/resume`;
      return { state: "failed", detail };
    }),
  );
  return [key, ...(await Promise.all(checks))];
}

async function describeSunset(
  { database }: Engine,
  { accountId, chargesUntil, id, pausedReason }: Connection,
): Promise<Omit<Check, "name">> {
  const waiting = await countWaitingSubscriptions(database, { accountId, id });
  const ended = (await findSunset(database, { accountId, id }))?.endedAt;
  const list = `\`maedal sunset status ${id}\``;
  const wait = `${waiting} subscriptions wait for another method, see ${list}`;
  if (ended !== undefined) {
    return { state: "notice", detail: `sunset, ended at ${ended.toString()}: ${wait}` };
  }
  if (pausedReason !== undefined) {
    const fix = `POST /v1/gateway-connections/${id}/resume`;
    const detail = `sunset, and stopped before its time (${pausedReason}): mend it, then ${fix}; ${wait}`;
    return { state: "failed", detail };
  }
  const until = `charges until ${chargesUntil?.toString()}`;
  return { state: "notice", detail: `sunset, ${until}: ${wait}` };
}

export async function checkCharges(db: Queryable): Promise<readonly Check[]> {
  const { abandoned, inReview, overdue, unasked } = await countStuckCharges(db);
  const worker = "is a worker running? `maedal serve` or `maedal worker`";
  return [
    counted("Due charges", overdue, "are overdue", worker),
    counted("Open calls", abandoned, "were left by a worker that died", worker),
    counted("Look-ups", unasked, "are overdue", worker),
    counted("Reviews", inReview, "wait for a person", "see GET /v1/reviews"),
  ];
}

function counted(name: string, count: number, what: string, fix: string): Check {
  if (count === 0) return { name, state: "ok", detail: `none ${what}` };
  return { name, state: "failed", detail: `${count} ${what}: ${fix}` };
}

const firstExpiringKeys = 3;

/** Keys that their provider drops, for want of use, before they are next paid with. */
export async function checkExpiringKeys(engine: Engine): Promise<readonly Check[]> {
  const rules = await readKeyRules(engine, engine.database);
  if (rules.length === 0) return [];
  const keys = check("Unused keys", async () => {
    const { first, total } = await listExpiringKeys(engine.database, rules, firstExpiringKeys);
    if (total === 0) return { state: "ok", detail: "none is about to die of disuse" };
    const days = first.map(({ expiresAt, id }) => `${id} on ${expiresAt.toString().slice(0, 10)}`);
    const list = `${days.join(", ")}${total > first.length ? ", …" : ""}`;
    const fix = "ask their customers for a new method (POST /v1/registrations)";
    return {
      state: "notice",
      detail: `${total} would die of disuse before the next payment, ${list}: ${fix}`,
    };
  });
  return [await keys];
}

const latestObservations = 20;

/** What providers do differently from their documents. */
export async function checkObservations(db: Queryable): Promise<readonly Check[]> {
  const observations = await listObservations(db, latestObservations);
  return observations.map(({ code, connectionId, detail, lastSeenAt, occurrences }) => ({
    name: `Observation ${code}`,
    state: "notice",
    detail: `${detail} (${occurrences} times at ${connectionId}, last ${lastSeenAt.toString()})`,
  }));
}
