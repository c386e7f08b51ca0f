/**
 * A merchant moves to Maedal from a service that had PortOne charge by itself: whose keys can be taken
 * over, what would be charged twice, and what a person must change at PortOne first.
 */
import { money, type ExistingKey, type ExistingKeys, type Gateway } from "@maedal/gateways";
import {
  createPortOneClient,
  createPortOneGateway,
  type PortOneClient,
  type PortOneGatewayOptions,
} from "@maedal/gateways/portone";
import { randomUUID } from "node:crypto";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { newOrderId } from "./orders.ts";
import { startPortOneProvider } from "./portone-provider.ts";
import { errorOf } from "./provider-under-test.ts";

const provider = await startPortOneProvider("chai");
const { control, options } = provider;
/** The service that Maedal takes over from: it has the same account. */
const formerService: PortOneClient = createPortOneClient(options);
const keys = existingKeysOf(provider.gateway);

afterAll(() => provider.stop());
beforeEach(() => provider.reset());

function existingKeysOf({ existingKeys }: Gateway): ExistingKeys {
  if (existingKeys === undefined) throw new Error("Keys at PortOne can be taken over.");
  return existingKeys;
}

/** A customer of the former service goes through the window of a channel. */
async function keyOf(channel: string, impCode = options.impCode): Promise<string> {
  const customerUid = `former-${randomUUID()}`;
  await control.post("/portone/billing-keys", {
    impCode,
    pg: channel,
    customer_uid: customerUid,
    m_redirect_url: "https://former.example/back",
  });
  return customerUid;
}

/** PortOne's time, to the second and a second from now. */
async function providerTime(): Promise<Temporal.Instant> {
  const { now } = await control.post<{ now: string }>("/clock", { by: "PT1S" });
  return Temporal.Instant.from(now).round({ smallestUnit: "second", roundingMode: "floor" });
}

interface Scheduled {
  readonly orderId: string;
  readonly at: Temporal.Instant;
  readonly amountMinor: number;
}

/** The former service has PortOne charge a key so many days from now. */
async function schedule(customerUid: string, ...days: readonly number[]): Promise<Scheduled[]> {
  const now = await providerTime();
  const charges = days.map((each) => ({
    merchantUid: newOrderId(),
    at: now.add({ hours: each * 24 }),
    amount: money(9_900, "KRW"),
    name: "월간 구독",
  }));
  await formerService.scheduleCharges({ customerUid, charges });
  return charges.map(({ merchantUid: orderId, at }) => ({ orderId, at, amountMinor: 9_900 }));
}

/** A hundred charges on one day. */
const aHundred = Array.from({ length: 100 }, () => 10);

/** A gateway of an account whose channels are live ones. */
async function liveGateway(change: Partial<PortOneGatewayOptions>): Promise<{
  readonly gateway: Gateway;
  readonly impCode: string;
}> {
  const live = (pgProvider: string, pgId: string) => ({
    pgProvider,
    pgId,
    channelKey: `channel-key-${pgId}`,
    channelName: pgId,
    isSandbox: false,
  });
  const { impCode, apiKey, apiSecret } = await control.post<
    Pick<PortOneGatewayOptions, "impCode" | "apiKey" | "apiSecret">
  >("/credentials", {
    provider: "portone",
    channels: [live("chai", "chai-live"), live("kakaopay", "kakao-live")],
  });
  const account = { impCode, apiKey, apiSecret };
  const gateway = createPortOneGateway({ ...options, ...account, mode: "live", ...change });
  return { gateway, impCode };
}

function usableKey(customerUid: string): ExistingKey {
  return {
    secret: { billingKey: customerUid, customerKey: customerUid },
    method: "TRANSFER",
    methodLabel: "차이",
    problems: [],
    scheduled: [],
  };
}

