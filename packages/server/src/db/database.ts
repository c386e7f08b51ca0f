/**
 * Database: the only way to PostgreSQL. Stores get a Transaction when what they write belongs
 * together, and a Queryable when it does not matter. SQL is plain, parametrised text.
 */
import { Pool, type PoolClient, type QueryResult } from "pg";
import { encodeValue } from "./column-types.ts";
import { CommitUnknownError, leavesConnectionUsable, provesRollback } from "./database-errors.ts";
import { startListener } from "./listener.ts";
import { clientConfig, connectTimeoutMs } from "./session.ts";

/** A named prepared statement: parsed once on each connection, planned from then on. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * @param name Unique in the program, at most 63 bytes (PostgreSQL cuts longer names silently).
 * @throws {RangeError} when the name is too long.
 */
export function statement(name: string, text: string): Statement {
  if (Buffer.byteLength(name) > 63) throw new RangeError(`Statement name ${name} exceeds 63 bytes`);
  return { name, text };
}

export interface Queryable {
  /** The rows, with column values as `column-types.ts` reads them. The caller vouches for `Row`. */
  query<Row>(sql: Statement | string, values?: readonly unknown[]): Promise<Row[]>;
  /** The number of rows that were changed; 0 for statements that change none. */
  execute(sql: Statement | string, values?: readonly unknown[]): Promise<number>;
}

/** Queries that commit together. Dead once the work of `transaction` has returned or thrown. */
export type Transaction = Queryable & { readonly kind: "transaction" };

export interface Database extends Queryable {
  /**
   * Runs the work at READ COMMITTED, commits when it returns and rolls back when it throws.
   *
   * @throws {CommitUnknownError} COMMIT got no answer. Any other error means: rolled back.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Calls `onWake` for each NOTIFY on the channel, on a connection of its own that reconnects for
   * ever with back-off. Wake-ups only: they may be lost, so whoever listens also polls. A reconnect
   * wakes with an empty payload.
   *
   * @returns A function that ends the subscription.
   */
  listen(channel: string, onWake: (payload: string) => void): Promise<() => Promise<void>>;
  /** Ends every listener, waits for running queries and closes all connections. Safe to call twice. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://user:password@host/database`; for a socket `postgres://user@/database?host=/path`. */
  readonly url: string;
  /** Most connections at once, 10 unless told. Each listener adds one. */
  readonly poolSize?: number;
  /** Shown in `pg_stat_activity`; "maedal" unless told. */
  readonly applicationName?: string;
  /** For the pool that claims charges, see `session.ts`. */
  readonly planGuards?: boolean;
  /** 30 s unless told; 0 for no limit. */
  readonly statementTimeoutMs?: number;
  /** 10 s unless told; 0 for no limit. */
  readonly lockTimeoutMs?: number;
  /** Told when an idle or listening connection breaks. Nothing needs doing: the next use reconnects. */
  readonly onError?: (error: unknown) => void;
}

/** Opens no connection yet: the first query does. */
export function connectDatabase(options: DatabaseOptions): Database {
  const config = clientConfig({
    url: options.url,
    applicationName: options.applicationName ?? "maedal",
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
    lockTimeoutMs: options.lockTimeoutMs ?? 10_000,
    planGuards: options.planGuards ?? false,
  });
  const onError = options.onError ?? (() => undefined);
  const pool = createPool(config, options.poolSize ?? 10, onError);
  const listeners = new Set<() => Promise<void>>();
  let closing: Promise<void> | undefined;

  return {
    query: (sql, values) => withClient(pool, (client) => runQuery(client, sql, values)),
    execute: (sql, values) => withClient(pool, (client) => runExecute(client, sql, values)),
    transaction: (work) => runTransaction(pool, work),
    async listen(channel, onWake) {
      const stop = await startListener({ config, channel, onWake, onError });
      listeners.add(stop);
      return async () => {
        listeners.delete(stop);
        await stop();
      };
    },
    close() {
      closing ??= Promise.all([...listeners].map((stop) => stop())).then(() => pool.end());
      return closing;
    },
  };
}

function createPool(
  config: ReturnType<typeof clientConfig>,
  poolSize: number,
  onError: (error: unknown) => void,
): Pool {
  const pool = new Pool({
    ...config,
    max: poolSize,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: connectTimeoutMs,
  });
  // pg emits 'error' for a broken connection, and an unheard 'error' ends the process. The pool
  // listens while a connection is idle, nobody does while it is in use: there the query fails.
  pool.on("error", onError);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

async function withClient<T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const result = await use(client);
    client.release();
    return result;
  } catch (error) {
    client.release(!leavesConnectionUsable(error));
    throw error;
  }
}

function send(
  client: PoolClient,
  sql: Statement | string,
  values: readonly unknown[] | undefined,
): Promise<QueryResult> {
  const query = typeof sql === "string" ? { text: sql } : { ...sql };
  return client.query(values === undefined ? query : { ...query, values: values.map(encodeValue) });
}

async function runQuery<Row>(
  client: PoolClient,
  sql: Statement | string,
  values?: readonly unknown[],
): Promise<Row[]> {
  const { rows } = await send(client, sql, values);
  return rows as Row[];
}

async function runExecute(
  client: PoolClient,
  sql: Statement | string,
  values?: readonly unknown[],
): Promise<number> {
  const { rowCount } = await send(client, sql, values);
  return rowCount ?? 0;
}

/** Only a connection whose transaction is proved to be over goes back to the pool. */
async function runTransaction<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isOver = false;
  try {
    await client.query("begin");
    const { tx, end } = openTransaction(client);
    const result = await work(tx)
      .finally(end)
      .catch(async (error: unknown) => {
        isOver = await rollback(client);
        throw error;
      });
    await commit(client);
    isOver = true;
    return result;
  } finally {
    client.release(!isOver);
  }
}

/** A rollback that fails ends the session, which has the same effect. */
async function rollback(client: PoolClient): Promise<boolean> {
  return client.query("rollback").then(
    () => true,
    () => false,
  );
}

async function commit(client: PoolClient): Promise<void> {
  let command: string;
  try {
    ({ command } = await client.query("commit"));
  } catch (error) {
    throw provesRollback(error) ? error : new CommitUnknownError(error);
  }
  // PostgreSQL answers COMMIT with ROLLBACK, and no error, when a statement before it had failed.
  if (command !== "COMMIT") {
    throw new Error(
      "The transaction was rolled back: one of its statements failed and the work went on. " +
        "Let the statement's error leave the work.",
    );
  }
}

/** The guard matters: after the end, the connection belongs to somebody else's transaction. */
function openTransaction(client: PoolClient): { tx: Transaction; end: () => void } {
  let hasEnded = false;
  const open = (): PoolClient => {
    if (hasEnded) throw new Error("This transaction has ended: await every query inside its work");
    return client;
  };
  const tx: Transaction = {
    kind: "transaction",
    query: async (sql, values) => runQuery(open(), sql, values),
    execute: async (sql, values) => runExecute(open(), sql, values),
  };
  return { tx, end: () => (hasEnded = true) };
}
