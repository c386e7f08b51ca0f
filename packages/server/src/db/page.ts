/**
 * Page: part of a list that runs from the newest row to the oldest, rows of one instant by their id.
 * A page begins where the one before ended, so nothing is shifted by what is added meanwhile.
 */
import type { Temporal } from "temporal-polyfill";

/** The last row of a page. */
export interface PageEnd {
  readonly createdAt: Temporal.Instant;
  readonly id: string;
}

export interface PageRequest {
  readonly limit: number;
  /** The end of the page before; undefined for the first page. */
  readonly after: PageEnd | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Undefined on the last page. */
  readonly end: PageEnd | undefined;
}

/**
 * What a list's SQL ends with, after its own conditions.
 *
 * @param firstParameter Number of the first of three: instant, id and limit, as `pageValues` gives.
 */
export function pageClause(alias: string, firstParameter: number): string {
  const [at, id, limit] = [firstParameter, firstParameter + 1, firstParameter + 2];
  return `and ($${at}::timestamptz is null
      or (${alias}.created_at, ${alias}.id) < ($${at}::timestamptz, $${id}::text))
    order by ${alias}.created_at desc, ${alias}.id desc limit $${limit}`;
}

/** One row more than asked for: it tells whether there is another page. */
export function pageValues({ after, limit }: PageRequest): readonly unknown[] {
  return [after?.createdAt ?? null, after?.id ?? null, limit + 1];
}

export function pageOfRows<Item extends PageEnd>(rows: readonly Item[], limit: number): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const isLast = rows.length <= limit || last === undefined;
  return { items, end: isLast ? undefined : { createdAt: last.createdAt, id: last.id } };
}
