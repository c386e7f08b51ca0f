/**
 * Schedules: charges that PortOne makes by itself at their time, on the emulator's clock. No
 * recurrence, no retry – but for the console's "recovery", which tries each day, at its hour, what
 * failed the day before. Whoever does their own dunning has it charge behind their back.
 *
 *   scheduled ──► executed (paid or failed: see its payment) ──► scheduled again, or retried
 *       └──────► revoked ─────────────────────────────────────►
 *
 * PortOne V1 REST API, "subscribe"; console guide "빌링결제 내역 조회" (read 2026-11).
 */
import { Temporal } from "temporal-polyfill";
import type { EmulatorClock } from "../clock.ts";
import type { Intervention } from "../stage.ts";
import type { Store, Table } from "../store.ts";
import type { ChargeOrder, Charging } from "./charging.ts";
import type { Keys } from "./keys.ts";
import type { Merchants } from "./merchants.ts";
import type { PaymentNotice, Payments } from "./payments.ts";
import { scheduleSchema, type Payment, type Schedule } from "./records.ts";
import { Refused, refused, texts } from "./refusals.ts";
import type { PortOneSwitches } from "./switches.ts";
import { instantOf } from "./time.ts";
import { randomId } from "./tokens.ts";

type ScheduleOrder = ChargeOrder &
  Pick<Schedule, "impCode" | "channel" | "customerUid" | "scheduleAtSeconds">;

export interface Schedules {
  readonly schedules: Table<Schedule>;
  addSchedule(order: ScheduleOrder): Schedule;
  /** The newest with that merchant_uid. */
  getSchedule(impCode: string, merchantUid: string): Schedule | undefined;
  /** In the order in which they were made. */
  schedulesOf(impCode: string, customerUid: string): Schedule[];
  revokeSchedule(schedule: Schedule): Schedule;
  /** To a new time; a schedule that ran or was revoked is scheduled again. */
  moveSchedule(schedule: Schedule, scheduleAtSeconds: number): Schedule;
  /** Charges now, under the same merchant_uid. */
  retrySchedule(schedule: Schedule, intervention: Intervention): Payment;
  /** The newest payment of a schedule that ran. */
  paymentOf(schedule: Schedule): Payment | undefined;
  /** Waits for the next recovery of each merchant who has it on; called when one turns it on. */
  resumeRecoveries(): void;
  /** Waits for the schedules and recoveries of the run before. */
  resumeSchedules(): void;
}

interface Deps {
  readonly store: Store;
  readonly clock: EmulatorClock;
  readonly merchants: Merchants;
  readonly keys: Keys;
  readonly payments: Payments;
  readonly charging: Charging;
  readonly switches: () => PortOneSwitches;
  readonly notify: PaymentNotice;
}

export function createSchedules(deps: Deps): Schedules {
  const { store, clock, payments, switches } = deps;
  const schedules = store.table("portone.schedules", scheduleSchema);
  const byOrder = schedules.index(({ impCode, merchantUid }) => `${impCode} ${merchantUid}`);
  const byKey = schedules.index(({ impCode, customerUid }) => `${impCode} ${customerUid}`);

  function save(schedule: Schedule): Schedule {
    schedules.put(schedule.id, schedule);
    return schedule;
  }

  function execute(schedule: Schedule, intervention: Intervention = {}): Payment {
    const payment = chargeNow(deps, schedule, intervention);
    const executedAt = clock.nowText();
    save({ ...schedule, status: "executed", executedAt, impUid: payment.impUid });
    return payment;
  }

  function runInTime({ id, scheduleAtSeconds }: Schedule): void {
    const { scheduleDelaySeconds: seconds } = switches();
    clock.at(instantOf(scheduleAtSeconds).add({ seconds }), () => {
      const schedule = schedules.get(id);
      const isDue = schedule?.status === "scheduled";
      if (isDue && schedule.scheduleAtSeconds === scheduleAtSeconds) execute(schedule);
      return Promise.resolve();
    });
  }

  const paymentOf = ({ impCode, merchantUid, impUid }: Schedule) =>
    impUid === null ? undefined : payments.paymentsOf(impCode, merchantUid)[0];
  const { resumeRecoveries } = createRecoveries(deps, schedules, paymentOf, execute);

  return {
    schedules,
    paymentOf,
    resumeRecoveries,
    addSchedule(order) {
      const fresh = {
        impUid: null,
        executedAt: null,
        revokedAt: null,
        status: "scheduled",
      } as const;
      const schedule = save({ ...order, id: randomId("schedule"), ...fresh });
      runInTime(schedule);
      return schedule;
    },
    getSchedule: (impCode, merchantUid) => byOrder(`${impCode} ${merchantUid}`).at(-1),
    schedulesOf: (impCode, customerUid) => byKey(`${impCode} ${customerUid}`),
    revokeSchedule: (schedule) =>
      save({ ...schedule, status: "revoked", revokedAt: clock.nowText() }),
    moveSchedule(schedule, scheduleAtSeconds) {
      const again = {
        status: "scheduled",
        executedAt: null,
        revokedAt: null,
        impUid: null,
      } as const;
      const moved = save({ ...schedule, ...again, scheduleAtSeconds });
      runInTime(moved);
      return moved;
    },
    retrySchedule: execute,
    resumeSchedules() {
      for (const schedule of schedules.values()) {
        if (schedule.status === "scheduled") runInTime(schedule);
      }
      resumeRecoveries();
    },
  };
}

