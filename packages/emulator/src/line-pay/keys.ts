/**
 * RegKeys: what charges a payer in their absence. A key lives until its merchant expires it, its
 * customer deletes it, a decline kills it, or nobody has used it for long.
 */
import { Temporal } from "temporal-polyfill";
import type { EmulatorClock } from "../clock.ts";
import type { Store, Table } from "../store.ts";
import type { Merchants } from "./merchants.ts";
import { keySchema, type RegKey } from "./records.ts";
import type { LinePaySwitches } from "./switches.ts";
import { randomRegKey } from "./tokens.ts";

/** A key as its customer sees it in LINE Pay. */
export interface RegisteredKey extends RegKey {
  readonly merchantName: string;
}

type KeyOwner = Pick<RegKey, "channelId" | "payerId" | "method" | "productName">;

export interface Keys {
  readonly regKeys: Table<RegKey>;
  /** @param regKey Its name, where that is chosen already: else a random one. */
  issueKey(owner: KeyOwner, regKey?: string): RegKey;
  /** The living key of that merchant, or the returnCode that says why there is none. */
  livingKey(channelId: string, regKey: string): RegKey | { readonly problem: string };
  /** It was used: its lifetime starts again. */
  renewKey(regKey: string): void;
  /** Says whether the key was alive. */
  endKey(regKey: string, by: NonNullable<RegKey["ended"]>["by"]): boolean;
  /** A declined charge kills the key when its code is among the switch's. */
  endKeyByDecline(regKey: string, code: string): void;
  /** The customer deletes the key in LINE Pay; it answers 1141 from now on. */
  deleteKeyAsCustomer(regKey: string): boolean;
  /** The living keys of a payer, oldest first. */
  keysOfPayer(payerId: string): RegisteredKey[];
}

interface Deps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly merchants: Merchants;
  readonly switches: () => LinePaySwitches;
}

export function createKeys({ store, clock, merchants, switches }: Deps): Keys {
  const regKeys = store.table("linePay.keys", keySchema);
  const byPayer = regKeys.index((key) => key.payerId);

  function isUnusedTooLong({ lastUsedAt }: RegKey): boolean {
    const unused = Temporal.Instant.from(lastUsedAt).until(clock.now());
    return unused.total("hours") / 24 > switches().keyLifetimeDays;
  }

  function problemOf(key: RegKey): string | undefined {
    if (key.ended !== null) return key.ended.by === "customer" ? "1141" : switches().deadKey;
    return isUnusedTooLong(key) ? "1193" : undefined;
  }

  function endKey(regKey: string, by: NonNullable<RegKey["ended"]>["by"]): boolean {
    const key = regKeys.get(regKey);
    if (key === undefined || problemOf(key) !== undefined) return false;
    regKeys.put(regKey, { ...key, ended: { by, at: clock.nowText() } });
    return true;
  }

  return {
    regKeys,
    issueKey(owner, regKey = randomRegKey()) {
      const issuedAt = clock.nowText();
      const key: RegKey = { regKey, ...owner, issuedAt, lastUsedAt: issuedAt, ended: null };
      regKeys.put(regKey, key);
      return key;
    },
    livingKey(channelId, regKey) {
      const key = regKeys.get(regKey);
      if (key === undefined || key.channelId !== channelId) return { problem: "1190" };
      const problem = problemOf(key);
      return problem === undefined ? key : { problem };
    },
    renewKey(regKey) {
      const key = regKeys.get(regKey);
      if (key !== undefined) regKeys.put(regKey, { ...key, lastUsedAt: clock.nowText() });
    },
    endKey,
    endKeyByDecline(regKey, code) {
      if (killsKey(code, switches().keyDeadCodes)) endKey(regKey, "decline");
    },
    deleteKeyAsCustomer: (regKey) => endKey(regKey, "customer"),
    keysOfPayer: (payerId) =>
      byPayer(payerId)
        .filter((key) => problemOf(key) === undefined)
        .map((key) => ({
          ...key,
          merchantName: merchants.merchants.get(key.channelId)?.name ?? key.channelId,
        })),
  };
}

/**
 * The three generations of the list: the guide and reference of 2026, the Korean guide of v3, the
 * v2 manual (all read 2026-11).
 */
function killsKey(code: string, generation: LinePaySwitches["keyDeadCodes"]): boolean {
  const number = Number(code);
  const isBetween = (first: number, last: number) => number >= first && number <= last;
  switch (generation) {
    case "current":
      return number === 1141 || isBetween(1282, 1287) || isBetween(1290, 1295);
    case "seed":
      return number === 1141 || isBetween(1282, 1287);
    case "v2":
      return isBetween(1281, 1287) || isBetween(1290, 1294);
  }
}
