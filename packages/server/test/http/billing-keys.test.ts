import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realEffects } from "../../src/effects.ts";
import { newId } from "../../src/ids/id.ts";
import { createApiWorld, tossKeys, unknownId, type ApiWorld } from "./api-world.ts";

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(async () => {
  await world.stop();
});

/** A stored key of a customer; what its secret is does not matter here. */
async function addKey(status: string): Promise<{ id: string; connectionId: string }> {
  const { engine, shop } = world;
  const customer = await shop.post("/v1/customers", {});
  const connection = await shop.post("/v1/gateway-connections", tossKeys);
  const id = newId("bk", realEffects.random);
  const connectionId = String(connection.body["id"]);
  await engine.database.execute(
    `insert into billing_keys (account_id, id, customer_id, connection_id, status, method, secret,
       blind_index, last_paid_at, checked_at)
     values ($1, $2, $3, $4, $5, 'TRANSFER', '\\x00', '\\x00', '2026-03-01T01:00:02Z',
       '2026-03-28T01:00:00Z')`,
    [shop.account.id, id, customer.body["id"], connectionId, status],
  );
  return { id, connectionId };
}

describe("a billing key that is read", () => {
  it("tells when it last paid and when its provider was last asked about it", async () => {
    const { id } = await addKey("active");
    const { body, status } = await world.shop.get(`/v1/billing-keys/${id}`);
    const { checkedAt, lastPaidAt } = body;
    expect({ status, lastPaidAt, checkedAt }).toEqual({
      status: 200,
      lastPaidAt: "2026-03-01T01:00:02Z",
      checkedAt: "2026-03-28T01:00:00Z",
    });
  });
});

describe("a check of a billing key", () => {
  const check = async (id: string, client = world.shop) => {
    const { body, status } = await client.post(`/v1/billing-keys/${id}/check`);
    return { status, code: body["code"] };
  };

  it("is refused where the provider cannot be asked", async () => {
    const { id } = await addKey("active");
    expect(await check(id)).toEqual({ status: 409, code: "conflict" });
  });

  it("is refused when the key is gone for good", async () => {
    for (const gone of ["dead", "revoked"]) {
      const { id } = await addKey(gone);
      expect(await check(id)).toEqual({ status: 409, code: "billing_key_not_usable" });
    }
  });

  it("is refused while the connection is paused", async () => {
    const { connectionId, id } = await addKey("active");
    await world.engine.database.execute(
      `update gateway_connections set state = 'paused', paused_reason = 'why', paused_at = now()
       where id = $1`,
      [connectionId],
    );
    expect(await check(id)).toEqual({ status: 409, code: "connection_not_active" });
  });

  it("knows no key that is not there, or is another account's", async () => {
    const { id } = await addKey("active");
    const notFound = { status: 404, code: "not_found" };
    expect(await check(unknownId("bk"))).toEqual(notFound);
    expect(await check(id, world.otherShop)).toEqual(notFound);
  });
});
