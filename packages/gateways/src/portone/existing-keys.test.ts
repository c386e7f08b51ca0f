/**
 * What an earlier system left at PortOne, where the emulator cannot play it; the rest is tried there. The
 * diagnosis reads the same lists.
 */
import { inspect } from "node:util";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  startScriptedServer,
  type ScriptedAnswer,
  type ScriptedServer,
} from "../../test/support/scripted-server.ts";
import type { ExistingKey, Gateway } from "../gateway.ts";
import { createHttpSender, type HttpSender } from "../http.ts";
import { createPortOneGateway, type PortOneGatewayOptions } from "./portone-gateway.ts";

let server: ScriptedServer;
let sender: HttpSender;
let start = 0;

beforeAll(async () => {
  server = await startScriptedServer();
  sender = createHttpSender();
});
beforeEach(() => {
  start = server.requests.length;
});
afterAll(async () => {
  await sender.close();
  await server.close();
});

function gatewayWith(change: Partial<PortOneGatewayOptions> = {}): Gateway {
  return createPortOneGateway({
    mode: "test",
    impCode: "imp37739582",
    apiKey: "1234567890123456",
    apiSecret: "APIsecretTEXT",
    channel: "chai",
    sender,
    monotonicMs: () => 0,
    apiHost: server.url,
    ...change,
  });
}

function success(response: unknown): ScriptedAnswer {
  return { status: 200, body: { code: 0, message: null, response } };
}

const nowSeconds = 1_767_225_600; // 1 January 2026
const token = success({
  access_token: "TOKsecret",
  now: nowSeconds,
  expired_at: nowSeconds + 1_800,
});
const nothing = success([]);
const badRequest: ScriptedAnswer = {
  status: 400,
  body: { code: 1, message: "파라미터를 확인해 주세요.", response: null },
};

const customer = {
  customer_uid: "KEYsecret-1",
  pg_provider: "chai",
  pg_id: "public-key",
  sandbox: true,
  card_name: null,
  card_number: null,
  inserted: nowSeconds,
  updated: nowSeconds,
};
const schedule = {
  customer_uid: "KEYsecret-1",
  merchant_uid: "FORMER-1",
  imp_uid: null,
  pg_provider: null,
  pg_id: null,
  schedule_at: nowSeconds + 86_400,
  executed_at: 0,
  revoked_at: 0,
  amount: 9_900,
  currency: "KRW",
  schedule_status: "scheduled",
  payment_status: null,
};

/** What a gateway finds of one key: PortOne tells it, the time, and five lists. */
async function foundBy(
  gateway: Gateway,
  told: Readonly<Record<string, unknown>>,
  lists: readonly (ScriptedAnswer | "hang up")[] = [nothing, nothing, nothing, nothing, nothing],
): Promise<ExistingKey | undefined> {
  server.script(token, success([told]), token, ...lists);
  return (await gateway.existingKeys?.find([customer.customer_uid]))?.get(customer.customer_uid);
}

function sent(): readonly string[] {
  return server.requests
    .slice(start)
    .map(({ method, path }) => `${method} ${decodeURIComponent(path)}`);
}

