import { createHttpSender } from "@maedal/gateways";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getAccount } from "../../src/accounts/account-store.ts";
import { createApiKey } from "../../src/accounts/create-api-key.ts";
import { pauseConnection, resumeConnection } from "../../src/connections/connection-store.ts";
import { createApp } from "../../src/http/app.ts";
import { expectBooksToMatch, paidCharge, type PaidCharge } from "../support/refund-world.ts";
import { createWorld, eventually, type World } from "../support/world.ts";
import { unknownId } from "./api-world.ts";

type Body = Record<string, unknown>;

let world: World;
let app: ReturnType<typeof createApp>;
let authorization: string;
let keyId: string;
const sender = createHttpSender();

beforeAll(async () => {
  world = await createWorld();
  const { accountId, engine } = world;
  const account = await getAccount(engine.database, accountId);
  const made = await createApiKey(engine, account, "test");
  authorization = `Bearer ${made.key.reveal()}`;
  const [row] = await engine.database.query<{ id: string }>("select id from api_keys");
  keyId = row?.id ?? "";
  const rateLimit = { perSecond: 10_000, burst: 10_000 };
  app = createApp({ engine, sender, baseUrl: "https://pay.example.com", rateLimit, pages: [] });
});
afterAll(async () => {
  await sender.close();
  await world.stop();
});

