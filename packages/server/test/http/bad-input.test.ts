import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createApiWorld,
  monthlyPlan,
  tossKeys,
  unknownId,
  type Answer,
  type ApiWorld,
} from "./api-world.ts";

let world: ApiWorld;
beforeAll(async () => {
  world = await createApiWorld();
});
afterAll(async () => {
  await world.stop();
});

/** Sends something wrong, and makes sure that no table has a row more than before. */
async function refused(request: () => Promise<Answer>) {
  const before = await world.rowCounts();
  const { body, headers, status } = await request();
  expect(await world.rowCounts()).toEqual(before);
  expect(headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  expect(body["status"]).toBe(status);
  return { status, code: body["code"], errors: body["errors"] };
}

const postPlan = (change: Record<string, unknown>) =>
  refused(() => world.shop.post("/v1/plans", { ...monthlyPlan, ...change }));

describe("an amount that cannot be charged", () => {
  it("is refused when it is zero", async () => {
    expect(await postPlan({ amount: 0 })).toEqual({
      status: 422,
      code: "amount_out_of_range",
      errors: [{ path: "amount", message: "must be at least 1" }],
    });
  });

  it("is refused when it is negative", async () => {
    const { code, status } = await postPlan({ amount: -9900 });
    expect({ code, status }).toEqual({ code: "amount_out_of_range", status: 422 });
  });

  it("is refused when it has a fraction", async () => {
    const message =
      "must be a whole number of the currency's smallest unit, at most 9007199254740991";
    expect(await postPlan({ amount: 99.5 })).toEqual({
      status: 422,
      code: "invalid_request",
      errors: [{ path: "amount", message }],
    });
  });

  it("is refused when JavaScript cannot hold it exactly", async () => {
    const { errors, status } = await postPlan({ amount: 2 ** 53 });
    expect({ errors, status }).toEqual({
      status: 422,
      errors: [
        {
          path: "amount",
          message:
            "must be a whole number of the currency's smallest unit, at most 9007199254740991",
        },
      ],
    });
  });

  it("is refused when it is text", async () => {
    expect((await postPlan({ amount: "9900" })).code).toBe("invalid_request");
  });
});

describe("a currency that nobody charges", () => {
  it("has an error of its own, which names those that are", async () => {
    expect(await postPlan({ currency: "EUR" })).toEqual({
      status: 422,
      code: "currency_not_supported",
      errors: [{ path: "currency", message: "must be one of KRW, JPY, TWD, THB, USD" }],
    });
  });
});

describe("a plan that cannot be billed", () => {
  it("is refused with an interval of zero months", async () => {
    expect(await postPlan({ intervalCount: 0 })).toEqual({
      status: 422,
      code: "invalid_request",
      errors: [{ path: "intervalCount", message: "must be at least 1" }],
    });
  });

  it("is refused with an interval longer than a hundred years", async () => {
    expect(await postPlan({ interval: "year", intervalCount: 101 })).toEqual({
      status: 422,
      code: "invalid_request",
      errors: [{ path: "intervalCount", message: "must be at most 100 with year" }],
    });
  });

  it("is refused with an interval that is no unit", async () => {
    expect((await postPlan({ interval: "fortnight" })).errors).toEqual([
      { path: "interval", message: "must be day, week, month or year" },
    ]);
  });

  it("is refused with a name of 101 characters, which no order can have", async () => {
    expect(await postPlan({ name: "가".repeat(101) })).toEqual({
      status: 422,
      code: "invalid_request",
      errors: [{ path: "name", message: "must have at most 100 characters" }],
    });
  });

  it("takes a name of 100 characters", async () => {
    const { status } = await world.shop.post("/v1/plans", {
      ...monthlyPlan,
      name: "가".repeat(100),
    });
    expect(status).toBe(201);
  });

  it("is refused with characters that a database or a bank would choke on", async () => {
    const message = "must not contain control characters or broken characters";
    expect((await postPlan({ name: "Milk\u0000" })).errors).toEqual([{ path: "name", message }]);
    expect((await postPlan({ name: "Milk\ud83e" })).errors).toEqual([{ path: "name", message }]);
  });
});

describe("fields that are not ours", () => {
  it("are refused by name, all of them", async () => {
    expect(await postPlan({ trialDay: 3, price: { amount: 1 } })).toEqual({
      status: 422,
      code: "invalid_request",
      errors: [
        { path: "trialDay", message: "is not a field of this request" },
        { path: "price", message: "is not a field of this request" },
      ],
    });
  });

  it("are refused in the query, too", async () => {
    const answer = await refused(() => world.shop.get("/v1/charges?state=captured"));
    expect(answer.errors).toEqual([{ path: "state", message: "is not a field of this request" }]);
  });
});

describe("a body that is no JSON object", () => {
  const send = (body: string, contentType: string) =>
    refused(() =>
      world.shop.send("POST", "/v1/plans", { body, headers: { "content-type": contentType } }),
    );

  it("is refused when it is cut off", async () => {
    const { code, status } = await send('{"name": "Milk', "application/json");
    expect({ code, status }).toEqual({ code: "malformed_json", status: 400 });
  });

  it("is refused when it is empty", async () => {
    const { code, status } = await send("", "application/json");
    expect({ code, status }).toEqual({ code: "malformed_json", status: 400 });
  });

  it("is refused when it is an array", async () => {
    const { code, status } = await send("[]", "application/json");
    expect({ code, status }).toEqual({ code: "invalid_request", status: 422 });
  });

  it("is refused when it is a form", async () => {
    const { code, status } = await send("name=Milk", "application/x-www-form-urlencoded");
    expect({ code, status }).toEqual({ code: "unsupported_media_type", status: 415 });
  });

  it("is refused when it is larger than 64 KiB", async () => {
    const body = JSON.stringify({ ...monthlyPlan, name: "a".repeat(64 * 1024) });
    const { code, status } = await send(body, "application/json");
    expect({ code, status }).toEqual({ code: "body_too_large", status: 413 });
  });

  it("is refused when it is large and does not say so", async () => {
    const chunk = new TextEncoder().encode("a".repeat(48 * 1024));
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(chunk);
        controller.enqueue(chunk);
        controller.close();
      },
    });
    const headers = { "content-type": "application/json" };
    const init = { body, duplex: "half", headers } as RequestInit;
    const { code, status } = await refused(() => world.shop.send("POST", "/v1/plans", init));
    expect({ code, status }).toEqual({ code: "body_too_large", status: 413 });
  });
});

