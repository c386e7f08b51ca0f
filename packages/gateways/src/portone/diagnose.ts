/**
 * What is set up at PortOne that would go wrong with Maedal: the connection's channel, and charges
 * that PortOne makes by itself beside ours.
 */
import { Temporal } from "temporal-polyfill";
import type { Finding } from "../gateway.ts";
import {
  accountChannelProblems,
  listAccountChannels,
  type ChannelSettings,
} from "./account-channels.ts";
import { closedChannel, isClosed, type PortOneConnection } from "./connection.ts";
import { readPages, spanBehind, spansAhead } from "./read-schedules.ts";
import { listSchedules, type PortOneSchedule } from "./schedules.ts";

/** @throws {GatewayError} a question got no clear answer; `configuration` for refused credentials. */
export async function diagnose(
  connection: PortOneConnection,
  settings: ChannelSettings,
): Promise<readonly Finding[]> {
  const channel = await channelFindings(connection, settings);
  const now = await connection.transport.askTime();
  const scheduled = await scheduledFindings(connection, now);
  const failed = await failedScheduleFindings(connection, now);
  return [...channel, ...scheduled, ...failed];
}

async function channelFindings(
  connection: PortOneConnection,
  settings: ChannelSettings,
): Promise<readonly Finding[]> {
  if (isClosed(connection)) {
    return [{ state: "failed", code: "channel_closed", detail: closedChannel(connection).message }];
  }
  const { channels } = await listAccountChannels(connection.transport);
  return accountChannelProblems(settings, channels).map((detail) => ({
    state: "failed",
    code: "channel_unusable",
    detail,
  }));
}

/** The longest page there is. What is more is told as "at least". */
const pageSize = 1_000;
const aheadPages = { pageSize, maximumPages: 1 };
const failedPages = { pageSize, maximumPages: 10 };

/**
 * A notice, because only the server knows which keys are also charged by Maedal: an account may serve
 * another system too, and a schedule does not tell test from live.
 */
async function scheduledFindings(
  { transport, ...connection }: PortOneConnection,
  now: Temporal.Instant,
): Promise<readonly Finding[]> {
  const ours: PortOneSchedule[] = [];
  let hasMore = false;
  for (const span of spansAhead(now)) {
    const { schedules, isWhole } = await readPages(aheadPages, (page) =>
      listSchedules(transport, { ...span, status: "scheduled", page, pageSize }),
    );
    hasMore ||= !isWhole;
    ours.push(
      ...schedules.filter(
        (each) => each.schedule_status === "scheduled" && isOfChannel(connection, each),
      ),
    );
  }
  if (ours.length === 0) return [];
  const { code } = connection.channel;
  const detail = `Charges that PortOne will make by itself through channel ${code}: ${countOf(ours, hasMore)}, first ${namesOf(ours)}. A customer whom Maedal charges as well would pay twice: revoke them in PortOne's console, or import their keys with --unschedule.`;
  return [{ state: "notice", code: "scheduled_charges", detail }];
}

/**
 * The console's recovery cannot be read by the API. Where no schedule failed lately it has nothing to
 * charge. PortOne V1, "빌링결제 내역 조회" (read 2026-08).
 */
async function failedScheduleFindings(
  { transport, ...connection }: PortOneConnection,
  now: Temporal.Instant,
): Promise<readonly Finding[]> {
  const { schedules, isWhole } = await readPages(failedPages, (page) =>
    listSchedules(transport, { ...spanBehind(now), status: "executed", page, pageSize }),
  );
  const failed = schedules.filter(
    (each) => each.payment_status === "failed" && isOfChannel(connection, each),
  );
  if (failed.length === 0) return [];
  const { code } = connection.channel;
  const detail = `Charges that PortOne made by itself through channel ${code} and that failed in the last 88 days: ${countOf(failed, !isWhole)}, first ${namesOf(failed)}. Its recovery (리커버리) charges them again day after day, and the API does not tell whether it is on: see in PortOne's console, billing payments (빌링결제 내역), and switch it off.`;
  return [{ state: "notice", code: "failed_schedules", detail }];
}

function isOfChannel(
  { channel, merchantId }: Pick<PortOneConnection, "channel" | "merchantId">,
  { pg_provider, pg_id }: PortOneSchedule,
): boolean {
  if ((pg_provider ?? channel.code) !== channel.code) return false;
  return merchantId === undefined || (pg_id ?? merchantId) === merchantId;
}

function countOf({ length }: readonly PortOneSchedule[], hasMore: boolean): string {
  return hasMore ? `at least ${length}` : String(length);
}

const namedAtMost = 3;

/** An order id of another system may be made of its key. */
function namesOf(schedules: readonly PortOneSchedule[]): string {
  return schedules
    .slice(0, namedAtMost)
    .map(({ merchant_uid, customer_uid, schedule_at }) => {
      const at = Temporal.Instant.fromEpochMilliseconds(schedule_at * 1_000);
      return `${merchant_uid.replaceAll(customer_uid, "[billing key]")} (${at.toString()})`;
    })
    .join(", ");
}
