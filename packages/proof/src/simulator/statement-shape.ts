/** What a statement reads, writes and locks, read off its text. */
import type { Statement } from "../../../server/src/db/database.ts";

export interface StatementShape {
  /** All that it touches in any way. */
  readonly tables: readonly string[];
  readonly writes: readonly string[];
  /** Tables whose rows it locks by reading them. */
  readonly locks: readonly string[];
  /** Tables of which it passes over locked rows. */
  readonly skips: readonly string[];
}

const shapes = new Map<string, StatementShape>();

export function shapeOf(sql: Statement | string): StatementShape {
  const text = typeof sql === "string" ? sql : sql.text;
  const known = shapes.get(text);
  if (known !== undefined) return known;
  const shape = read(text);
  shapes.set(text, shape);
  return shape;
}

function read(sql: string): StatementShape {
  const text = sql
    .replaceAll(/--[^\n]*/g, " ")
    .replaceAll(/\s+/g, " ")
    .toLowerCase();
  const plain = text.replaceAll(/for (?:no key )?update|for (?:key )?share|do update set/g, "");
  const names = (pattern: RegExp) => [...plain.matchAll(pattern)].map(([, name = ""]) => name);
  const first = names(/\b(?:from|join|into|update) (?:only )?([a-z_]+)/g);
  // `from a, b`: what follows a comma may be a column, too; a table too many costs nothing.
  const listed = [...plain.matchAll(/\bfrom [a-z_]+(?: [a-z]+)?((?:, [a-z_]+(?: [a-z]+)?)+)/g)];
  const more = listed.flatMap(([, list = ""]) => list.split(",").map((part) => part.trim()));
  const hidden = /may_charge\(|sends_are_held\(/.test(plain) ? ["recoveries"] : [];
  const writes = [...new Set(names(/\b(?:insert into|delete from|update) ([a-z_]+)/g))];
  const tables = [...first, ...more.map((part) => part.split(" ")[0] ?? ""), ...hidden, ...writes];
  return {
    tables: [...new Set(tables)].filter((name) => name !== ""),
    writes,
    locks: lockedTables(text, false),
    skips: lockedTables(text, true),
  };
}

/** Of each locking clause the tables that it names; without names all of the statement's. */
function lockedTables(text: string, skippingOnly: boolean): readonly string[] {
  const aliases = new Map<string, string>();
  for (const [, table = "", alias] of text.matchAll(/\b(?:from|join) ([a-z_]+)(?: ([a-z]+))?/g)) {
    aliases.set(table, table);
    if (alias !== undefined) aliases.set(alias, table);
  }
  const clauses = text.matchAll(
    /for (?:no key update|update|key share|share)(?: of ([a-z_]+(?:, [a-z_]+)*))?( skip locked)?/g,
  );
  return [...clauses].flatMap(([, names, skip]) => {
    if (skippingOnly && skip === undefined) return [];
    if (names === undefined) return [...new Set(aliases.values())];
    return names.split(", ").map((name) => aliases.get(name) ?? name);
  });
}
