/** Connects an account to a provider: checks the credentials, and stores them encrypted. */
import { GatewayError, type HttpSender } from "@maedal/gateways";
import type { Account } from "../accounts/account.ts";
import { AppError } from "../app-error.ts";
import type { Engine } from "../engine.ts";
import { bytesToNumber, encodeBase32 } from "../ids/base32.ts";
import { newId } from "../ids/id.ts";
import type { Secret } from "../security/secret.ts";
import { insertConnection } from "./connection-store.ts";
import type { Connection } from "./connection.ts";
import { encryptCredentials, tossGatewayOf } from "./gateways.ts";

export interface GatewayToConnect {
  readonly provider: "toss";
  readonly name: string;
  readonly clientKey: string;
  readonly secretKey: Secret;
  readonly apiHost: string;
  readonly scriptUrl: string;
  readonly apiVersion?: string | undefined;
  readonly concurrency: number;
}

/** 160 random bits: whoever knows the address may only send hints, but should not be guessed. */
const tokenByteCount = 20;
const tokenWidth = 32;

/**
 * @throws {AppError} `connection_refused`, naming what is wrong with keys or addresses. Whether the
 *   provider knows the keys is found out by the first call.
 */
export async function connectGateway(
  engine: Engine,
  sender: HttpSender,
  account: Account,
  wanted: GatewayToConnect,
): Promise<Connection> {
  const { database, effects, keys } = engine;
  const { secretKey, ...rest } = wanted;
  const connection = { ...rest, apiVersion: wanted.apiVersion, mode: account.mode };
  checkCredentials(connection, secretKey, sender);
  const accountId = account.id;
  const id = newId("gwy", effects.random);
  return await database.transaction(async (tx) => {
    const row = { accountId, id };
    const credentials = await encryptCredentials(tx, keys, effects.random, row, secretKey);
    const token = bytesToNumber(effects.random.bytes(tokenByteCount));
    const notificationToken = encodeBase32(token, tokenWidth);
    return await insertConnection(tx, { ...connection, ...row, credentials, notificationToken });
  });
}

function checkCredentials(
  connection: Parameters<typeof tossGatewayOf>[0],
  secretKey: Secret,
  sender: HttpSender,
): void {
  try {
    tossGatewayOf(connection, secretKey, sender);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw new AppError("connection_refused", error.message, {}, error);
  }
}
