/**
 * The pair of keys of a Toss Payments connection, checked before the first call, because a wrong key
 * otherwise shows up as a failed charge. Billing uses the API-individual pair of the MID that is
 * contracted for 자동결제 (Toss Payments, "퀵계좌이체 자동결제 연동", read 2026-11).
 */

export type TossMode = "test" | "live";

export interface TossKeys {
  /** The mode of the connection: `test` moves no money. */
  readonly mode: TossMode;
  /** `test_ck_…` or `live_ck_…`: public, goes to the browser. */
  readonly clientKey: string;
  /** `test_sk_…` or `live_sk_…`: never leaves the server. */
  readonly secretKey: string;
}

interface KeyKind {
  readonly environment: TossMode;
  readonly kind: "ck" | "sk" | "gck" | "gsk";
}

interface Slot {
  readonly name: string;
  readonly kind: "ck" | "sk";
}

const clientSlot: Slot = { name: "client key", kind: "ck" };
const secretSlot: Slot = { name: "secret key", kind: "sk" };

const where = "in the Toss Payments developer centre, API keys (API 개별 연동 키)";

/**
 * What is wrong with a pair of keys, as sentences that name the fix and never quote a key. Empty
 * when nothing is. Whether the keys are known to Toss is only found out by calling it.
 */
export function tossKeyProblems(keys: TossKeys): readonly string[] {
  const problems = [
    problemOf(keys.clientKey, clientSlot, keys.mode),
    problemOf(keys.secretKey, secretSlot, keys.mode),
  ].filter((problem) => problem !== undefined);

  const client = readKey(keys.clientKey.trim());
  const secret = readKey(keys.secretKey.trim());
  if (client !== undefined && secret !== undefined && client.environment !== secret.environment) {
    problems.push(
      `The client key is a ${client.environment} key and the secret key a ${secret.environment} ` +
        `key: take both from the same environment and MID, ${where}.`,
    );
  }
  return problems;
}

function problemOf(key: string, slot: Slot, mode: TossMode): string | undefined {
  const wanted = `${mode}_${slot.kind}_`;
  if (key === "") return `The ${slot.name} is empty: copy the one that begins with ${wanted}.`;
  if (/\s|\uFEFF/.test(key)) {
    return `The ${slot.name} contains a space, a line break or a byte order mark: copy it again without.`;
  }
  if (/^[0-9a-f]{64}$/i.test(key)) {
    return `The ${slot.name} is a security key (보안 키): use the one that begins with ${wanted}, ${where}.`;
  }
  if (/^[sp]k_(test|live)_/.test(key)) {
    return `The ${slot.name} is of Toss Pay, another product: use a Toss Payments key that begins with ${wanted}.`;
  }
  const found = readKey(key);
  if (found === undefined) {
    return `The ${slot.name} is not a Toss Payments key: use the one that begins with ${wanted}, ${where}.`;
  }
  if (found.kind === "gck" || found.kind === "gsk") {
    return `The ${slot.name} is a payment widget key, which cannot bill: use the API-individual key that begins with ${wanted}, ${where}.`;
  }
  if (found.kind !== slot.kind) {
    const other = found.kind === "sk" ? "a secret key" : "a client key";
    return `Where the ${slot.name} belongs there is ${other}: use the one that begins with ${wanted}.`;
  }
  if (found.environment !== mode) {
    return `The ${slot.name} is a ${found.environment} key and this connection is in ${mode} mode: use the one that begins with ${wanted}, or change the mode.`;
  }
  return undefined;
}

function readKey(key: string): KeyKind | undefined {
  const [, environment, kind] = /^(test|live)_(ck|sk|gck|gsk)_[\w-]+$/.exec(key) ?? [];
  if (environment === undefined || kind === undefined) return undefined;
  return { environment: environment as TossMode, kind: kind as KeyKind["kind"] };
}