describe("asking for keys of a former service", () => {
  it("tells those that PortOne has, by name, and leaves out those that it has not", async () => {
    const [first, second] = [await keyOf("chai"), await keyOf("chai")];
    expect(await keys.find([first, "nobody", second, "x".repeat(81)])).toEqual(
      new Map([
        [first, usableKey(first)],
        [second, usableKey(second)],
      ]),
    );
  });

  it("tells nothing where PortOne has none of them", async () => {
    expect(await keys.find(["nobody"])).toEqual(new Map());
    expect(await keys.find([])).toEqual(new Map());
  });

  it("asks for as many at once as it says", async () => {
    const customerUid = await keyOf("chai");
    const names = Array.from({ length: keys.atOnce - 1 }, (_, index) => `${index}`.repeat(40));
    const found = await keys.find([...names, customerUid]);
    expect(found).toEqual(new Map([[customerUid, usableKey(customerUid)]]));
  });

  it("hands back what can be charged", async () => {
    const customerUid = await keyOf("chai");
    const secret = (await keys.find([customerUid])).get(customerUid)?.secret;
    if (secret === undefined) throw new Error("The key is there.");
    const order = { orderId: newOrderId(), orderName: "월간 구독", idempotencyKey: randomUUID() };
    const amount = money(9_900, "KRW");
    const payment = await provider.gateway.chargeBillingKey({ ...order, secret, amount });
    expect(payment.state).toBe("captured");
  });

  it("knows nothing of any key when the question got no clear answer", async () => {
    const customerUid = await keyOf("chai");
    for (const operation of ["customers", "schedules", "token"]) {
      await provider.fault(operation, { type: "garbage", when: "after" });
      const { failure } = await errorOf(keys.find([customerUid]));
      expect([operation, failure]).toEqual([
        operation,
        operation === "token" ? "not_sent" : "outcome_unknown",
      ]);
    }
  });

  it("says that the credentials are wrong when they are", async () => {
    const wrong = existingKeysOf(await provider.gatewayWith("unknown_credentials"));
    for (const call of [wrong.find(["anybody"]), wrong.unschedule("anybody")]) {
      const { failure, message } = await errorOf(call);
      expect([failure, message]).toEqual([
        "configuration",
        expect.stringContaining("the API key or secret is refused"),
      ]);
    }
  });
});

describe("a key that this connection cannot charge", () => {
  it("is of another channel, or of another merchant id at its company", async () => {
    const kakaopay = await keyOf("kakaopay");
    const chai = await keyOf("chai");
    expect((await keys.find([kakaopay])).get(kakaopay)).toEqual({
      ...usableKey(kakaopay),
      method: "EASY_PAY",
      methodLabel: "카카오페이",
      problems: [
        "The key is of channel kakaopay; this connection charges chai: import it with a connection for kakaopay.",
      ],
    });
    const ofAnotherId = createPortOneGateway({ ...options, channel: "chai.second_key" });
    const found = await existingKeysOf(ofAnotherId).find([chai]);
    expect(found.get(chai)?.problems).toEqual([
      "The key is of merchant id emul_chai_public_key at chai; this connection charges second_key: import it with a connection for chai.emul_chai_public_key.",
    ]);
  });

  it("is a test key for a live connection, or a live key for a test one", async () => {
    const { gateway: kakaopay, impCode } = await liveGateway({ channel: "kakaopay" });
    const liveKey = await keyOf("kakaopay", impCode);
    expect((await existingKeysOf(kakaopay).find([liveKey])).get(liveKey)?.problems).toEqual([]);

    const inTest = await liveGateway({ channel: "kakaopay", mode: "test" });
    const key = await keyOf("kakaopay", inTest.impCode);
    const inLive = createPortOneGateway({ ...options, channel: "kakaopay", mode: "live" });
    const testKey = await keyOf("kakaopay");
    expect([
      (await existingKeysOf(inTest.gateway).find([key])).get(key)?.problems,
      (await existingKeysOf(inLive).find([testKey])).get(testKey)?.problems,
    ]).toEqual([
      [
        "The key is a live key and this connection is in test mode: import it with a connection in live mode.",
      ],
      [
        "The key is a test key and this connection is in live mode: import it with a connection in test mode.",
      ],
    ]);
  });

  it("is of a channel that has closed", async () => {
    const { gateway: chai, impCode } = await liveGateway({ channel: "chai" });
    const customerUid = await keyOf("chai", impCode);
    const found = await existingKeysOf(chai).find([customerUid]);
    expect(found.get(customerUid)?.problems).toEqual([
      "Channel chai has been closed since 2024-11-01, and its keys are dead: let the customer register another method.",
    ]);
  });
});

describe("what PortOne is told to charge by itself", () => {
  it("is told with the key, soonest first, a year ahead, and no one else's", async () => {
    const [mine, other] = [await keyOf("chai"), await keyOf("chai")];
    const [late, soon, middle] = await schedule(mine, 400, 1, 100);
    await schedule(other, 1);
    const found = await keys.find([mine]);
    expect(found).toEqual(
      new Map([[mine, { ...usableKey(mine), scheduled: [soon, middle, late] }]]),
    );
  });

  it("is told while it is late", async () => {
    await provider.turn({ scheduleDelaySeconds: 7_200 });
    const customerUid = await keyOf("chai");
    const scheduled = await schedule(customerUid, 1);
    await provider.wait("PT25H");
    expect((await keys.find([customerUid])).get(customerUid)?.scheduled).toEqual(scheduled);
  });

  it("is told no more once it has run, or was revoked", async () => {
    const customerUid = await keyOf("chai");
    const [, revoked] = await schedule(customerUid, 1, 30);
    await provider.wait("P2D");
    await formerService.unscheduleCharges({ customerUid, merchantUids: [revoked?.orderId ?? ""] });
    expect((await keys.find([customerUid])).get(customerUid)).toEqual(usableKey(customerUid));
  });

  it("is revoked, for this key alone, as often as it is asked for, and charges nothing", async () => {
    const [mine, other] = [await keyOf("chai"), await keyOf("chai")];
    await schedule(mine, 1, 30);
    const others = await schedule(other, 40);
    await keys.unschedule(mine);
    await keys.unschedule(mine);
    const found = await keys.find([mine, other]);
    expect(found).toEqual(
      new Map([
        [mine, usableKey(mine)],
        [other, { ...usableKey(other), scheduled: others }],
      ]),
    );
    await provider.wait("P31D");
    expect(await provider.movements({ key: mine })).toEqual([]);
  });

  it("is asked for key by key where the account has more than one page of it", async () => {
    const [mine, other] = [await keyOf("chai"), await keyOf("chai")];
    const scheduled = await schedule(mine, 50, 60);
    const others = await schedule(other, ...Array.from({ length: 45 }, (_, index) => index + 1));
    for (let key = 0; key < 10; key += 1) await schedule(await keyOf("chai"), ...aHundred);
    const found = await keys.find([mine, other]);
    expect(found.get(mine)?.scheduled).toEqual(scheduled);
    expect(found.get(other)?.scheduled).toEqual(others);
  }, 60_000);
});

