/**
 * Gateways: the live gateway of each connection, made once with its decrypted credentials. A
 * connection's merchant identity is immutable, so a gateway never goes stale.
 */
import type { Gateway, HttpSender } from "@maedal/gateways";
import { createTossGateway } from "@maedal/gateways/toss";
import type { AccountKeys } from "../accounts/account-keys.ts";
import type { Queryable } from "../db/database.ts";
import type { Random } from "../effects.ts";
import { decryptField, encryptField, type FieldContext } from "../security/encryption.ts";
import type { Secret } from "../security/secret.ts";
import { getCredentials } from "./connection-store.ts";
import type { Connection } from "./connection.ts";

export interface Gateways {
  /** @throws {GatewayError} `configuration` when the credentials do not fit the connection. */
  of(db: Queryable, connection: Connection): Promise<Gateway>;
}

export interface GatewayTimeouts {
  readonly connectMs: number;
  readonly readMs: number;
}

export function createGateways(
  sender: HttpSender,
  keys: AccountKeys,
  timeouts?: GatewayTimeouts,
): Gateways {
  const known = new Map<string, Gateway>();
  return {
    async of(db, connection) {
      const cached = known.get(connection.id);
      if (cached !== undefined) return cached;
      const dataKey = await keys.dataKeyOf(db, connection.accountId);
      const envelope = await getCredentials(db, connection.accountId, connection.id);
      const secretKey = decryptField(dataKey, envelope, credentialsContext(connection));
      const gateway = tossGatewayOf(connection, secretKey, sender, timeouts);
      known.set(connection.id, gateway);
      return gateway;
    },
  };
}

/**
 * The gateway of credentials that are not stored yet: making it checks them.
 *
 * @throws {GatewayError} `configuration`, with a message that names the fix.
 */
export function tossGatewayOf(
  connection: Pick<Connection, "mode" | "clientKey" | "apiHost" | "scriptUrl" | "apiVersion">,
  secretKey: Secret,
  sender: HttpSender,
  timeouts?: GatewayTimeouts,
): Gateway {
  return createTossGateway({
    mode: connection.mode,
    secretKey: secretKey.reveal(),
    clientKey: connection.clientKey,
    apiHost: connection.apiHost,
    sdkUrl: connection.scriptUrl,
    sender,
    ...(connection.apiVersion === undefined ? {} : { apiVersion: connection.apiVersion }),
    ...(timeouts === undefined ? {} : { timeouts }),
  });
}

export async function encryptCredentials(
  db: Queryable,
  keys: AccountKeys,
  random: Random,
  connection: { readonly accountId: string; readonly id: string },
  secretKey: Secret,
): Promise<Uint8Array> {
  const dataKey = await keys.dataKeyOf(db, connection.accountId);
  return encryptField(dataKey, secretKey, credentialsContext(connection), random);
}

function credentialsContext(connection: {
  readonly accountId: string;
  readonly id: string;
}): FieldContext {
  return {
    table: "gateway_connections",
    column: "credentials",
    rowId: connection.id,
    accountId: connection.accountId,
  };
}
