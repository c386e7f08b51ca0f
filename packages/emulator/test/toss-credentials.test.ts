import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { basic, refusalOf, startWorld, type World } from "./support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const look = "/v1/payments/orders/order-0001";
const ask = (authorization: string) =>
  world.toss("GET", look, undefined, { secretKey: null, headers: { authorization } });

describe("a call to Toss Payments", () => {
  it("is let in with the secret key and a colon as base64, as the guide's curl sends it", async () => {
    const answer = await ask(basic(`${world.ready.toss.secretKey}:`));
    expect(refusalOf(answer)).toEqual([404, "NOT_FOUND_PAYMENT"]);
  });

  it("is told when the colon was forgotten", async () => {
    const answer = await ask(basic(world.ready.toss.secretKey));
    expect(refusalOf(answer)).toEqual([403, "INCORRECT_BASIC_AUTH_FORMAT"]);
  });

  it("is told when the header is no Basic one", async () => {
    const answer = await ask(`Bearer ${world.ready.toss.secretKey}`);
    expect(refusalOf(answer)).toEqual([403, "INCORRECT_BASIC_AUTH_FORMAT"]);
  });

  it("is refused with an unknown key, a byte order mark, a password, or the client key", async () => {
    const { secretKey, clientKey } = world.ready.toss;
    const users = [
      "test_sk_unknown:",
      `\uFEFF${secretKey}:`,
      `${secretKey}:secret`,
      `${clientKey}:`,
    ];
    const answers = await Promise.all(users.map((user) => ask(basic(user))));
    expect(answers.map(refusalOf)).toEqual(users.map(() => [401, "UNAUTHORIZED_KEY"]));
  });

  it("is refused without any credentials", async () => {
    const answer = await world.toss("GET", look, undefined, { secretKey: null });
    expect(refusalOf(answer)).toEqual([401, "UNAUTHORIZED_KEY"]);
  });

  it("answers errors as code and message, with a trace id", async () => {
    const answer = await world.toss("GET", look);
    expect(answer.body).toEqual({ code: "NOT_FOUND_PAYMENT", message: "결제를 찾지 못했어요." });
    expect(answer.headers.get("x-tosspayments-trace-id")).toMatch(/^[0-9A-F]{32}$/);
  });

  it("to an address or verb that does not exist is NOT_FOUND_HTTP_METHOD", async () => {
    const wrong = [
      await world.toss("GET", "/v1/billing/some-key"),
      await world.toss("POST", "/v1/billing-key/remove", {}),
      await world.toss("DELETE", "/v1/payments/some-key"),
    ];
    expect(wrong.map(refusalOf)).toEqual(wrong.map(() => [404, "NOT_FOUND_HTTP_METHOD"]));
  });

  it("with a body that is no JSON, says so in JSON", async () => {
    const answer = await world.toss("POST", "/v1/billing/some-key", '{"amount": 49');
    expect(answer).toMatchObject({
      status: 400,
      body: { code: "INVALID_REQUEST", message: "요청이 잘못됐어요. (JSON)" },
    });
  });

  it("with a body of another type is refused", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await world.toss("POST", "/v1/billing/some-key", "amount=1", { headers });
    expect(refusalOf(answer)).toEqual([400, "INVALID_REQUEST"]);
  });

  it("with a body over a mebibyte is refused", async () => {
    const body = { orderName: "x".repeat(1024 * 1024) };
    const answer = await world.toss("POST", "/v1/billing/some-key", body);
    expect(refusalOf(answer)).toEqual([400, "INVALID_REQUEST"]);
  });
});

describe("a merchant without a billing contract", () => {
  it("gets NOT_SUPPORTED_METHOD from every billing call, and can look payments up", async () => {
    const { secretKey } = await world.control("POST", "/credentials", { billingContract: false });
    const body = { authKey: "a", customerKey: "customer-1" };
    const issue = "/v1/billing/authorizations/issue";
    const refused = [
      await world.toss("POST", issue, body, { secretKey }),
      await world.toss("POST", "/v1/billing/authorizations/card", body, { secretKey }),
      await world.toss("POST", "/v1/billing/some-key", body, { secretKey }),
      await world.toss("DELETE", "/v1/billing/some-key", undefined, { secretKey }),
    ];
    expect(refused.map(refusalOf)).toEqual(refused.map(() => [400, "NOT_SUPPORTED_METHOD"]));
    const found = await world.toss("GET", look, undefined, { secretKey });
    expect(refusalOf(found)).toEqual([404, "NOT_FOUND_PAYMENT"]);
  });

  it("can be given one", async () => {
    const { secretKey, merchantId } = await world.control("POST", "/credentials", {
      billingContract: false,
    });
    await world.control("POST", "/settings", { merchantId, billingContract: true });
    const answer = await world.toss("DELETE", "/v1/billing/some-key", undefined, { secretKey });
    expect(refusalOf(answer)).toEqual([404, "NOT_FOUND_BILLING"]);
  });
});

describe("a widget secret key", () => {
  it("cannot do billing", async () => {
    const secretKey = "test_gsk_MaedalEmulatorWidget0000001";
    const answer = await world.toss("DELETE", "/v1/billing/some-key", undefined, { secretKey });
    expect(refusalOf(answer)).toEqual([400, "NOT_SUPPORTED_METHOD"]);
  });
});