describe("a key of a former system", () => {
  const key: ExistingKey = {
    secret: { billingKey: "KEYsecret-1", customerKey: "KEYsecret-1" },
    method: "TRANSFER",
    methodLabel: "차이",
    problems: [],
    scheduled: [],
  };

  it("is usable where nothing speaks against it", async () => {
    expect(await foundBy(gatewayWith({ channel: "chai.public-key" }), customer)).toEqual(key);
  });

  it("is labelled as a registered one is", async () => {
    const card = { card_name: "신한카드", card_number: "5365-****-****-1234" };
    const told = { ...customer, pg_provider: "kicc", ...card };
    const found = await foundBy(gatewayWith({ channel: "kicc" }), told);
    expect(found).toEqual({ ...key, method: "CARD", methodLabel: "신한카드 ****1234" });
  });

  it("is none of ours where PortOne answers with another", async () => {
    server.script(token, success([{ ...customer, customer_uid: "KEYsecret-2" }]));
    expect(await gatewayWith().existingKeys?.find(["KEYsecret-1"])).toEqual(new Map());
  });

  it.each<[Partial<PortOneGatewayOptions>, Readonly<Record<string, unknown>>, string]>([
    [
      {},
      { channelGroupId: "group-1", pg_provider: undefined, pg_id: undefined },
      "The key is one of smart routing, and which channel a charge of it takes is PortOne's choice: let the customer register a new method with this connection.",
    ],
    [
      {},
      { pg_provider: "nice" },
      "The key is of channel nice; this connection charges chai: let the customer register a new method.",
    ],
    [
      { mode: "live", channel: "kakaopay" },
      { sandbox: false },
      "The key is of channel chai; this connection charges kakaopay: let the customer register a new method.",
    ],
    [
      {},
      { pg_provider: null },
      "PortOne does not say which channel the key is of; this connection charges chai: let the customer register a new method.",
    ],
    [
      { channel: "chai.public-key" },
      { pg_id: null },
      "PortOne does not say which merchant id of chai the key is of: import it with a connection whose channel is chai alone.",
    ],
  ])("is a problem for a connection %j when it is %j", async (change, difference, sentence) => {
    const found = await foundBy(gatewayWith(change), { ...customer, ...difference });
    expect(found?.problems).toEqual([sentence]);
  });

  it("has every problem told at once", async () => {
    const gateway = gatewayWith({ mode: "live" });
    const found = await foundBy(gateway, { ...customer, pg_provider: "kakaopay" });
    expect(found?.problems).toHaveLength(3);
  });

  it("comes with what is scheduled on it alone, in whatever currency", async () => {
    const gateway = gatewayWith();
    const list = success([
      { ...schedule, merchant_uid: "LATER", schedule_at: nowSeconds + 172_800, currency: null },
      { ...schedule, merchant_uid: "DOLLARS", amount: 9.99, currency: "USD" },
      { ...schedule, merchant_uid: "GOLD", amount: 1.6, currency: "XAU" },
      { ...schedule, merchant_uid: "OTHER", customer_uid: "KEYsecret-2" },
      { ...schedule, merchant_uid: "PAID", schedule_status: "executed", payment_status: "paid" },
    ]);
    const lists = [list, nothing, nothing, nothing, nothing, nothing];
    const tomorrow = Temporal.Instant.from("2026-01-02T00:00:00Z");
    const later = Temporal.Instant.from("2026-01-03T00:00:00Z");
    expect((await foundBy(gateway, customer, lists))?.scheduled).toEqual([
      { orderId: "DOLLARS", at: tomorrow, amountMinor: 999 },
      { orderId: "GOLD", at: tomorrow, amountMinor: 2 },
      { orderId: "LATER", at: later, amountMinor: 9_900 },
    ]);
  });
});

