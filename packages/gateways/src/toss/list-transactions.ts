import type { Temporal } from "temporal-polyfill";
import * as z from "zod";
import { refusedByUs, tossFailure, unreadableAnswer } from "./failures.ts";
import { writeTossTime } from "./time.ts";
import type { TossTransport } from "./transport.ts";

const text = z.string().nullish().catch(undefined);

const transaction = z.looseObject({
  transactionKey: z.string().min(1),
  paymentKey: z.string().min(1),
  orderId: z.string(),
  status: z.string(),
  method: text,
  /** ISO 8601; Unverified: whether with an offset. */
  transactionAt: text,
  currency: text,
  /** Unverified: the sign of a refund. */
  amount: z.number().int().nullish().catch(undefined),
});

/** One approval or refund in the ledger of a MID. */
export type TossTransaction = z.infer<typeof transaction>;

export interface TransactionRange {
  /** Widened to whole seconds. Unverified: whether Toss counts the ends in. */
  readonly from: Temporal.Instant;
  readonly to: Temporal.Instant;
  /** Rows per request, 1 to 5000. Default 1000. */
  readonly pageSize?: number | undefined;
}

export interface TransactionPage {
  readonly transactions: readonly TossTransaction[];
  /** Continues after this page; undefined when it was the last one. */
  readonly next: string | undefined;
}

/** A hundred million rows at the default page size: no MID's day, but an end. */
const maximumPages = 100_000;

/**
 * One page of the ledger. It lags (measured in test: a charge of seconds ago was absent), so it is
 * for the daily sweep, never to find out whether a charge happened.
 *
 * @param after `next` of the page before; undefined for the first page.
 * @throws {GatewayError} the page is unknown; asking again is safe.
 * @see Toss Payments core API 2022-11-16, "거래 조회" (read 2026-11).
 */
export async function listTransactionPage(
  transport: TossTransport,
  range: TransactionRange,
  after?: string,
): Promise<TransactionPage> {
  const pageSize = range.pageSize ?? 1000;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 5000) {
    throw refusedByUs("A page of Toss transactions has 1 to 5000 rows.");
  }
  const answer = await transport.send({
    operation: "list",
    method: "GET",
    path: ["transactions"],
    query: {
      startDate: writeTossTime(range.from, "floor"),
      endDate: writeTossTime(range.to, "ceil"),
      limit: String(pageSize),
      ...(after === undefined ? {} : { startingAfter: after }),
    },
  });
  if (answer.status !== 200) throw tossFailure(answer);
  const transactions = z.array(transaction).safeParse(answer.body).data;
  if (transactions === undefined) throw unreadableAnswer(answer, "list of transactions");

  const last = transactions.at(-1)?.transactionKey;
  if (last !== undefined && last === after) {
    throw unreadableAnswer(answer, "next page: it ends where the one before did");
  }
  return { transactions, next: transactions.length < pageSize ? undefined : last };
}

/**
 * Every transaction of a range, page by page.
 *
 * @throws {GatewayError} as `listTransactionPage`; what was yielded before stays true.
 */
export async function* listTransactions(
  transport: TossTransport,
  range: TransactionRange,
): AsyncGenerator<TossTransaction, void, undefined> {
  let after: string | undefined;
  for (let count = 0; count < maximumPages; count += 1) {
    const { transactions, next } = await listTransactionPage(transport, range, after);
    yield* transactions;
    if (next === undefined) return;
    after = next;
  }
  throw refusedByUs("More transactions than can be listed at once: ask for a shorter range.");
}
