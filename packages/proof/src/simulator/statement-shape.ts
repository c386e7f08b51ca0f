/** What a statement reads, writes and locks, read off its text. */
import type { Statement } from "../../../server/src/db/database.ts";

/** Stands for all rows of a table, whatever their status. */
export const everyStatus = "*";

/** Rows of a table that a statement can find: those in one of these statuses, or all. */
export interface Dependency {
  readonly table: string;
  readonly statuses: readonly string[];
}

export interface StatementShape {
  /** What its answer depends on. */
  readonly dependencies: readonly Dependency[];
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
  const all = [...new Set(tables)].filter((name) => name !== "");
  return {
    dependencies: all.map((table) => ({ table, statuses: statusesOf(table, plain) })),
    writes,
    locks: lockedTables(text, false),
    skips: lockedTables(text, true),
  };
}

/**
 * Which statuses a row of the table must be in to be found, where each place at which the statement
 * names the table asks for one; every status otherwise, and wherever there is an "or".
 */
function statusesOf(table: string, text: string): readonly string[] {
  if (/\bor\b/.test(text)) return [everyStatus];
  const places = [
    ...text.matchAll(new RegExp(`\\b(?:from|join|update) ${table}(?: ([a-z]+))?\\b`, "g")),
  ];
  const found = places.flatMap(({ 1: name, index }) => {
    const alias = name === undefined || noAlias.has(name) ? undefined : name;
    const asked = alias === undefined ? unnamedStatus(text.slice(index)) : namedStatus(text, alias);
    return asked ?? [everyStatus];
  });
  return places.length === 0 || found.includes(everyStatus) ? [everyStatus] : [...new Set(found)];
}

const noAlias: ReadonlySet<string> = new Set([
  "where",
  "set",
  "join",
  "on",
  "group",
  "order",
  "limit",
]);
const literals = String.raw`(?:= '([a-z_]+)'|in \(('[a-z_]+'(?:, '[a-z_]+')*)\))`;

function namedStatus(text: string, alias: string): readonly string[] | undefined {
  const asked = new RegExp(String.raw`\b(?:where|and|on) ${alias}\.status ${literals}`).exec(text);
  return wordsOf(asked);
}

/** Of the place's own `where`, which may come before the next table's. */
function unnamedStatus(rest: string): readonly string[] | undefined {
  const own = /^.*?\bwhere (.*?)(?:\bfrom\b|\bjoin\b|$)/.exec(rest)?.[1] ?? "";
  return wordsOf(new RegExp(String.raw`(?:^|\band )status ${literals}`).exec(own));
}

function wordsOf(asked: RegExpExecArray | null): readonly string[] | undefined {
  const [, one, several] = asked ?? [];
  return one === undefined ? several?.replaceAll("'", "").split(", ") : [one];
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
