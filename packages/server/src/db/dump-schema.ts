/**
 * Schema dump: what the migrations add up to, as text that people review and a test compares. It
 * reads the catalog, because the embedded PostgreSQL brings no pg_dump, and says everything about
 * schema public that a migration can decide, in an order that depends on names only.
 *
 * @see PostgreSQL 18 manual, chapter 52 "System Catalogs" and 9.27.6 "System Catalog Information
 *   Functions" (read 2026-11).
 */
import type { Database, Transaction } from "./database.ts";

/** Statements that read like SQL and end in a line feed. For reading, not for restoring. */
export async function dumpSchema(database: Database): Promise<string> {
  return database.transaction(async (tx) => {
    // Names in public are then written without the schema, whatever the role's own search path.
    await tx.execute("set local search_path = public");
    const statements = [
      ...(await definitions(tx, enumTypes)),
      ...(await definitions(tx, domains)),
      ...(await definitions(tx, functions)),
      ...(await definitions(tx, sequences)),
      ...(await relations(tx)),
      ...(await definitions(tx, views)),
    ];
    return `${statements.join("\n\n")}\n`;
  });
}

async function definitions(tx: Transaction, sql: string): Promise<string[]> {
  const rows = await tx.query<{ definition: string }>(sql);
  return rows.map(({ definition }) => definition);
}

interface Relation {
  readonly name: string;
  readonly is_type: boolean;
  /** `partition by …`, `with (…)`; empty when there are none. */
  readonly suffix: string;
}

/** Each table with its constraints inside, and its indexes, triggers and comments after it. */
async function relations(tx: Transaction): Promise<string[]> {
  const found = await tx.query<Relation>(tables);
  const columnsOf = await byRelation(tx, columns);
  const constraintsOf = await byRelation(tx, constraints);
  const followersOf = await byRelation(
    tx,
    `select * from (${indexes} union all ${triggers} union all ${comments}) followers
      order by relation, position, definition collate "C"`,
  );
  return found.map(({ name, is_type, suffix }) => {
    const members = [...(columnsOf.get(name) ?? []), ...(constraintsOf.get(name) ?? [])];
    const head = is_type ? `create type ${name} as` : `create table ${name}`;
    const body = members.map((member) => `  ${member}`).join(",\n");
    return [`${head} (\n${body}\n)${suffix};`, ...(followersOf.get(name) ?? [])].join("\n");
  });
}

async function byRelation(tx: Transaction, sql: string): Promise<Map<string, string[]>> {
  const rows = await tx.query<{ relation: string; definition: string }>(sql);
  const grouped = new Map<string, string[]>();
  for (const { relation, definition } of rows) {
    grouped.set(relation, [...(grouped.get(relation) ?? []), definition]);
  }
  return grouped;
}

/** Leaves out what an extension brought along: that is the extension's business. */
const notFromExtension = (catalog: string, oid: string) =>
  `not exists (select from pg_depend where classid = '${catalog}'::regclass and objid = ${oid} and deptype = 'e')`;

const enumTypes = `
  select format('create type %I as enum (%s);', typname,
           (select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder)
              from pg_enum where enumtypid = pg_type.oid)) as definition
    from pg_type
   where typnamespace = 'public'::regnamespace and typtype = 'e' and ${notFromExtension("pg_type", "pg_type.oid")}
   order by typname collate "C"`;

const domains = `
  select format('create domain %I as %s', typname, format_type(typbasetype, typtypmod))
           || coalesce(' default ' || typdefault, '')
           || case when typnotnull then ' not null' else '' end
           || coalesce((select string_agg(format(E'\\n  constraint %I %s', conname, pg_get_constraintdef(oid, true)),
                                          '' order by conname collate "C")
                          from pg_constraint where contypid = pg_type.oid and contype = 'c'), '')
           || ';'
           || coalesce(E'\\ncomment on domain ' || quote_ident(typname) || ' is '
                        || quote_literal(obj_description(oid, 'pg_type')) || ';', '')
           as definition
    from pg_type
   where typnamespace = 'public'::regnamespace and typtype = 'd' and ${notFromExtension("pg_type", "pg_type.oid")}
   order by typname collate "C"`;

