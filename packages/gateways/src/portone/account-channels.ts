/**
 * The channels of an account, as PortOne lists them: the only place that tells a test channel from a
 * live one before money moves, because both have the same credentials.
 */
import * as z from "zod";
import type { Exchange } from "../exchange.ts";
import type { PortOneMode } from "./address.ts";
import { readMerchantChannel } from "./channels.ts";
import { classifyPortOneAnswer, portOneFailure, unreadableAnswer } from "./failures.ts";
import type { PortOneTransport } from "./transport.ts";
import { optionalText } from "./wire.ts";

const accountChannel = z.looseObject({
  pg_provider: z.string(),
  pg_id: z.string(),
  /** A test channel. */
  sandbox: z.boolean(),
  /** `payment`: windows; `api_payment`: charges by API; `certification`: no payments at all. */
  type: optionalText,
  channel_name: optionalText,
  channel_key: optionalText,
});

export type AccountChannel = z.infer<typeof accountChannel>;

/**
 * @throws {GatewayError} the question got no clear answer; `configuration` when the credentials are
 *   refused.
 * @see PortOne V1 API schema, GET /users/pg (read 2026-08).
 */
export async function listAccountChannels(
  transport: PortOneTransport,
): Promise<{ readonly channels: readonly AccountChannel[]; readonly exchange: Exchange }> {
  const path = ["users", "pg"];
  const answer = await transport.send({ operation: "channels", method: "GET", path });
  if (classifyPortOneAnswer(answer) !== "done") throw portOneFailure(answer);
  const channels = z.array(accountChannel).safeParse(answer.response).data;
  if (channels === undefined) throw unreadableAnswer(answer, "list of channels");
  return { channels, exchange: answer.exchange };
}

export interface ChannelSettings {
  readonly mode: PortOneMode;
  readonly channel: string;
  readonly channelKey?: string | undefined;
}

/**
 * What is wrong with the channel of a connection, as sentences that name the fix; empty when nothing
 * is. An unknown channel is not refused by PortOne: its window opens the account's default one instead.
 */
export function accountChannelProblems(
  { mode, channel, channelKey }: ChannelSettings,
  channels: readonly AccountChannel[],
): readonly string[] {
  const wanted = readMerchantChannel(channel);
  const ours = channels.filter(
    ({ pg_provider, pg_id, channel_key, type }) =>
      type !== "certification" &&
      pg_provider === wanted?.channel.code &&
      (wanted.merchantId === undefined || wanted.merchantId === pg_id) &&
      (channelKey === undefined || channelKey === channel_key),
  );
  if (ours.length === 0) {
    return [`The account has no channel ${channel}: add it in PortOne's console, channels.`];
  }
  const ofMode = ours.filter(({ sandbox }) => sandbox === (mode === "test"));
  if (ofMode.length === 0) {
    const kind = mode === "test" ? "live" : "test";
    return [
      `Channel ${channel} is a ${kind} channel and this connection is in ${mode} mode: use another channel, or change the mode.`,
    ];
  }
  if (ours.length > ofMode.length) {
    return [
      `The account has a test and a live channel ${channel}: name one by its channel key or its merchant id.`,
    ];
  }
  return [];
}
