import { createHttpSender, type HttpSender } from "@maedal/gateways";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertApiKey } from "../../src/accounts/api-key-store.ts";
import { createApp } from "../../src/http/app.ts";
import { newId } from "../../src/ids/id.ts";
import { newApiKey } from "../../src/security/api-key.ts";
import { ledgerRefunds, paidCharge, type PaidCharge } from "../support/refund-world.ts";
import { payAs } from "../support/sweep-world.ts";
import {
  chargesOf,
  createWorld,
  eventually,
  subscribe,
  untilCharges,
  type World,
} from "../support/world.ts";

let world: World;
let sender: HttpSender;
let paid: PaidCharge;
let second: string;
let call: (method: string, path: string, body?: unknown) => Promise<Answered>;

type Item = Record<string, unknown> & {
  readonly id: string;
  readonly kind: string;
  readonly paymentId: string;
};

interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly items?: Item[] };
}

beforeAll(async () => {
  world = await createWorld();
  await world.control.post("/switches", { provider: "toss", paysOneOrderIdTwice: true });
  world.worker();
  paid = await paidCharge(world);
  const { key, subscription } = await subscribe(world);
  await untilCharges(world, subscription.id, "captured");
  const [charge] = await chargesOf(world, subscription.id);
  second = await payAs(world, key, charge?.order_id ?? "");
  await world.engine.database.execute("update charges set captured_minor = 9999 where id = $1", [
    paid.id,
  ]);
  sender = createHttpSender();
  call = await apiOf(world, sender);
});
afterAll(async () => {
  await sender.close();
  await world.stop();
});

async function apiOf({ accountId, engine }: World, http: HttpSender): Promise<typeof call> {
  const { hash, hint, text } = newApiKey("test", engine.effects.random);
  const id = newId("key", engine.effects.random);
  await insertApiKey(engine.database, { accountId, id, name: "sweeps", hash, hint });
  const rateLimit = { perSecond: 1_000, burst: 1_000 };
  const baseUrl = "https://pay.example";
  const app = createApp({ engine, sender: http, baseUrl, rateLimit, pages: [] });
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${text.reveal()}` };
    const json = { ...headers, "content-type": "application/json" };
    const init = body === undefined ? { headers } : { headers: json, body: JSON.stringify(body) };
    const answer = await app.request(path, { method, ...init });
    return { status: answer.status, body: (await answer.json()) as Answered["body"] };
  };
}

describe("POST /v1/sweeps", () => {
  it("compares in the background, and its findings are listed with what is left to do", async () => {
    const asked = await call("POST", "/v1/sweeps", {});
    expect(asked.status).toBe(202);
    const [sweep] = asked.body.items ?? [];
    expect(sweep).toMatchObject({ status: "running", connectionId: world.connection.id });
    const done = await eventually("the sweep", async () => {
      const { body } = await call("GET", `/v1/sweeps/${sweep?.id}`);
      return body["status"] === "finished" && body;
    });
    expect(done).toMatchObject({ found: 2, open: 2, failure: null });
    const { body } = await call("GET", "/v1/sweep-findings?open=true");
    const found = new Map(body.items?.map(({ kind, paymentId }) => [kind, paymentId]));
    expect(found).toEqual(
      new Map([
        ["amount_differs", paid.paymentId],
        ["second_payment", second],
      ]),
    );
  });

  it("refuses a time that is empty, too long, or of a connection that is not there", async () => {
    const day = (text: string) => `${text}T00:00:00Z`;
    const empty = { from: day("2026-03-02"), to: day("2026-03-01") };
    const long = { from: day("2020-01-01"), to: day("2026-03-01") };
    for (const range of [empty, long]) {
      const { body, status } = await call("POST", "/v1/sweeps", range);
      expect([status, body["code"]]).toEqual([422, "invalid_request"]);
    }
    const connectionId = "gwy_00000000000000000000000000";
    expect((await call("POST", "/v1/sweeps", { connectionId })).status).toBe(404);
  });
});

describe("a finding", () => {
  const findingOf = async (kind: string): Promise<Item> => {
    const { body } = await call("GET", "/v1/sweep-findings");
    const finding = body.items?.find((item) => item.kind === kind);
    if (finding === undefined) throw new Error(`there is no ${kind}`);
    return finding;
  };

  it("of a charge's own payment is refunded by a person's word, through the charge", async () => {
    const { id, refundableChargeId } = await findingOf("amount_differs");
    expect(refundableChargeId).toBe(paid.id);
    const { body, status } = await call("POST", `/v1/sweep-findings/${id}/refund`, {
      reason: "wrong amount",
    });
    expect([status, body["chargeId"], body["status"]]).toEqual([202, paid.id, "requested"]);
  });

  it("of a second payment is not: it is in the provider's console", async () => {
    const { id, refundableChargeId } = await findingOf("second_payment");
    expect(refundableChargeId).toBe(null);
    const reason = { reason: "charged twice" };
    const { body, status } = await call("POST", `/v1/sweep-findings/${id}/refund`, reason);
    expect([status, body["code"]]).toEqual([409, "refund_in_console"]);
    expect(String(body["detail"])).toContain(second);
    expect(await ledgerRefunds(world, { ...paid, paymentId: second })).toEqual([]);
  });

  it("is settled once, by the first word, and then no longer open", async () => {
    const { id } = await findingOf("second_payment");
    const settle = `/v1/sweep-findings/${id}/settle`;
    const first = await call("POST", settle, { note: "refunded in the console" });
    expect(first).toMatchObject({ status: 200, body: { note: "refunded in the console" } });
    const again = await call("POST", settle, { note: "another word" });
    expect(again.body["note"]).toBe("refunded in the console");
    const { body } = await call("GET", "/v1/sweep-findings?open=true");
    expect(body.items?.map(({ kind }) => kind)).toEqual(["amount_differs"]);
    expect((await call("GET", `/v1/sweep-findings/${id}`)).body["settledAt"]).not.toBe(null);
  });

  it("that is not there is not found", async () => {
    const nowhere = "/v1/sweep-findings/swf_00000000000000000000000000";
    expect((await call("GET", nowhere)).status).toBe(404);
    expect((await call("POST", `${nowhere}/settle`, { note: "x" })).status).toBe(404);
  });
});