const functions = `
  select trim(E' \\n' from pg_get_functiondef(oid)) || ';'
           || coalesce(E'\\ncomment on function ' || oid::regprocedure || ' is '
                        || quote_literal(obj_description(oid, 'pg_proc')) || ';', '') as definition
    from pg_proc
   where pronamespace = 'public'::regnamespace and prokind in ('f', 'p') and ${notFromExtension("pg_proc", "pg_proc.oid")}
   order by proname collate "C", pg_get_function_identity_arguments(oid) collate "C"`;

/** Sequences of identity and serial columns are told by their column. */
const sequences = `
  select format('create sequence %I as %s start %s increment %s minvalue %s maxvalue %s%s;',
           relname, format_type(seqtypid, null), seqstart, seqincrement, seqmin, seqmax,
           case when seqcycle then ' cycle' else '' end) as definition
    from pg_class join pg_sequence on seqrelid = pg_class.oid
   where relnamespace = 'public'::regnamespace
     and not exists (select from pg_depend where classid = 'pg_class'::regclass
                        and objid = pg_class.oid and deptype in ('a', 'i', 'e'))
   order by relname collate "C"`;

const isOurRelation = `relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'c')
  and ${notFromExtension("pg_class", "pg_class.oid")}`;

const tables = `
  select quote_ident(relname) as name, relkind = 'c' as is_type,
         coalesce(' partition by ' || pg_get_partkeydef(oid), '')
           || coalesce(' with (' || (select string_agg(option, ', ' order by option collate "C")
                                       from unnest(reloptions) option) || ')', '') as suffix
    from pg_class
   where ${isOurRelation}
   order by relname collate "C"`;

const columns = `
  select quote_ident(relname) as relation,
         format('%I %s', attname, format_type(atttypid, atttypmod))
           || case when attcollation not in (0, typcollation)
                   then (select format(' collate %I', collname) from pg_collation where oid = attcollation)
                   else '' end
           || case when attgenerated = 's' then format(' generated always as (%s) stored', pg_get_expr(adbin, adrelid, true))
                   when attgenerated = 'v' then format(' generated always as (%s)', pg_get_expr(adbin, adrelid, true))
                   when attidentity = 'a' then ' generated always as identity'
                   when attidentity = 'd' then ' generated by default as identity'
                   else coalesce(' default ' || pg_get_expr(adbin, adrelid, true), '') end
           || case when attnotnull then ' not null' else '' end as definition
    from pg_class
    join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    join pg_type on pg_type.oid = atttypid
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
   where ${isOurRelation}
   order by relname collate "C", attnum`;

/** From PostgreSQL 18 on, "not null" is a constraint too ('n'): the column tells it, in every version. */
const constraints = `
  select quote_ident(relname) as relation,
         format('constraint %I %s', conname, pg_get_constraintdef(pg_constraint.oid, true)) as definition
    from pg_class join pg_constraint on conrelid = pg_class.oid
   where ${isOurRelation} and contype in ('p', 'u', 'x', 'f', 'c')
   order by relname collate "C", position(contype::text in 'puxfc'), conname collate "C"`;

const indexes = `
  select quote_ident(relname) as relation, 1 as position,
         pg_get_indexdef(indexrelid, 0, true) || ';' as definition
    from pg_class join pg_index on indrelid = pg_class.oid
   where ${isOurRelation} and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))`;

const triggers = `
  select quote_ident(relname) as relation, 2 as position,
         pg_get_triggerdef(pg_trigger.oid, true) || ';' as definition
    from pg_class join pg_trigger on tgrelid = pg_class.oid
   where ${isOurRelation} and not tgisinternal`;

const comments = `
  select quote_ident(relname) as relation, 3 as position,
         case when objsubid = 0 then format('comment on table %I is %L;', relname, description)
              else format('comment on column %I.%I is %L;', relname, attname, description) end as definition
    from pg_class
    join pg_description on classoid = 'pg_class'::regclass and objoid = pg_class.oid
    left join pg_attribute on attrelid = pg_class.oid and attnum = objsubid and objsubid > 0
   where ${isOurRelation}`;

const views = `
  select format(E'create %s %I as\\n%s', case relkind when 'm' then 'materialized view' else 'view' end,
                relname, pg_get_viewdef(oid, true)) as definition
    from pg_class
   where relnamespace = 'public'::regnamespace and relkind in ('v', 'm') and ${notFromExtension("pg_class", "pg_class.oid")}
   order by relname collate "C"`;