/** Each attempt is told by webhook, a failed one too. */
function chargeNow(deps: Deps, schedule: Schedule, intervention: Intervention): Payment {
  const { keys, payments, charging, notify } = deps;
  const { impCode, customerUid, merchantUid } = schedule;
  const { amount, name, buyer, customData, noticeUrls, cardQuota } = schedule;
  const order = { merchantUid, amount, name, buyer, customData, noticeUrls, cardQuota };
  const wish = { usage: "payment.scheduled", intervention, isRetry: true } as const;

  function attempt(): Payment {
    const customer = keys.getCustomer(impCode, customerUid);
    try {
      if (customer === undefined) throw refused(texts.noCustomer);
      return charging.chargeCustomer(customer, order, wish);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // Unverified: what `again` would refuse without a record gets a failed one here.
      const who = { impCode, channel: schedule.channel, customerUid, meansId: null };
      const how = { origin: "api", payMethod: "", userAgent: null, usage: wish.usage } as const;
      return payments.fail(payments.begin({ ...order, ...who, ...how }), error.refusal.message);
    }
  }

  const payment = attempt();
  if (payment.status === "failed") notify(payment);
  return payment;
}

/** The console's recovery, for every merchant who has turned it on. */
function createRecoveries(
  { clock, merchants }: Deps,
  schedules: Table<Schedule>,
  paymentOf: Schedules["paymentOf"],
  execute: (schedule: Schedule) => Payment,
) {
  /** The hour for which a merchant's next recovery is waited for, so that none is waited for twice. */
  const waiting = new Map<string, string>();

  function recover(impCode: string): void {
    const today = koreanDate(clock.now());
    for (const schedule of schedules.values()) {
      if (schedule.impCode !== impCode || schedule.executedAt === null) continue;
      const ranOn = koreanDate(Temporal.Instant.from(schedule.executedAt));
      const isYesterdays = ranOn.add({ days: 1 }).equals(today);
      if (isYesterdays && paymentOf(schedule)?.status === "failed") execute(schedule);
    }
  }

  function waitFor(impCode: string, hour: number): void {
    const dueAt = nextAtHour(clock.now(), hour);
    const name = dueAt.toString();
    if (waiting.get(impCode) === name) return;
    waiting.set(impCode, name);
    clock.at(dueAt, () => {
      if (waiting.get(impCode) !== name) return Promise.resolve();
      const isOn = merchants.merchants.get(impCode)?.recoveryHour === hour;
      if (isOn) recover(impCode);
      waiting.delete(impCode);
      resumeRecoveries();
      return Promise.resolve();
    });
  }

  function resumeRecoveries(): void {
    for (const { impCode, recoveryHour } of merchants.merchants.values()) {
      if (recoveryHour === null) waiting.delete(impCode);
      else waitFor(impCode, recoveryHour);
    }
  }
  return { resumeRecoveries };
}

function koreanDate(at: Temporal.Instant): Temporal.PlainDate {
  return at.toZonedDateTimeISO("+09:00").toPlainDate();
}

/** The next time that a Korean clock shows this full hour, later than now. */
function nextAtHour(now: Temporal.Instant, hour: number): Temporal.Instant {
  const local = now.toZonedDateTimeISO("+09:00");
  const today = local.startOfDay().add({ hours: hour });
  const isStillToCome = Temporal.ZonedDateTime.compare(today, local) > 0;
  return (isStillToCome ? today : today.add({ days: 1 })).toInstant();
}