async function call(path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await app.request(`/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Body };
}

const ask = (charge: PaidCharge, body: unknown, headers?: Record<string, string>) =>
  call(`/charges/${charge.id}/refunds`, body, headers);

const idsOf = ({ body }: { body: Body }) => (body["items"] as Body[]).map((item) => item["id"]);

describe("POST /v1/charges/{id}/refunds", () => {
  it("answers at once with a request, which is then carried out", async () => {
    const charge = await paidCharge(world);
    const asked = await ask(charge, { amount: 4_000, reason: "품절" });
    expect(asked).toEqual({
      status: 202,
      body: {
        id: expect.stringMatching(/^rfd_/) as unknown,
        chargeId: charge.id,
        connectionId: world.connection.id,
        origin: "maedal",
        status: "requested",
        waitsFor: null,
        amount: 4_000,
        currency: "KRW",
        reason: "품절",
        requestedBy: keyId,
        lookUpAt: null,
        transactionId: null,
        refundedAt: null,
        failure: null,
        reviewReason: null,
        createdAt: expect.any(String) as unknown,
        updatedAt: expect.any(String) as unknown,
      },
    });
    const worker = world.worker();
    const id = String(asked.body["id"]);
    const done = await eventually("the refund", async () => {
      const { body } = await call(`/refunds/${id}`);
      return body["status"] === "refunded" && body;
    });
    await worker.stop();
    expect(done).toMatchObject({ sends: 1, transactionId: expect.any(String) as unknown });
    expect(done["exchange"]).toMatchObject({ status: 200 });
    expect((await call(`/charges/${charge.id}`)).body["refundedAmount"]).toBe(4_000);
    await expectBooksToMatch(world, charge);
  });

  it("without an amount asks for all that is left", async () => {
    const charge = await paidCharge(world);
    await ask(charge, { amount: 4_000, reason: "part" });
    expect((await ask(charge, { reason: "rest" })).body["amount"]).toBe(6_000);
  });

  it("sent again with its idempotency key asks once", async () => {
    const charge = await paidCharge(world);
    const headers = { "idempotency-key": "refund-1" };
    const first = await ask(charge, { reason: "once" }, headers);
    const second = await ask(charge, { reason: "once" }, headers);
    expect(second).toEqual(first);
    expect(idsOf(await call(`/charges/${charge.id}/refunds`))).toEqual([first.body["id"]]);
  });

  it("of more than is left is refused, and says how much is", async () => {
    const charge = await paidCharge(world);
    await ask(charge, { amount: 4_000, reason: "part" });
    const { body, status } = await ask(charge, { amount: 6_001, reason: "too much" });
    expect([status, body["code"]]).toEqual([409, "refund_too_large"]);
    expect(String(body["detail"])).toContain("6000 can be refunded");
  });

  it("is refused for a charge of nobody's, and for bodies that say nothing", async () => {
    const charge = await paidCharge(world);
    const nobodys = { ...charge, id: unknownId("chg") };
    const refused = [
      [nobodys, { reason: "x" }, 404, "not_found"],
      [charge, {}, 422, "invalid_request"],
      [charge, { reason: "" }, 422, "invalid_request"],
      [charge, { reason: "x".repeat(201) }, 422, "invalid_request"],
      [charge, { reason: "x", amount: 0 }, 422, "amount_out_of_range"],
      [charge, { reason: "x", currency: "KRW" }, 422, "invalid_request"],
    ] as const;
    for (const [of, body, status, code] of refused) {
      const answer = await ask(of, body);
      expect({ body, status: answer.status, code: answer.body["code"] }).toEqual({
        body,
        status,
        code,
      });
    }
  });
});

describe("a refund through a paused connection", () => {
  it("is taken, and says what it waits for", async () => {
    const { accountId, connection, engine } = world;
    const charge = await paidCharge(world);
    await pauseConnection(engine.database, accountId, connection.id, "test");
    const { body, status } = await ask(charge, { reason: "later" });
    await resumeConnection(engine.database, accountId, connection.id);
    expect([status, body["status"], body["waitsFor"]]).toEqual([202, "requested", "connection"]);
  });
});

describe("lists of refunds", () => {
  it("are of one charge, of one status, newest first and by pages", async () => {
    const charge = await paidCharge(world);
    const ids = [];
    for (const amount of [1_000, 2_000, 3_000]) {
      ids.unshift((await ask(charge, { amount, reason: "part" })).body["id"]);
    }
    expect(idsOf(await call(`/charges/${charge.id}/refunds`))).toEqual(ids);
    const query = `/refunds?chargeId=${charge.id}&status=requested&limit=2`;
    const first = await call(query);
    expect(idsOf(first)).toEqual(ids.slice(0, 2));
    const cursor = String(first.body["nextCursor"]);
    expect(idsOf(await call(`${query}&cursor=${cursor}`))).toEqual(ids.slice(2));
    expect(idsOf(await call(`/refunds?chargeId=${charge.id}&status=failed`))).toEqual([]);
  });

  it("do not exist of a charge that is nobody's", async () => {
    expect((await call(`/charges/${unknownId("chg")}/refunds`)).status).toBe(404);
    expect((await call(`/refunds/${unknownId("rfd")}`)).status).toBe(404);
  });
});

describe("POST /v1/refunds/{id}/resolve", () => {
  const person = { decision: "look_up_again", note: "the console looks right now" };

  it("has the provider asked about a refund in review, once", async () => {
    const charge = await paidCharge(world);
    const id = String((await ask(charge, { reason: "x" })).body["id"]);
    await world.engine.database.execute(
      "update refunds set status = 'in_flight', lease_token = gen_random_uuid(), lease_until = now() where id = $1",
      [id],
    );
    await world.engine.database.execute(
      "update refunds set status = 'in_review', review_reason = 'outcome_unresolved', lease_token = null, lease_until = null where id = $1",
      [id],
    );
    const { body, status } = await call(`/refunds/${id}/resolve`, person);
    expect([status, body["status"], body["reviewReason"]]).toEqual([200, "reconciling", null]);
    const again = await call(`/refunds/${id}/resolve`, person);
    expect([again.status, again.body["code"]]).toEqual([409, "review_over"]);
    const [event] = await world.engine.database.query<{ data: Body }>(
      "select data from events where type = 'refund.review_resolved'",
    );
    expect(event?.data).toEqual({ refundId: id, chargeId: charge.id, by: keyId, ...person });
  });

  it("is refused for a refund of nobody's, and for other decisions", async () => {
    const unknown = await call(`/refunds/${unknownId("rfd")}/resolve`, person);
    expect([unknown.status, unknown.body["code"]]).toEqual([404, "not_found"]);
    const wrong = await call(`/refunds/${unknownId("rfd")}/resolve`, { ...person, decision: "x" });
    expect([wrong.status, wrong.body["code"]]).toEqual([422, "invalid_request"]);
  });
});