describe("an address that is not there", () => {
  it("is not found", async () => {
    const { code, status } = await refused(() => world.shop.get("/v1/nonsense"));
    expect({ code, status }).toEqual({ code: "not_found", status: 404 });
  });

  it("names the methods that it does take", async () => {
    const answer = await world.shop.send("DELETE", "/v1/plans");
    expect(answer.body["code"]).toBe("method_not_allowed");
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, POST");
  });
});

describe("a customer", () => {
  it("is refused in a time zone that does not exist", async () => {
    const answer = await refused(() => world.shop.post("/v1/customers", { zone: "Asia/Soul" }));
    expect(answer).toEqual({
      status: 422,
      code: "invalid_request",
      errors: [{ path: "zone", message: "must be an IANA time zone, such as Asia/Seoul" }],
    });
  });

  it("is refused with an externalId that another one has", async () => {
    await world.shop.post("/v1/customers", { externalId: "user-1" });
    const answer = await refused(() => world.shop.post("/v1/customers", { externalId: "user-1" }));
    expect(answer).toEqual({ status: 409, code: "external_id_taken", errors: undefined });
  });

  it("may have the externalId of another account's customer", async () => {
    const { status } = await world.otherShop.post("/v1/customers", { externalId: "user-1" });
    expect(status).toBe(201);
  });

  it("cannot live on a test clock in a live account", async () => {
    const answer = await refused(() =>
      world.liveShop.post("/v1/customers", { testClockId: unknownId("clk") }),
    );
    expect(answer).toEqual({ status: 403, code: "wrong_mode", errors: undefined });
  });
});

describe("things of another account", () => {
  it("are not found, whatever is asked of them", async () => {
    const customer = await world.otherShop.post("/v1/customers", {});
    const plan = await world.otherShop.post("/v1/plans", monthlyPlan);
    const own = await world.shop.post("/v1/customers", {});
    const clock = await world.otherShop.post("/v1/test-clocks", {
      name: "theirs",
      now: "2026-01-31T00:00:00Z",
    });
    const ids = {
      customer: String(customer.body["id"]),
      plan: String(plan.body["id"]),
      clock: String(clock.body["id"]),
    };
    const { shop } = world;
    const requests = [
      () => shop.get(`/v1/customers/${ids.customer}`),
      () => shop.get(`/v1/plans/${ids.plan}`),
      () => shop.post(`/v1/plans/${ids.plan}/retire`),
      () => shop.post(`/v1/plans/${ids.plan}/prices`, { ...monthlyPlan, name: undefined }),
      () => shop.post("/v1/subscriptions", { customerId: ids.customer, planId: ids.plan }),
      () => shop.post("/v1/subscriptions", { customerId: own.body["id"], planId: ids.plan }),
      () => shop.post("/v1/customers", { testClockId: ids.clock }),
      () => shop.get(`/v1/test-clocks/${ids.clock}`),
      () => shop.post(`/v1/test-clocks/${ids.clock}/advance`, { to: "2027-01-01T00:00:00Z" }),
      () =>
        shop.post("/v1/registrations", {
          customerId: ids.customer,
          connectionId: unknownId("gwy"),
          method: "TRANSFER",
        }),
    ];
    for (const request of requests) {
      const { code, status } = await refused(request);
      expect({ code, status }).toEqual({ code: "not_found", status: 404 });
    }
  });
});

