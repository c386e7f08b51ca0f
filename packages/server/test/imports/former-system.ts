/** A merchant's earlier system on PortOne V1: its keys, what PortOne is to charge for it, its file. */
import { createHttpSender, money } from "@maedal/gateways";
import { createPortOneClient } from "@maedal/gateways/portone";
import { randomUUID } from "node:crypto";
import { Temporal } from "temporal-polyfill";
import { importKeys, type Import, type Tally } from "../../src/imports/import-keys.ts";
import type { FileRow } from "../../src/imports/import-row.ts";
import type { World } from "../support/world.ts";

/** A customer of theirs goes through the window of a channel. @returns The customer_uid. */
export async function formerKey({ control }: World, channel = "chai"): Promise<string> {
  const customerUid = `former-${randomUUID()}`;
  await control.post("/portone/billing-keys", { pg: channel, customer_uid: customerUid });
  return customerUid;
}

export async function formerKeys(world: World, count: number): Promise<string[]> {
  return await Promise.all(Array.from({ length: count }, () => formerKey(world)));
}

/** PortOne is told to charge a key by itself, tomorrow. @returns The order id. */
export async function scheduleAtPortOne(world: World, customerUid: string): Promise<string> {
  const sender = createHttpSender();
  const { url: apiHost, ...merchant } = world.emulator.ready.portone;
  const monotonicMs = () => performance.now();
  const client = createPortOneClient({ ...merchant, apiHost, sender, monotonicMs });
  const merchantUid = `former_${randomUUID().slice(0, 8)}`;
  const { now } = await world.control.post<{ now: string }>("/clock", { by: "PT1S" });
  const at = Temporal.Instant.from(now).add({ hours: 24 });
  const charge = { merchantUid, at, amount: money(9_900, "KRW"), name: "월간 구독" };
  await client.scheduleCharges({ customerUid, charges: [charge] });
  await sender.close();
  return merchantUid;
}

/** Orders that PortOne is still to charge by itself. */
export async function scheduledOrders({ emulator }: World): Promise<string[]> {
  const answer = await fetch(new URL("/portone/schedules", emulator.ready.control));
  const schedules = (await answer.json()) as { merchantUid: string; status: string }[];
  return schedules
    .filter(({ status }) => status === "scheduled")
    .map(({ merchantUid }) => merchantUid);
}

type Fields = FileRow["fields"];

/** Runs an import of rows as a file would have them, from line 2 on. */
export async function importRows(
  world: World,
  rows: readonly Fields[],
  options: Partial<Omit<Import, "rows">> = {},
): Promise<Tally> {
  const { connection, engine } = world;
  const gateway = await engine.gateways.of(engine.database, connection);
  const { existingKeys } = gateway;
  if (existingKeys === undefined) throw new Error("Keys at PortOne can be taken over.");
  return await importKeys({
    engine,
    connection,
    gateway,
    existingKeys,
    rows: fileOf(rows),
    apply: true,
    unschedule: false,
    retryDelaysMs: [10, 10],
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  });
}

async function* fileOf(rows: readonly Fields[]): AsyncGenerator<FileRow> {
  for (const [index, fields] of rows.entries()) yield { line: index + 2, fields };
}

/** A tally where nothing of note happened but this. */
export function tallyOf(change: Partial<Tally>): Tally {
  return {
    rows: 0,
    imported: 0,
    alreadyImported: 0,
    subscriptions: 0,
    unscheduled: 0,
    refused: [],
    kept: [],
    stopped: undefined,
    ...change,
  };
}

/** How many rows each table has that an import writes to. */
export async function rowCounts({ db }: World): Promise<Record<string, number>> {
  const tables = ["customers", "billing_keys", "subscriptions", "invoices", "charges", "events"];
  const counts = tables.map(async (name) => {
    const [row] = await db.database.query<{ n: number }>(`select count(*)::int as n from ${name}`);
    return [name, row?.n ?? 0] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

/** What PortOne was asked to change, beside tokens; looking changes nothing. */
export async function changesAsked({ emulator }: World): Promise<string[]> {
  const answer = await fetch(new URL("/requests?provider=portone", emulator.ready.control));
  const requests = (await answer.json()) as { method: string; operation: string }[];
  return requests
    .filter(({ method, operation }) => method !== "GET" && operation !== "token")
    .map(({ operation }) => operation);
}
