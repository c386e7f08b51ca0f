/**
 * Gateways: the live gateway of each connection, made once with its decrypted credentials. A
 * connection's merchant identity is immutable; when its settings change, another gateway is made.
 */
import type { Gateway, HttpSender } from "@maedal/gateways";
import { createLinePayGateway } from "@maedal/gateways/line-pay";
import { createPortOneGateway } from "@maedal/gateways/portone";
import { createTossGateway } from "@maedal/gateways/toss";
import { z } from "zod";
import type { AccountKeys } from "../accounts/account-keys.ts";
import type { Queryable } from "../db/database.ts";
import type { Clock, Random } from "../effects.ts";
import { decryptField, encryptField, type FieldContext } from "../security/encryption.ts";
import { Secret } from "../security/secret.ts";
import { getCredentials } from "./connection-store.ts";
import type { Connection, Merchant, Provider } from "./connection.ts";

export interface Gateways {
  /** @throws {GatewayError} `configuration` when the credentials do not fit the connection. */
  of(db: Queryable, connection: Connection): Promise<Gateway>;
}

export interface GatewayTimeouts {
  readonly connectMs: number;
  readonly readMs: number;
}

/** What every gateway needs beside its merchant. */
export interface GatewayMeans {
  readonly sender: HttpSender;
  /** For the nonces of providers that want one with each call. */
  readonly random: Random;
  /** For the life of tokens. */
  readonly clock: Pick<Clock, "monotonicMs">;
  /** For tests; each provider's own unless told. */
  readonly timeouts?: GatewayTimeouts | undefined;
}

export function createGateways(keys: AccountKeys, means: GatewayMeans): Gateways {
  const known = new Map<string, { readonly settings: string; readonly gateway: Gateway }>();
  return {
    async of(db, connection) {
      const settings = JSON.stringify(connection.settings);
      const cached = known.get(connection.id);
      if (cached?.settings === settings) return cached.gateway;
      const dataKey = await keys.dataKeyOf(db, connection.accountId);
      const envelope = await getCredentials(db, connection.accountId, connection.id);
      const secret = decryptField(dataKey, envelope, credentialsContext(connection));
      const gateway = gatewayOf(connection, secret, means);
      known.set(connection.id, { settings, gateway });
      return gateway;
    },
  };
}

/**
 * The gateway of credentials that may not be stored yet: making it checks them.
 *
 * @throws {GatewayError} `configuration`, with a message that names the fix.
 */
export function gatewayOf(merchant: Merchant, secret: Secret, means: GatewayMeans): Gateway {
  return makers[merchant.provider](merchant, secret.reveal(), means);
}

type Maker = (merchant: Merchant, secret: string, means: GatewayMeans) => Gateway;

/** All that this server knows of a provider by name, beside what its API shows of a connection. */
const makers: Readonly<Record<Provider, Maker>> = {
  toss: ({ apiHost, apiVersion, mode, publicId, scriptUrl }, secretKey, { sender, timeouts }) =>
    createTossGateway({
      mode,
      clientKey: publicId,
      secretKey,
      apiHost,
      sdkUrl: scriptUrl,
      apiVersion,
      sender,
      timeouts,
    }),
  line_pay: ({ apiHost, apiVersion, mode, publicId, settings }, channelSecret, means) =>
    createLinePayGateway({
      mode,
      channelId: publicId,
      channelSecret,
      apiHost,
      apiVersion: linePayApiVersion.parse(apiVersion),
      checksCardAuthorization: settings.checksCardAuthorization,
      unusedKeyLifetimeDays: settings.unusedKeyLifetimeDays,
      sender: means.sender,
      nonce: () => means.random.uuid(),
      timeouts: means.timeouts,
    }),
  portone: ({ apiHost, channel = "", channelKey, mode, publicId, scriptUrl }, secret, means) =>
    createPortOneGateway({
      mode,
      impCode: publicId,
      ...readPortOneSecret(secret),
      channel,
      channelKey,
      apiHost,
      sdkUrl: scriptUrl,
      sender: means.sender,
      monotonicMs: () => means.clock.monotonicMs(),
      timeouts: means.timeouts,
    }),
};

const portOneSecret = z.object({ apiKey: z.string(), apiSecret: z.string() });

/** PortOne's credentials have two secret halves, which are kept as one text. */
export function portOneSecretOf(halves: z.infer<typeof portOneSecret>): Secret {
  return new Secret(JSON.stringify(halves));
}

function readPortOneSecret(text: string): z.infer<typeof portOneSecret> {
  return portOneSecret.parse(JSON.parse(text));
}

const linePayApiVersion = z.enum(["v3", "v4"]);

export async function encryptCredentials(
  db: Queryable,
  keys: AccountKeys,
  random: Random,
  connection: { readonly accountId: string; readonly id: string },
  secret: Secret,
): Promise<Uint8Array> {
  const dataKey = await keys.dataKeyOf(db, connection.accountId);
  return encryptField(dataKey, secret, credentialsContext(connection), random);
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