describe("the lists of what is scheduled", () => {
  const fullPage = (length: number) => success(Array.from({ length }, () => schedule));

  it("reach from yesterday over 440 days, by PortOne's clock, three months at a time", async () => {
    await foundBy(gatewayWith(), customer);
    const yesterday = nowSeconds - 86_400;
    const span = 88 * 86_400;
    expect(sent()).toEqual([
      "POST /users/getToken",
      "GET /subscribe/customers?customer_uid[]=KEYsecret-1",
      "POST /users/getToken",
      ...[0, 1, 2, 3, 4].map(
        (index) =>
          `GET /subscribe/payments/schedule?schedule_from=${yesterday + index * span}&schedule_to=${yesterday + (index + 1) * span}&page=1&limit=1000&sorting=scheduled&schedule_status=scheduled`,
      ),
    ]);
  });

  it("are asked for key by key where the account's is full, to a page that is not", async () => {
    const ofKey = [fullPage(20), fullPage(7), nothing];
    const lists = [fullPage(1_000), ...ofKey, nothing, nothing, nothing, nothing];
    expect((await foundBy(gatewayWith(), customer, lists))?.scheduled).toHaveLength(27);
    const range = `from=${nowSeconds - 86_400}&to=${nowSeconds + 87 * 86_400}&schedule-status=scheduled`;
    expect(sent().slice(4, 7)).toEqual([
      `GET /subscribe/customers/KEYsecret-1/schedules?page=1&${range}`,
      `GET /subscribe/customers/KEYsecret-1/schedules?page=2&${range}`,
      `GET /subscribe/customers/KEYsecret-1/schedules?page=3&${range}`,
    ]);
  });

  it("do not end with a short page that another follows, as one whose size was not heeded", async () => {
    const others = success(
      Array.from({ length: 20 }, () => ({ ...schedule, customer_uid: "KEYsecret-2" })),
    );
    const ofKey = [fullPage(1), nothing];
    const lists = [others, fullPage(1), ...ofKey, nothing, nothing, nothing, nothing];
    expect((await foundBy(gatewayWith(), customer, lists))?.scheduled).toHaveLength(1);
  });

  it("may end with a refusal of the page after a full one", async () => {
    const last = [nothing, nothing, nothing, nothing];
    const lists = [fullPage(1_000), fullPage(20), badRequest, ...last];
    expect((await foundBy(gatewayWith(), customer, lists))?.scheduled).toHaveLength(20);
  });

  it.each<[string, readonly (ScriptedAnswer | "hang up")[]]>([
    ["invalid_request", [badRequest]],
    ["outcome_unknown", ["hang up"]],
    ["outcome_unknown", [nothing, { status: 502, body: "<html>" }]],
    ["outcome_unknown", [fullPage(1_000), fullPage(20), "hang up"]],
    ["outcome_unknown", [success([{ ...schedule, schedule_at: 1e15 }])]],
    ["outcome_unknown", [fullPage(1_000), ...Array.from({ length: 50 }, () => fullPage(20))]],
  ])(
    "leave everything unknown (%s) when one is not answered, or has no end",
    async (failure, lists) => {
      const error: unknown = await foundBy(gatewayWith(), customer, lists).catch(
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ name: "GatewayError", failure });
      expect(inspect(error, { depth: 12 })).not.toMatch(/KEYsecret|TOKsecret|APIsecret/);
    },
  );
});

describe("PortOne's time", () => {
  it("is not guessed when it cannot be read", async () => {
    const timeless = success({ access_token: "TOKsecret", now: 0, expired_at: 1_800 });
    server.script(token, success([customer]), timeless);
    await expect(gatewayWith().existingKeys?.find([customer.customer_uid])).rejects.toThrow(
      "its time cannot be read",
    );
  });
});

describe("the diagnosis", () => {
  const channels = success([
    { pg_provider: "chai", pg_id: "public-key", sandbox: true, type: "payment" },
  ]);

  it("shows no billing key, not even one that order ids are made of", async () => {
    const row = { ...schedule, merchant_uid: "KEYsecret-1_2026-01" };
    server.script(token, channels, token, success([row]), nothing, nothing, nothing, nothing);
    server.script(nothing, nothing);
    const findings = await gatewayWith().diagnose?.();
    expect(findings?.map(({ code }) => code)).toEqual(["scheduled_charges"]);
    expect(findings?.[0]?.detail).toContain("[billing key]_2026-01 (2026-01-02T00:00:00Z).");
    expect(inspect(findings)).not.toContain("KEYsecret");
  });

  it("counts failures of its own merchant id, and those that do not say theirs", async () => {
    const failed = { ...schedule, schedule_status: "executed", payment_status: "failed" };
    const theirs = { ...failed, pg_provider: "chai", pg_id: "another-key" };
    const ours = { ...failed, pg_provider: "chai", pg_id: "public-key" };
    const lists = [nothing, nothing, nothing, nothing, nothing, success([theirs, ours, failed])];
    server.script(token, channels, token, ...lists, nothing);
    const [finding] = (await gatewayWith({ channel: "chai.public-key" }).diagnose?.()) ?? [];
    expect(finding?.detail).toContain("failed in the last 88 days: 2, first FORMER-1");
    const range = `schedule_from=${nowSeconds - 88 * 86_400}&schedule_to=${nowSeconds}`;
    expect(sent().at(-2)).toBe(
      `GET /subscribe/payments/schedule?${range}&page=1&limit=1000&sorting=scheduled&schedule_status=executed`,
    );
  });
});
