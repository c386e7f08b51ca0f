import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { refusalOf, startWorld, type World } from "./support/world.ts";

const issuePath = "/v1/billing/authorizations/issue";
const cardPath = "/v1/billing/authorizations/card";

const running = startWorld();
let world: World;
beforeEach(async () => {
  world = await running;
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const approve = (order: object) => world.control("POST", "/toss/billing-auths", order);
const issue = (authKey: string, customerKey = "customer-1") =>
  world.toss("POST", issuePath, { authKey, customerKey });

describe("issuing a key for an account", () => {
  it("answers with the Billing object of the reference, and moves no money", async () => {
    const { accounts } = await world.control("GET", "/accounts");
    const { authKey } = await approve({ customerKey: "customer-1", accountId: accounts[0].id });
    const { status, body } = await issue(authKey);
    expect([status, body]).toEqual([
      200,
      {
        mId: "maedal_emul",
        customerKey: "customer-1",
        authenticatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$/),
        method: "계좌이체",
        billingKey: expect.stringMatching(/^[A-Za-z0-9_-]{43}=$/),
        card: null,
        easyPay: null,
        transfers: [{ bankName: "토스뱅크", bankAccountNumber: "1000****1234" }],
      },
    ]);
    expect(await world.control("GET", "/ledger")).toEqual([]);
  });
});

describe("issuing a key for a card", () => {
  it("answers with the masked card", async () => {
    const card = await world.control("POST", "/accounts", {
      kind: "card",
      number: "9410001234567890",
    });
    const { authKey } = await approve({
      customerKey: "customer-1",
      method: "CARD",
      cardId: card.id,
    });
    const { body } = await issue(authKey);
    expect(body.card).toEqual({
      issuerCode: "21",
      acquirerCode: "21",
      number: "94100012****789*",
      cardType: "체크",
      ownerType: "개인",
    });
    expect([body.method, body.transfers, body.cardNumber]).toEqual([
      "카드",
      null,
      "94100012****789*",
    ]);
  });

  it("has no cardCompany and cardNumber from version 2024-06-01 on", async () => {
    await world.control("POST", "/settings", { apiVersion: "2024-06-01" });
    const { authKey } = await approve({ customerKey: "customer-1", method: "CARD" });
    const { body } = await issue(authKey);
    expect(Object.keys(body)).toEqual([
      "mId",
      "customerKey",
      "authenticatedAt",
      "method",
      "billingKey",
      "card",
      "easyPay",
      "transfers",
    ]);
  });
});

describe("an authKey", () => {
  it("works once", async () => {
    const { authKey } = await approve({ customerKey: "customer-1" });
    const answers = [await issue(authKey), await issue(authKey)];
    expect(answers.map(refusalOf)).toEqual([
      [200, undefined],
      [404, "NOT_FOUND_BILLING"],
    ]);
  });

  it("that nobody made is NOT_FOUND_BILLING", async () => {
    expect(refusalOf(await issue("bogus"))).toEqual([404, "NOT_FOUND_BILLING"]);
  });

  it("works for its own customerKey only, and is not spent by the wrong one", async () => {
    const { authKey } = await approve({ customerKey: "customer-1" });
    const wrong = await issue(authKey, "customer-2");
    expect(refusalOf(wrong)).toEqual([400, "NOT_MATCHES_CUSTOMER_KEY"]);
    expect((await issue(authKey)).status).toBe(200);
  });

  it("of another merchant's window is INVALID_API_KEY", async () => {
    const { authKey } = await approve({ customerKey: "customer-1" });
    const { secretKey } = await world.control("POST", "/credentials", {});
    const body = { authKey, customerKey: "customer-1" };
    const answer = await world.toss("POST", issuePath, body, { secretKey });
    expect(refusalOf(answer)).toEqual([400, "INVALID_API_KEY"]);
  });

  it("dies of age, on the emulator's clock", async () => {
    const { authKey } = await approve({ customerKey: "customer-1" });
    await world.control("POST", "/clock", { by: "PT11M" });
    expect(refusalOf(await issue(authKey))).toEqual([404, "NOT_FOUND_BILLING"]);
  });

  it("is worth nothing once its member has left quick transfer", async () => {
    await world.control("POST", "/accounts", {
      kind: "member",
      name: "이달",
      phone: "01099998888",
    });
    const account = { kind: "account", bankCode: "88", number: "110999888777" };
    const { id } = await world.control("POST", "/accounts", { ...account, phone: "01099998888" });
    const { authKey } = await approve({ customerKey: "customer-1", accountId: id });
    await world.control("POST", "/toss/withdrawals", { phone: "01099998888" });
    expect(refusalOf(await issue(authKey))).toEqual([400, "INVALID_BILLING_AUTH"]);
  });
});

describe("an issue request", () => {
  it("needs both members", async () => {
    const missing = [
      await world.toss("POST", issuePath, { customerKey: "customer-1" }),
      await world.toss("POST", issuePath, { authKey: "a" }),
    ];
    expect(missing.map(refusalOf)).toEqual(missing.map(() => [400, "INVALID_REQUIRED_PARAM"]));
  });

  it("breaks the provider's database with a customerKey of 301 characters", async () => {
    const answers = [await issue("bogus", "c".repeat(300)), await issue("bogus", "c".repeat(301))];
    expect(answers.map(refusalOf)).toEqual([
      [404, "NOT_FOUND_BILLING"],
      [500, "FAILED_DB_PROCESSING"],
    ]);
  });
});

describe("issuing with card data", () => {
  const card = {
    customerKey: "customer-1",
    cardNumber: "9410001234567890",
    cardExpirationYear: "99",
    cardExpirationMonth: "12",
    customerIdentityNumber: "900101",
  };

  it("issues, also without the password, a key that pays", async () => {
    const { body } = await world.toss("POST", cardPath, card);
    const charged = await world.charge(body, { amount: 4900 });
    expect([charged.status, charged.body.method]).toEqual([200, "카드"]);
  });

  it.each([
    [{ cardNumber: "941000" }, "INVALID_CARD_NUMBER"],
    [{ cardExpirationMonth: "13" }, "INVALID_CARD_EXPIRATION"],
    [{ cardExpirationYear: "20" }, "INVALID_CARD_EXPIRATION"],
    [{ customerIdentityNumber: "1990" }, "INVALID_BIRTH_DAY_FORMAT"],
    [{ cardPassword: "x" }, "INVALID_CARD_PASSWORD"],
  ])("refuses %j", async (wrong, code) => {
    const answer = await world.toss("POST", cardPath, { ...card, ...wrong });
    expect(refusalOf(answer)).toEqual([400, code]);
  });

  it("refuses a card that was reported lost or stopped", async () => {
    const number = card.cardNumber;
    await world.control("POST", "/accounts", { kind: "card", number, state: "lost" });
    const answer = await world.toss("POST", cardPath, card);
    expect(refusalOf(answer)).toEqual([400, "INVALID_CARD_LOST_OR_STOLEN"]);
  });
});

describe("a window for a registration", () => {
  it("does not open for an unknown client key, a widget key, or a customerKey the SDK refuses", async () => {
    const opened = [
      approve({ customerKey: "customer-1", clientKey: "test_ck_unknown" }),
      approve({
        customerKey: "customer-1",
        clientKey: "test_gck_MaedalEmulatorWidget0000001",
      }),
      approve({ customerKey: "with space" }),
    ];
    const results = await Promise.allSettled(opened);
    const reasons = results.map((result) => result.status === "rejected" && result.reason.message);
    expect(reasons).toEqual([
      expect.stringContaining("INVALID_CLIENT_KEY"),
      expect.stringContaining("NOT_SUPPORTED_WIDGET_KEY"),
      expect.stringContaining("INVALID_CUSTOMER_KEY"),
    ]);
  });
});
