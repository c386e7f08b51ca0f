/**
 * Backends: the simulation's own connections to PostgreSQL. A virtual process borrows one for each
 * transaction or statement. At most one statement is on its way at a time, unless it waits for a
 * lock; then it is parked, and looked at again whenever somebody may have let the lock go.
 *
 * Whether a statement waits is asked of PostgreSQL and not guessed from the time it takes.
 */
import { setTimeout as delay } from "node:timers/promises";
import { Client, DatabaseError, type QueryResult } from "pg";
import { encodeValue } from "../../../server/src/db/column-types.ts";
import type { Statement } from "../../../server/src/db/database.ts";
import { clientConfig } from "../../../server/src/db/session.ts";

export interface Backend {
  readonly client: Client;
  readonly pid: number;
  /** What the session's virtual clock reads. */
  clockMs: number;
  /** Opens a transaction with its next statement. */
  isToBegin: boolean;
}

export type Settled =
  | { readonly kind: "rows"; readonly result: QueryResult }
  | { readonly kind: "refused"; readonly error: Error };

export interface Running {
  /** Undefined while it waits for a lock. */
  settled: Settled | undefined;
  readonly backend: Backend;
}

export interface Backends {
  /** Takes a free session, or opens one. */
  borrow(): Promise<Backend>;
  giveBack(backend: Backend): void;
  /** Opens a transaction, with the statement that follows. */
  begin(backend: Backend): void;
  /** Runs a statement until it has ended or waits for a lock. */
  start(backend: Backend, sql: Statement | string, values?: readonly unknown[]): Promise<Running>;
  /** Whether a parked statement has ended by now; waits until that is certain. */
  lookAt(running: Running): Promise<void>;
  /** Ends a parked statement. */
  cancel(running: Running): Promise<void>;
  /** On the simulator's own session, outside every simulated process. */
  direct<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Far longer than a statement of ours takes, so that PostgreSQL is rarely asked in vain. */
const suspicionMs = 8;

/** Sets the virtual clock of a session. */
export const clockSetting = "maedal.now";

export async function openBackends(url: string, nowMs: () => number): Promise<Backends> {
  const control = await connect(url);
  const prepared = new Map<string, string>();
  const suspicion = createSuspicion();
  const all: Backend[] = [];
  let free: Backend[] = [];

  async function borrow(): Promise<Backend> {
    const known = free.pop();
    if (known !== undefined) return known;
    const client = await connect(url);
    const pid = await pidOf(client);
    const backend = { client, pid, clockMs: Number.NaN, isToBegin: false };
    all.push(backend);
    return backend;
  }

  /** What a statement needs to have before it, in the same write. */
  function prepare(backend: Backend): void {
    const ms = nowMs();
    const opening = backend.isToBegin ? "begin; " : "";
    const clock =
      backend.clockMs === ms ? "" : `set ${clockSetting} = '${new Date(ms).toISOString()}'`;
    backend.clockMs = ms;
    backend.isToBegin = false;
    if (opening + clock === "") return;
    backend.client.query(opening + clock).catch(() => undefined); // Refused in a failed transaction.
  }

  return {
    borrow,
    giveBack(backend) {
      free.push(backend);
      // The lowest first, so that a run's sessions do not depend on what ran before it.
      free = free.toSorted((a, b) => all.indexOf(b) - all.indexOf(a));
    },
    begin(backend) {
      backend.isToBegin = true;
    },
    async start(backend, sql, values) {
      const running: Running = { settled: undefined, backend };
      const { stream } = backend.client.connection;
      stream.cork();
      prepare(backend);
      const ended = send(backend.client, sql, values).then((settled) => {
        running.settled = settled;
      });
      stream.uncork();
      await suspicion.orEndOf(ended);
      if (running.settled === undefined) await lookAt(control, running);
      return running;
    },
    lookAt: (running) => lookAt(control, running),
    async cancel(running) {
      while (running.settled === undefined) {
        await control.query("select pg_cancel_backend($1)", [running.backend.pid]);
        await delay(1);
      }
    },
    async direct<Row>(text: string, values?: readonly unknown[]) {
      if (values === undefined) return (await control.query(text)).rows as Row[];
      const name = prepared.get(text) ?? `direct_${prepared.size}`;
      prepared.set(text, name);
      const { rows } = await control.query({ name, text, values: values.map(encodeValue) });
      return rows as Row[];
    },
    async close() {
      await Promise.all([control, ...all.map(({ client }) => client)].map((it) => it.end()));
    },
  };
}

/** Waits until a statement has ended or certainly waits for a lock. */
async function lookAt(control: Client, running: Running): Promise<void> {
  while (running.settled === undefined) {
    await delay(suspicionMs / 8);
    if (running.settled === undefined && (await isBlocked(control, running))) return;
  }
}

async function isBlocked(control: Client, { backend }: Running): Promise<boolean> {
  const { rows } = await control.query<{ blocked: boolean }>(
    "select cardinality(pg_blocking_pids($1)) > 0 as blocked",
    [backend.pid],
  );
  return rows[0]?.blocked === true;
}

/** One timer for all statements: at most one of them is waited for. */
function createSuspicion() {
  let arouse: () => void = () => undefined;
  const timer = setTimeout(() => arouse(), suspicionMs).unref();
  return {
    /** Until a statement has ended, or is late enough to be suspicious. */
    orEndOf: (ended: Promise<void>): Promise<void> =>
      new Promise((resolve, reject) => {
        arouse = resolve;
        timer.refresh();
        ended.then(resolve, reject);
      }),
  };
}

async function connect(url: string): Promise<Client> {
  const applicationName = "maedal-simulator";
  const limits = { statementTimeoutMs: 0, lockTimeoutMs: 0, planGuards: true };
  const client = new Client({
    ...clientConfig({ url, applicationName, ...limits }),
    pipeline: true,
  });
  client.on("error", () => undefined);
  await client.connect();
  // What the product insists on for its money costs the simulation time and shows nothing here:
  // the disk is not part of it. Plans are fixed, so that rows come in one order.
  for (const [name, value] of Object.entries(sessionSettings)) {
    await client.query(`set ${name} = '${value}'`);
  }
  return client;
}

const sessionSettings = {
  synchronous_commit: "off",
  idle_in_transaction_session_timeout: "0",
  plan_cache_mode: "force_generic_plan",
  jit: "off",
  deadlock_timeout: "20ms",
} as const;

async function pidOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid ?? 0;
}

async function send(
  client: Client,
  sql: Statement | string,
  values: readonly unknown[] | undefined,
): Promise<Settled> {
  const query = typeof sql === "string" ? { text: sql } : { ...sql };
  try {
    const result = await client.query(
      values === undefined ? query : { ...query, values: values.map(encodeValue) },
    );
    return { kind: "rows", result };
  } catch (error) {
    if (error instanceof DatabaseError) return { kind: "refused", error };
    throw error;
  }
}
