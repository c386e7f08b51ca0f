/** Connects an account to a provider: checks the credentials, and stores them encrypted. */
import { GatewayError } from "@maedal/gateways";
import type { Account } from "../accounts/account.ts";
import { AppError } from "../app-error.ts";
import { recordWord } from "../audit/record-word.ts";
import type { Engine } from "../engine.ts";
import { bytesToNumber, encodeBase32 } from "../ids/base32.ts";
import { newId } from "../ids/id.ts";
import type { Secret } from "../security/secret.ts";
import { insertConnection } from "./connection-store.ts";
import type { Connection, Merchant } from "./connection.ts";
import { encryptCredentials, gatewayOf, type GatewayMeans } from "./gateways.ts";

export interface GatewayToConnect extends Omit<Merchant, "mode"> {
  readonly name: string;
  /** Toss's secret key, LINE Pay's channel secret, PortOne's API key and secret as one. */
  readonly secret: Secret;
  readonly concurrency: number;
}

/** 160 random bits: whoever knows the address may only send hints, but should not be guessed. */
const tokenByteCount = 20;
const tokenWidth = 32;

/**
 * @param by Who: an API key's id.
 * @throws {AppError} `connection_refused`, naming what is wrong with keys or addresses. Whether the
 *   provider knows the keys is found out by the first call.
 */
export async function connectGateway(
  engine: Engine,
  sender: GatewayMeans["sender"],
  account: Account,
  { secret, ...wanted }: GatewayToConnect,
  by: string,
): Promise<Connection> {
  const { database, effects, keys } = engine;
  const { clock, random } = effects;
  const connection = { ...wanted, mode: account.mode };
  checkCredentials(connection, secret, { sender, random, clock });
  const accountId = account.id;
  const id = newId("gwy", random);
  return await database.transaction(async (tx) => {
    const row = { accountId, id };
    const credentials = await encryptCredentials(tx, keys, random, row, secret);
    const token = bytesToNumber(random.bytes(tokenByteCount));
    const notificationToken = encodeBase32(token, tokenWidth);
    const made = { ...connection, ...row, credentials, notificationToken };
    const inserted = await insertConnection(tx, made);
    const { name, provider } = inserted;
    const word = { accountId, by, action: "gateway_connection.created", subjectId: id };
    await recordWord(tx, random, { ...word, evidence: { name, provider } });
    return inserted;
  });
}

/** docs/decisions/013: money that a window takes by itself passes no gate of ours. */
function takesByItself(label: string): string {
  return `The window of ${label} registers a method only by taking a payment itself, which Maedal does not open: use a channel whose window can be opened without one.`;
}

function checkCredentials(merchant: Merchant, secret: Secret, means: GatewayMeans): void {
  try {
    const { label, window } = gatewayOf(merchant, secret, means);
    if (window.kind === "script" && window.ordered?.takesPayment === "always") {
      throw new AppError("connection_refused", takesByItself(label));
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new AppError("connection_refused", error.message, {}, error);
  }
}