describe("the diagnosis of a connection", () => {
  const diagnose = async (gateway: Gateway = provider.gateway) => await gateway.diagnose?.();

  it("finds nothing where nothing is wrong", async () => {
    expect(await diagnose()).toEqual([]);
  });

  it("finds a channel that the account has not, that is of the other mode, or has closed", async () => {
    const strange = createPortOneGateway({ ...options, channel: "payco" });
    const wrongMode = createPortOneGateway({ ...options, channel: "kakaopay", mode: "live" });
    const { gateway: closed } = await liveGateway({ channel: "chai" });
    expect([await diagnose(strange), await diagnose(wrongMode), await diagnose(closed)]).toEqual([
      [
        {
          state: "failed",
          code: "channel_unusable",
          detail: "The account has no channel payco: add it in PortOne's console, channels.",
        },
      ],
      [
        {
          state: "failed",
          code: "channel_unusable",
          detail:
            "Channel kakaopay is a test channel and this connection is in live mode: use another channel, or change the mode.",
        },
      ],
      [
        {
          state: "failed",
          code: "channel_closed",
          detail:
            "PortOne channel chai has been closed since 2024-11-01: use a connection with another channel.",
        },
      ],
    ]);
  });

  it("finds what PortOne will charge by itself through the channel, and names the first", async () => {
    const customerUid = await keyOf("chai");
    const scheduled = await schedule(customerUid, 1, 2, 3, 400);
    await schedule(await keyOf("kakaopay"), 1);
    const [first, second, third] = scheduled.map(
      ({ orderId, at }) => `${orderId} (${at.toString()})`,
    );
    expect(await diagnose()).toEqual([
      {
        state: "notice",
        code: "scheduled_charges",
        detail: `Charges that PortOne will make by itself through channel chai: 4, first ${first}, ${second}, ${third}. A customer whom Maedal charges as well would pay twice: revoke them in PortOne's console, or import their keys with --unschedule.`,
      },
    ]);
    await keys.unschedule(customerUid);
    expect(await diagnose()).toEqual([]);
  });

  it("counts no further than a page", async () => {
    for (let key = 0; key < 10; key += 1) await schedule(await keyOf("chai"), ...aHundred);
    const [finding] = (await diagnose()) ?? [];
    expect(finding?.detail).toContain("through channel chai: at least 1000, first ");
  }, 60_000);

  it("finds failures that the console's recovery would charge behind our back", async () => {
    const { impCode } = options;
    await control.post("/settings", { provider: "portone", impCode, recoveryHour: 9 });
    const customerUid = await keyOf("chai");
    await provider.setFunds(customerUid, "none");
    const [failed] = await schedule(customerUid, 1);
    await provider.wait("PT24H1S");
    expect(await diagnose()).toEqual([
      {
        state: "notice",
        code: "failed_schedules",
        detail: `Charges that PortOne made by itself through channel chai and that failed in the last 88 days: 1, first ${failed?.orderId} (${failed?.at.toString()}). Its recovery (리커버리) charges them again day after day, and the API does not tell whether it is on: see in PortOne's console, billing payments (빌링결제 내역), and switch it off.`,
      },
    ]);

    await provider.setFunds(customerUid, "enough");
    await provider.wait("P2D");
    expect(await provider.movements({ key: customerUid })).toEqual([
      { kind: "payment", amountMinor: 9_900 },
    ]);
    expect(await diagnose()).toEqual([]);
  });

  it("says that the credentials are wrong when they are", async () => {
    const wrong = await provider.gatewayWith("unknown_credentials");
    expect((await errorOf(diagnose(wrong))).failure).toBe("configuration");
  });
});