describe("ids that name nothing", () => {
  it("are not found in an address", async () => {
    const kinds = ["customers", "plans", "subscriptions", "invoices", "charges", "billing-keys"];
    for (const kind of [...kinds, "registrations", "gateway-connections", "test-clocks"]) {
      const { code, status } = await refused(() => world.shop.get(`/v1/${kind}/nonsense`));
      expect({ kind, code, status }).toEqual({ kind, code: "not_found", status: 404 });
    }
  });

  it("are not found when they hide characters that a database chokes on", async () => {
    const { code, status } = await refused(() => world.shop.get("/v1/customers/cus_%00"));
    expect({ code, status }).toEqual({ code: "not_found", status: 404 });
    const search = await refused(() => world.shop.get("/v1/customers?externalId=%00"));
    expect(search.code).toBe("invalid_request");
  });

  it("are refused in a body when they cannot be ids", async () => {
    const answer = await refused(() =>
      world.shop.post("/v1/subscriptions", { customerId: "1", planId: unknownId("plan") }),
    );
    expect(answer.errors).toEqual([
      {
        path: "customerId",
        message: "must be the id of a customer: cus_ and 26 lower-case characters",
      },
    ]);
  });
});

describe("a gateway connection", () => {
  it("is refused with keys of the other mode, and the message quotes no key", async () => {
    const { body, status } = await world.liveShop.post("/v1/gateway-connections", tossKeys);
    expect({ code: body["code"], status }).toEqual({ code: "connection_refused", status: 422 });
    expect(String(body["detail"])).not.toContain("AbCdEf");
    expect((await world.rowCounts())["gateway_connections"]).toBe(0);
  });

  it("is refused when the secret key stands where the client key belongs", async () => {
    const answer = await refused(() =>
      world.shop.post("/v1/gateway-connections", { ...tossKeys, clientKey: tossKeys.secretKey }),
    );
    expect(answer.code).toBe("connection_refused");
  });

  it("is refused at an unencrypted address that is not this machine", async () => {
    const answer = await refused(() =>
      world.shop.post("/v1/gateway-connections", {
        ...tossKeys,
        apiHost: "http://api.tosspayments.com",
      }),
    );
    expect(answer.code).toBe("connection_refused");
  });
});

describe("a subscription to a price that the method cannot pay", () => {
  it("is refused when the customer is sent to register the method", async () => {
    const { shop } = world;
    const connection = await shop.post("/v1/gateway-connections", tossKeys);
    const customer = await shop.post("/v1/customers", {});
    const plan = await shop.post("/v1/plans", { ...monthlyPlan, amount: 199 });
    const subscription = await shop.post("/v1/subscriptions", {
      customerId: customer.body["id"],
      planId: plan.body["id"],
    });
    const answer = await refused(() =>
      shop.post("/v1/registrations", {
        customerId: customer.body["id"],
        connectionId: connection.body["id"],
        subscriptionId: subscription.body["id"],
        method: "TRANSFER",
      }),
    );
    expect(answer.code).toBe("amount_out_of_range");
  });
});

describe("a test clock", () => {
  it("only goes forward", async () => {
    const { shop } = world;
    const { body } = await shop.post("/v1/test-clocks", { name: "c", now: "2026-01-31T00:00:00Z" });
    const answer = await refused(() =>
      shop.post(`/v1/test-clocks/${String(body["id"])}/advance`, { to: "2026-01-30T00:00:00Z" }),
    );
    expect(answer.code).toBe("test_clock_backwards");
  });

  it("does not exist in live accounts", async () => {
    const answer = await refused(() =>
      world.liveShop.post("/v1/test-clocks", { name: "c", now: "2026-01-31T00:00:00Z" }),
    );
    expect(answer.code).toBe("wrong_mode");
  });

  it("needs an instant that clocks can show", async () => {
    for (const now of ["0000-01-01T00:00:00Z", "2026-01-31T00:00:00.1234567891Z"]) {
      const answer = await refused(() => world.shop.post("/v1/test-clocks", { name: "c", now }));
      expect({ now, code: answer.code }).toEqual({ now, code: "invalid_request" });
    }
  });

  it("needs an instant, not a date", async () => {
    const answer = await refused(() =>
      world.shop.post("/v1/test-clocks", { name: "c", now: "2026-01-31" }),
    );
    const message = "must be an ISO-8601 instant, such as 2026-03-01T00:00:00Z";
    expect(answer.errors).toEqual([{ path: "now", message }]);
  });
});
