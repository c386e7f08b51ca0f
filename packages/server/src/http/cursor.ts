/** Cursor: the end of a page, as text that clients hand back as it came. */
import { Temporal } from "temporal-polyfill";
import { instantSchema } from "../contract/values.ts";
import type { PageEnd, PageRequest } from "../db/page.ts";
import { invalidField } from "./problem.ts";

export function writeCursor(end: PageEnd | undefined): string | null {
  if (end === undefined) return null;
  return Buffer.from(`${end.createdAt.toString()} ${end.id}`, "utf8").toString("base64url");
}

/** @throws {AppError} `invalid_request` when the cursor is none of ours. */
export function readPageRequest(query: {
  readonly limit: number;
  readonly cursor?: string | undefined;
}): PageRequest {
  const { cursor, limit } = query;
  if (cursor === undefined) return { limit, after: undefined };
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  const [, instant = "", id = ""] = /^(\S+) ([a-z]+_[0-9a-z]{26})$/.exec(text) ?? [];
  // Temporal knows years that no column of ours can hold.
  const createdAt = instantSchema.safeParse(instant).data;
  if (createdAt === undefined) {
    throw invalidField("cursor", "must be the nextCursor of the page before");
  }
  return { limit, after: { createdAt: Temporal.Instant.from(createdAt), id } };
}
