/** What a sunset would mean, before anybody decides on it. Changes nothing. */
import { GatewayError, type GatewayCapabilities } from "@maedal/gateways";
import type { Temporal } from "temporal-polyfill";
import { AppError } from "../app-error.ts";
import type { Connection } from "../connections/connection.ts";
import { getConnection, type ConnectionKey } from "../connections/hold-connection.ts";
import { statement, type Queryable } from "../db/database.ts";
import type { Engine } from "../engine.ts";
import { checkPrice, withoutTrial } from "../plans/check-limits.ts";
import { effectiveNowOf, getPrices } from "../subscriptions/subscription-store.ts";
import type { Price } from "../subscriptions/subscription.ts";
import { notActive } from "./start-sunset.ts";
import { isEnding, readKeyCounts, type KeyCounts } from "./sunset-reads.ts";
import { findSunset } from "./sunset-store.ts";
import { termsOf, type SunsetTerms, type WantedSunset } from "./sunset.ts";

/** Why customers could not move. The sunset may begin all the same, unless the successor is not active. */
export interface SunsetProblem {
  /** As in docs/errors.md; `no_method` when the successor offers none. */
  readonly code: string;
  readonly message: string;
  /** Whose subscriptions could not be charged at the successor; undefined: everybody's. */
  readonly planId: string | undefined;
  readonly subscriptions: number;
}

export interface SunsetPreview {
  readonly terms: SunsetTerms;
  readonly keys: KeyCounts;
  readonly subscriptions: {
    readonly total: number;
    /** They are paid for to their end, and are asked nothing. */
    readonly ending: number;
    /** Their next due date, each on its own clock, is before `chargesUntil`: charged here once more. */
    readonly dueBefore: number;
    readonly dueAfter: number;
  };
  readonly problems: readonly SunsetProblem[];
}

/** @throws {AppError} `not_found`, `invalid_request`, `sunset_ended`. */
export async function previewSunset(
  engine: Engine,
  key: ConnectionKey,
  wanted: WantedSunset,
): Promise<SunsetPreview> {
  const { database } = engine;
  const { accountId, id } = key;
  await getConnection(database, key);
  const successor = await getConnection(database, { accountId, id: wanted.successorId });
  const now = await effectiveNowOf(database, accountId, undefined);
  const terms = termsOf(id, wanted, await findSunset(database, key), now);
  const subscriptions = await countSubscriptions(database, key, terms.chargesUntil);
  const problems = await problemsAt(engine, successor, await readPrices(database, key));
  return { terms, keys: await readKeyCounts(database, key), subscriptions, problems };
}

const counts = statement(
  "sunset_preview_counts",
  `select count(*)::int as total,
     count(*) filter (where ${isEnding})::int as ending,
     count(*) filter (where s.next_due_at < $3 and not (${isEnding}))::int as "dueBefore",
     count(*) filter (where s.next_due_at >= $3 and not (${isEnding}))::int as "dueAfter"
   from billing_keys k
   join subscriptions s on s.account_id = k.account_id and s.billing_key_id = k.id
   where k.account_id = $1 and k.connection_id = $2 and s.status <> 'canceled'`,
);

async function countSubscriptions(
  db: Queryable,
  { accountId, id }: ConnectionKey,
  chargesUntil: Temporal.Instant,
): Promise<SunsetPreview["subscriptions"]> {
  const values = [accountId, id, chargesUntil];
  const [row] = await db.query<SunsetPreview["subscriptions"]>(counts, values);
  if (row === undefined) throw new Error("counting subscriptions gave no row");
  return row;
}

interface UsedPrice {
  readonly price: Price;
  readonly subscriptions: number;
}

const prices = statement(
  "sunset_preview_prices",
  `select coalesce(s.next_price_id, s.price_id) as price_id, count(*)::int as subscriptions
   from billing_keys k
   join subscriptions s on s.account_id = k.account_id and s.billing_key_id = k.id
   where k.account_id = $1 and k.connection_id = $2 and s.status <> 'canceled'
     and not (${isEnding})
   group by 1 order by 1`,
);

/** What the customers who would move pay from then on. */
async function readPrices(db: Queryable, { accountId, id }: ConnectionKey): Promise<UsedPrice[]> {
  const rows = await db.query<{ price_id: string; subscriptions: number }>(prices, [accountId, id]);
  const priceOf = await getPrices(
    db,
    accountId,
    rows.map((row) => row.price_id),
  );
  return rows.flatMap(({ price_id, subscriptions }) => {
    const price = priceOf.get(price_id);
    return price === undefined ? [] : [{ price, subscriptions }];
  });
}

async function problemsAt(
  engine: Engine,
  successor: Connection,
  used: readonly UsedPrice[],
): Promise<SunsetProblem[]> {
  const all = used.reduce((sum, { subscriptions }) => sum + subscriptions, 0);
  const ofAll = ({ code, message }: Pick<SunsetProblem, "code" | "message">): SunsetProblem => {
    return { code, message, planId: undefined, subscriptions: all };
  };
  const inactive =
    successor.state === "active" ? [] : [ofAll(notActive(successor.id, successor.state))];
  try {
    const { capabilities } = await engine.gateways.of(engine.database, successor);
    return [...inactive, ...planProblems(capabilities, used)];
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return [...inactive, ofAll({ code: "connection_refused", message: error.message })];
  }
}

function planProblems(
  capabilities: GatewayCapabilities,
  used: readonly UsedPrice[],
): SunsetProblem[] {
  return used.flatMap(({ price, subscriptions }) => {
    const problem = problemOf(capabilities, price);
    return problem === undefined ? [] : [{ ...problem, planId: price.planId, subscriptions }];
  });
}

const noMethod = { code: "no_method", message: "The successor offers no method to register." };

/** Of a price that no method of the successor can pay; it is what the first method says. */
function problemOf(
  capabilities: GatewayCapabilities,
  price: Price,
): Pick<SunsetProblem, "code" | "message"> | undefined {
  const methods = Object.keys(capabilities.methods);
  const refusals = methods.flatMap((method) => refusalOf(capabilities, method, price) ?? []);
  if (methods.length > refusals.length) return undefined;
  const [{ code, message } = noMethod] = refusals;
  return { code, message };
}

function refusalOf(
  capabilities: GatewayCapabilities,
  method: string,
  price: Price,
): AppError | undefined {
  try {
    checkPrice(capabilities, method, withoutTrial(price));
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
