import { createHttpSender } from "@maedal/gateways";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { getAccount } from "../../src/accounts/account-store.ts";
import { createApiKey } from "../../src/accounts/create-api-key.ts";
import { createApp } from "../../src/http/app.ts";
import { unknownId } from "../http/api-world.ts";
import { spoilCharge } from "../support/provider-terms.ts";
import {
  chargesOf,
  createWorld,
  subscribe,
  untilCharges,
  type ChargeView,
  type World,
} from "../support/world.ts";

let world: World;
let app: ReturnType<typeof createApp>;
let authorization: string;
let keyId: string;
let charge: ChargeView;
let subscriptionId: string;
const sender = createHttpSender();

beforeAll(async () => {
  world = await createWorld();
  const { accountId, engine } = world;
  const account = await getAccount(engine.database, accountId);
  const made = await createApiKey(engine, account, "test");
  authorization = `Bearer ${made.key.reveal()}`;
  keyId = made.record.id;
  const rateLimit = { perSecond: 10_000, burst: 10_000 };
  app = createApp({ engine, sender, baseUrl: "https://pay.example.com", rateLimit, pages: [] });
  world.worker();
  await spoilCharge(world, { type: "alter_answer", set: { totalAmount: 1 } });
  subscriptionId = (await subscribe(world)).subscription.id;
  await untilCharges(world, subscriptionId, "in_review");
  [charge] = (await chargesOf(world, subscriptionId)) as [ChargeView];
});
afterAll(async () => {
  await sender.close();
  await world.stop();
});

async function call(path: string, body?: unknown) {
  const answer = await app.request(`/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe("the queue of reviews", () => {
  it("names each charge with its reason", async () => {
    const { body } = await call("/reviews?limit=1");
    expect(body).toEqual({
      items: [
        {
          id: charge.id,
          kind: "charge",
          chargeId: charge.id,
          subscriptionId,
          customerId: expect.any(String),
          connectionId: world.connection.id,
          reason: "mismatch",
          amount: 9_900,
          currency: "KRW",
          createdAt: expect.any(String),
          updatedAt: expect.any(String),
        },
      ],
      nextCursor: null,
    });
  });
});

describe("one review", () => {
  it("has the evidence, what the provider says now, and what may be decided", async () => {
    const { body, status } = await call(`/reviews/${charge.id}`);
    const [payment] = await world.control.payments();
    expect(status).toBe(200);
    expect(body["charge"]).toMatchObject({
      id: charge.id,
      reviewReason: "mismatch",
      attempts: [{ n: 1, outcome: "unknown" }],
    });
    expect(body["now"]).toEqual({
      askedAt: expect.any(String),
      orders: [
        {
          chargeId: charge.id,
          connectionId: world.connection.id,
          orderId: charge.order_id,
          finding: "captured",
          detail: "DONE",
          paymentId: payment?.paymentId,
          amount: 9_900,
          currency: "KRW",
          refundedAmount: 0,
        },
      ],
      payment: null,
    });
    expect(body["choices"]).toEqual([
      { decision: "look_up_again", objection: null },
      { decision: "not_paid", objection: "contradicted" },
      { decision: "give_up", objection: "contradicted" },
    ]);
    expect([body["refunds"], body["decided"]]).toEqual([[], []]);
  });

  it("is not there for an id that is nobody's", async () => {
    expect((await call(`/reviews/${unknownId("chg")}`)).status).toBe(404);
    expect((await call(`/reviews/${unknownId("rfd")}`)).status).toBe(404);
  });
});

describe("a decision", () => {
  const person = { note: "not in the console", by: "J. Park" };

  it("that the provider contradicts is refused, and says by what", async () => {
    const path = `/reviews/${charge.id}/resolve`;
    const { body, status } = await call(path, { decision: "give_up", ...person });
    const [payment] = await world.control.payments();
    expect([status, body["code"]]).toEqual([409, "review_contradicted"]);
    expect(body["detail"]).toBe(
      `The provider shows a payment for charge ${charge.id} under order ${charge.order_id}: payment ${payment?.paymentId}, DONE. Decide look_up_again: the payment is then taken over.`,
    );
    expect((await call(path, { decision: "give_up", by: "J. Park" })).status).toBe(422);
  });

  it("is shown afterwards with who made it and why", async () => {
    const decision = { decision: "look_up_again", ...person };
    expect((await call(`/reviews/${charge.id}/resolve`, decision)).status).toBe(200);
    await untilCharges(world, subscriptionId, "captured");
    const { body } = await call(`/reviews/${charge.id}`);
    expect(body["decided"]).toEqual([
      {
        id: expect.stringMatching(/^aud_/),
        actor: "J. Park",
        action: "charge.look_up_again",
        reason: person.note,
        recordedAt: expect.any(String),
      },
    ]);
    expect(body["choices"]).toEqual([]);
    const [row] = await world.db.database.query<{ evidence: string }>(
      "select evidence from audit_entries where subject_id like 'chg_%'",
    );
    expect(JSON.parse(row?.evidence ?? "{}")).toMatchObject({ apiKey: keyId });
  });
});
