import { Temporal } from "temporal-polyfill";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { startEmulator } from "../src/index.ts";
import { startReceiver } from "./support/webhook-receiver.ts";
import { refusalOf, startWorld, type Json, type World } from "./support/world.ts";

const running = startWorld();
let world: World;
beforeEach(async () => {
  world = await running;
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

async function refused(method: string, path: string, body?: string): Promise<[number, Json]> {
  const answer = await fetch(world.ready.control + path, { method, body: body ?? null });
  return [answer.status, ((await answer.json()) as Json).error];
}

describe("the ledger", () => {
  it("is filtered by order, key, kind and sequence", async () => {
    const one = await world.register();
    const other = await world.register({ customerKey: "customer-2" });
    const { body } = await world.charge(one, { orderId: "order-0001", amount: 1000 });
    await world.charge(other, { orderId: "order-0002", amount: 2000 });
    await world.toss("POST", `/v1/payments/${body.paymentKey}/cancel`, { cancelReason: "변심" });
    const sequences = async (query: string) => {
      const entries = await world.control("GET", `/ledger${query}`);
      return entries.map(({ sequence }: Json) => sequence);
    };
    expect([
      await sequences(""),
      await sequences("?orderId=order-0001"),
      await sequences(`?key=${other.billingKey}`),
      await sequences("?kind=refund"),
      await sequences("?after=1"),
    ]).toEqual([[1, 2, 3], [1, 3], [2], [3], [2, 3]]);
  });

  it("refuses a filter it does not know", async () => {
    const [status, error] = await refused("GET", "/ledger?order=x");
    expect([status, error.code]).toEqual([400, "invalid_request"]);
  });
});

describe("the call log", () => {
  it("tells what was asked, without the credentials", async () => {
    await world.control("POST", "/requests/clear");
    const mandate = await world.register();
    await world.charge(mandate, { orderId: "order-0001" }, { headers: { "idempotency-key": "k" } });
    const [entry] = await world.control("GET", "/requests?orderId=order-0001");
    const path = `/v1/billing/${encodeURIComponent(mandate.billingKey)}`;
    const { customerKey, billingKey } = mandate;
    const orderId = "order-0001";
    expect(entry).toEqual({
      sequence: expect.any(Number),
      provider: "toss",
      operation: "charge",
      billingKey,
      orderId,
      amount: 4900,
      method: "POST",
      path,
      headers: {
        "idempotency-key": "k",
        "accept-language": "*",
        "content-type": "application/json",
        "user-agent": expect.any(String),
      },
      body: { customerKey, orderId, amount: 4900, orderName: "매달 구독" },
      receivedAt: expect.stringMatching(/Z$/),
      outcome: { answered: 200 },
      processed: true,
      fault: null,
    });
  });

  it("says that a replay was not processed", async () => {
    await world.control("POST", "/requests/clear");
    const mandate = await world.register();
    const headers = { "idempotency-key": "k" };
    await world.charge(mandate, {}, { headers });
    await world.charge(mandate, {}, { headers });
    const charges = await world.control("GET", "/requests?operation=charge");
    expect(charges.map(({ processed }: Json) => processed)).toEqual([true, false]);
  });
});

describe("the clock", () => {
  it("moves by a duration or to an instant, calendar months in Korean time", async () => {
    const { now } = await world.control("GET", "/clock");
    const asKorean = Temporal.Instant.from(now).toZonedDateTimeISO("+09:00");
    const { now: later } = await world.control("POST", "/clock", { by: "P1M" });
    const expected = asKorean.add({ months: 1 }).toInstant();
    expect(Temporal.Instant.from(later).since(expected).total("seconds")).toBeGreaterThanOrEqual(0);
    expect(Temporal.Instant.from(later).since(expected).total("seconds")).toBeLessThan(30);
    const to = Temporal.Instant.from(later).add({ hours: 24 }).toString();
    const { now: last } = await world.control("POST", "/clock", { to });
    expect(Temporal.Instant.compare(last, to)).toBeGreaterThanOrEqual(0);
  });

  it("is the one that payments are stamped with", async () => {
    await world.control("POST", "/clock", { by: "P400D" });
    const { now } = await world.control("GET", "/clock");
    const { body } = await world.charge(await world.register(), {});
    const age = Temporal.Instant.from(body.approvedAt).since(now).total("minutes");
    expect(Math.abs(age)).toBeLessThan(1);
  });

  it("never goes back", async () => {
    const move = JSON.stringify({ to: "2020-01-01T00:00:00Z" });
    const [status, error] = await refused("POST", "/clock", move);
    expect([status, error.code]).toEqual([400, "clock_goes_back"]);
  });

  it("may be moved by nothing at all, however long the call takes", async () => {
    for (let time = 0; time < 50; time += 1) {
      await world.control("POST", "/clock", { by: "PT0S" });
    }
  });

  it.each(["{}", '{"by":"-P1D"}', '{"by":"tomorrow"}', "not json"])("refuses %s", async (body) => {
    expect((await refused("POST", "/clock", body))[0]).toBe(400);
  });

  it("may be started anywhere", async () => {
    const startsAt = Temporal.Instant.from("2030-01-31T00:00:00Z");
    const other = await startWorld({ startsAt });
    const { now } = await other.control("GET", "/clock");
    await other.stop();
    expect(now).toMatch(/^2030-01-31T00:0/);
  });
});

describe("accounts", () => {
  it("begin with one member with three of them", async () => {
    const { members, accounts } = await world.control("GET", "/accounts");
    expect(members).toEqual([
      { id: expect.any(String), name: "김매달", phone: "01012345678", status: "active" },
    ]);
    expect(accounts.map((account: Json) => [account.bankCode, account.balance])).toEqual([
      ["92", 1_000_000],
      ["88", 1_000_000],
      ["06", 1_000_000],
    ]);
  });

  it("are made and changed by the same call", async () => {
    const order = {
      kind: "account",
      phone: "010-1234-5678",
      bankCode: "90",
      number: "333311112222",
    };
    const made = await world.control("POST", "/accounts", { ...order, balance: 5 });
    const changed = await world.control("POST", "/accounts", { ...order, state: "on_hold" });
    expect(changed).toEqual({ ...made, balance: 5, state: "on_hold" });
  });

  it.each([
    [{ kind: "account", phone: "01000000000", bankCode: "92", number: "123456" }, 404],
    [{ kind: "account", phone: "01012345678", bankCode: "xx", number: "123456" }, 400],
    [{ kind: "change", id: "nobody", balance: 1 }, 404],
    [{ kind: "castle" }, 400],
    [{ kind: "card", number: "1" }, 400],
  ])("%j is refused with %i", async (order, status) => {
    expect((await refused("POST", "/accounts", JSON.stringify(order)))[0]).toBe(status);
  });

  it("of a card cannot be closed, and says what can be", async () => {
    const { cardId } = await world.register({ method: "CARD" });
    const order = JSON.stringify({ kind: "change", id: cardId, state: "closed" });
    const [status, error] = await refused("POST", "/accounts", order);
    expect([status, error.message]).toEqual([
      400,
      `${cardId} can be usable, stopped, lost, not closed.`,
    ]);
  });
});

describe("credentials", () => {
  it("cannot be given twice", async () => {
    const order = JSON.stringify({ secretKey: world.ready.toss.secretKey });
    const [status, error] = await refused("POST", "/credentials", order);
    expect([status, error.code]).toEqual([409, "merchant_exists"]);
  });
});

describe("a reset", () => {
  it("forgets everything but the time", async () => {
    await world.charge(await world.register(), {});
    await world.control("POST", "/faults", { provider: "toss", action: "outage" });
    await world.control("POST", "/switches", { paysOneOrderIdTwice: true });
    await world.control("POST", "/webhooks", { url: "http://127.0.0.1:1/" });
    const { now: before } = await world.control("POST", "/clock", { by: "P1D" });
    await world.control("POST", "/reset");
    const { now: after } = await world.control("GET", "/clock");
    const left = {
      ledger: await world.control("GET", "/ledger"),
      faults: await world.control("GET", "/faults"),
      webhooks: await world.control("GET", "/webhooks"),
      requests: await world.control("GET", "/requests"),
      billingKeys: (await world.control("GET", "/accounts")).billingKeys,
      paysOneOrderIdTwice: (await world.control("GET", "/switches")).toss.paysOneOrderIdTwice,
    };
    expect(left).toEqual({
      ledger: [],
      faults: [],
      webhooks: [],
      requests: [],
      billingKeys: [],
      paysOneOrderIdTwice: false,
    });
    expect(Temporal.Instant.compare(after, before)).toBeGreaterThanOrEqual(0);
  });
});

describe("the page", () => {
  it("lists every call with its schema, and needs nothing from elsewhere", async () => {
    const page = await (await fetch(world.ready.control)).text();
    const calls = [...page.matchAll(/<code>((?:GET|POST|DELETE) [^<]+)<\/code>/g)];
    expect(calls.map(([, call]) => call)).toEqual(
      expect.arrayContaining(["POST /faults", "POST /clock", "GET /ledger", "POST /reset"]),
    );
    expect(page).not.toMatch(/(?:src|href)="https?:/);
  });

  it("is filled from the overview", async () => {
    await world.charge(await world.register(), {});
    const { ledger, merchants } = await world.control("GET", "/overview");
    expect([ledger.length, merchants[0].merchantId]).toEqual([1, "maedal_emul"]);
  });
});

describe("a call that does not exist", () => {
  it("is a 404 in JSON that says where to look", async () => {
    const [status, error] = await refused("GET", "/nothing");
    expect([status, error]).toEqual([
      404,
      { code: "not_found", message: "No call GET /nothing. GET / lists them all." },
    ]);
  });
});

describe("a port that is taken", () => {
  it("is refused by name, and nothing is left listening", async () => {
    const taken = Number(new URL(world.ready.toss.url).port);
    await expect(startEmulator({ ports: { control: 0, toss: taken } })).rejects.toThrow(
      `Port ${taken} for Toss Payments is taken. Choose another, or 0 for any free one.`,
    );
  });
});

describe("stopping", () => {
  it("closes requests that hang, and leaves a webhook on its way for the next start", async () => {
    const other = await startWorld();
    await other.control("POST", "/faults", { provider: "toss", action: "drop_request" });
    const ended = expect(other.toss("GET", "/v1/payments/x")).rejects.toThrow();
    await hung(other);
    const silent = await startReceiver();
    silent.answer("silence");
    await other.control("POST", "/webhooks", { url: silent.url });
    const { billingKey } = await other.register();
    await other.toss("DELETE", `/v1/billing/${encodeURIComponent(billingKey)}`);
    await silent.heardCount(1);
    await other.stop();
    await other.stop();
    await ended;
    await silent.stop();
  });

  async function hung(other: World): Promise<void> {
    const [request] = await other.control("GET", "/requests");
    if (request?.outcome !== "swallowed") return hung(other);
  }
});

describe("the browser scripts and windows", () => {
  it("are served on the Toss port beside the API", async () => {
    const scripts = [await world.toss("GET", "/v2/standard"), await world.toss("GET", "/v1")];
    expect(scripts.map(({ status }) => status)).toEqual([200, 200]);
    expect(refusalOf(await world.toss("GET", "/v1/other"))).toEqual([404, "NOT_FOUND_HTTP_METHOD"]);
  });
});
