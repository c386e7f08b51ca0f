/** A gateway connection as the API takes and shows it: one shape for each provider. */
import { linePayApiHosts } from "@maedal/gateways/line-pay";
import type { GatewayToConnect } from "../connections/connect-gateway.ts";
import { readSettings } from "../connections/connection-settings.ts";
import { portOneSecretOf } from "../connections/gateways.ts";
import type { Connection, Mode } from "../connections/connection.ts";
import {
  connectionSchema,
  type ConnectionJson,
  type NewConnectionJson,
} from "../contract/gateway-connections.ts";
import { Secret } from "../security/secret.ts";

export function readNewConnection(body: NewConnectionJson, mode: Mode): GatewayToConnect {
  switch (body.provider) {
    case "toss": {
      const { clientKey, secretKey, ...rest } = body;
      return {
        ...rest,
        apiVersion: body.apiVersion,
        publicId: clientKey,
        channel: undefined,
        channelKey: undefined,
        secret: new Secret(secretKey),
        settings: readSettings("toss", {}),
      };
    }
    case "line_pay": {
      const { apiVersion, channelId, channelSecret, concurrency, name, provider } = body;
      const { checksCardAuthorization, keyCheckDaysAhead, unusedKeyLifetimeDays } = body;
      const settings = { checksCardAuthorization, keyCheckDaysAhead, unusedKeyLifetimeDays };
      return {
        provider,
        name,
        apiHost: body.apiHost ?? linePayApiHosts[mode],
        publicId: channelId,
        secret: new Secret(channelSecret),
        channel: undefined,
        channelKey: undefined,
        scriptUrl: undefined,
        apiVersion,
        settings: readSettings(provider, settings),
        concurrency,
      };
    }
    case "portone": {
      const { apiKey, apiSecret, impCode, ...rest } = body;
      return {
        ...rest,
        channelKey: body.channelKey,
        apiVersion: undefined,
        publicId: impCode,
        secret: portOneSecretOf({ apiKey, apiSecret }),
        settings: readSettings("portone", {}),
      };
    }
  }
}

/** The schema of its provider takes from all of these what it shows. */
export function connectionJson(
  connection: Connection,
  notificationUrlOf: (token: string) => string,
): ConnectionJson {
  const { notificationToken, publicId, settings, ...rest } = connection;
  return connectionSchema.parse({
    ...rest,
    ...settings,
    pausedReason: connection.pausedReason ?? null,
    pausedAt: connection.pausedAt?.toString() ?? null,
    chargesUntil: connection.chargesUntil?.toString() ?? null,
    apiVersion: connection.apiVersion ?? null,
    channelKey: connection.channelKey ?? null,
    impCode: publicId,
    clientKey: publicId,
    channelId: publicId,
    notificationUrl: notificationUrlOf(notificationToken),
    createdAt: connection.createdAt.toString(),
  });
}
