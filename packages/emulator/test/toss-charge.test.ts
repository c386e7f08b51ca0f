import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { refusalOf, startWorld, type World } from "./support/world.ts";

const running = startWorld();
let world: World;
beforeEach(async () => {
  world = await running;
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const koreanSecond = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$/;

describe("charging an account", () => {
  it("answers with every member of the Payment object, null where it does not apply", async () => {
    const mandate = await world.register();
    const { status, body } = await world.charge(mandate, { orderId: "order-0001", amount: 4900 });
    expect([status, body]).toEqual([
      200,
      {
        version: "2022-11-16",
        paymentKey: expect.stringMatching(/^tviva\d{14}/),
        type: "BILLING",
        orderId: "order-0001",
        orderName: "매달 구독",
        mId: "maedal_emul",
        currency: "KRW",
        method: "계좌이체",
        totalAmount: 4900,
        balanceAmount: 4900,
        status: "DONE",
        requestedAt: expect.stringMatching(koreanSecond),
        approvedAt: expect.stringMatching(koreanSecond),
        useEscrow: false,
        lastTransactionKey: expect.stringMatching(/^txrd_/),
        suppliedAmount: 4455,
        vat: 445,
        cultureExpense: false,
        taxFreeAmount: 0,
        taxExemptionAmount: 0,
        cancels: null,
        isPartialCancelable: true,
        card: null,
        transfer: { bankCode: "92", settlementStatus: "INCOMPLETED" },
        virtualAccount: null,
        mobilePhone: null,
        giftCertificate: null,
        easyPay: null,
        foreignEasyPay: null,
        cashReceipt: null,
        cashReceipts: null,
        discount: null,
        secret: expect.stringMatching(/^ps_/),
        receipt: { url: expect.any(String) },
        checkout: { url: expect.stringContaining("/checkout") },
        country: "KR",
        failure: null,
        metadata: null,
      },
    ]);
  });

  it("moves the money once, which the ledger shows and the balance feels", async () => {
    const mandate = await world.register();
    const { body } = await world.charge(mandate, { orderId: "order-0001", amount: 4900 });
    const entry = { provider: "toss", kind: "payment", orderId: "order-0001", amount: 4900 };
    expect(await world.control("GET", `/ledger?key=${mandate.billingKey}`)).toEqual([
      {
        sequence: 1,
        ...entry,
        currency: "KRW",
        key: mandate.billingKey,
        paymentId: body.paymentKey,
        at: expect.stringMatching(/Z$/),
      },
    ]);
    const { accounts } = await world.control("GET", "/accounts");
    const account = accounts.find(({ id }: { id: string }) => id === mandate.accountId);
    expect(account.balance).toBe(1_000_000_000_000 - 4900);
  });

  it("takes the raw or the percent-encoded key in the path", async () => {
    const { billingKey, customerKey } = await world.register();
    const body = { customerKey, amount: 4900, orderName: "매달 구독" };
    const raw = await world.toss("POST", `/v1/billing/${billingKey}`, {
      ...body,
      orderId: "order-0001",
    });
    const encoded = await world.toss("POST", `/v1/billing/${encodeURIComponent(billingKey)}`, {
      ...body,
      orderId: "order-0002",
    });
    expect([raw.status, encoded.status]).toEqual([200, 200]);
  });
});

describe("charging a card", () => {
  it("answers with the card, and no transfer", async () => {
    const mandate = await world.register({ method: "CARD" });
    const { body } = await world.charge(mandate, { amount: 4900 });
    expect([body.method, body.transfer, body.card]).toEqual([
      "카드",
      null,
      {
        amount: 4900,
        issuerCode: "21",
        acquirerCode: "21",
        number: expect.stringMatching(/^941000\d{2}\*{4}\d{3}\*$/),
        installmentPlanMonths: 0,
        approveNo: expect.stringMatching(/^\d{8}$/),
        useCardPoint: false,
        cardType: "체크",
        ownerType: "개인",
        acquireStatus: "READY",
        isInterestFree: false,
        interestPayer: null,
      },
    ]);
  });

  it.each(["4330121234567890", "5520221234567890"])(
    "issues for %s with an unknown type, and then refuses to charge it",
    async (number) => {
      const { id } = await world.control("POST", "/accounts", { kind: "card", number });
      const mandate = await world.register({ method: "CARD", cardId: id });
      const answer = await world.charge(mandate, {});
      expect(refusalOf(answer)).toEqual([400, "NOT_SUPPORTED_CARD_TYPE"]);
    },
  );

  it("pays with a BC card", async () => {
    const number = "4906251234567890";
    const { id } = await world.control("POST", "/accounts", { kind: "card", number });
    const { body } = await world.charge(await world.register({ method: "CARD", cardId: id }), {});
    expect(body.card.issuerCode).toBe("31");
  });

  it.each([
    [{ balance: 4899 }, 403, "REJECT_CARD_PAYMENT"],
    [{ state: "stopped" }, 400, "INVALID_STOPPED_CARD"],
    [{ state: "lost" }, 400, "INVALID_CARD_LOST_OR_STOLEN"],
  ])("is declined when the card has %j", async (change, status, code) => {
    const mandate = await world.register({ method: "CARD" });
    const { cardId } = mandate;
    await world.control("POST", "/accounts", { kind: "change", id: cardId, ...change });
    const answer = await world.charge(mandate, { orderId: "order-0001", amount: 4900 });
    expect(refusalOf(answer)).toEqual([status, code]);
    expect(await world.ledgerOf("order-0001")).toEqual([]);
  });

  it("is declined once the card has expired", async () => {
    const card = { kind: "card", number: "9410001234567890", expiryYear: "30" };
    const { id } = await world.control("POST", "/accounts", { ...card, expiryMonth: "01" });
    const mandate = await world.register({ method: "CARD", cardId: id });
    const { now } = await world.control("GET", "/clock");
    await world.control("POST", "/clock", { to: laterOf(now, "2030-02-01T00:00:00+09:00") });
    const answer = await world.charge(mandate, {});
    expect(refusalOf(answer)).toEqual([400, "INVALID_CARD_EXPIRATION"]);
  });
});

const laterOf = (one: string, other: string) => (Date.parse(one) > Date.parse(other) ? one : other);

describe("an account that cannot pay", () => {
  it.each([
    [{ balance: 4899 }, 403, "REJECT_ACCOUNT_PAYMENT"],
    [{ state: "closed" }, 400, "ALREADY_CLOSE_ACCOUNT"],
    [{ state: "on_hold" }, 400, "USER_ACCOUNT_ON_HOLD"],
  ])("with %j declines, and no money moves", async (change, status, code) => {
    const mandate = await world.register();
    const { billingKey } = mandate;
    await world.control("POST", "/accounts", { kind: "change", billingKey, ...change });
    const answer = await world.charge(mandate, { orderId: "order-0001", amount: 4900 });
    expect(refusalOf(answer)).toEqual([status, code]);
    expect(await world.ledgerOf("order-0001")).toEqual([]);
  });

  it("pays to the last won", async () => {
    const mandate = await world.register();
    await world.control("POST", "/accounts", {
      kind: "change",
      customerKey: mandate.customerKey,
      balance: 4900,
    });
    expect((await world.charge(mandate, { amount: 4900 })).status).toBe(200);
  });
});

describe("the members of a charge", () => {
  it.each([
    [{ customerKey: undefined }, "INVALID_REQUIRED_PARAM"],
    [{ customerKey: "customer-2" }, "NOT_MATCHES_CUSTOMER_KEY"],
    [{ amount: undefined }, "INVALID_REQUIRED_PARAM"],
    [{ amount: "4900" }, "INVALID_REQUEST"],
    [{ amount: 4900.5 }, "INVALID_REQUEST"],
    [{ amount: -1 }, "BELOW_ZERO_AMOUNT"],
    [{ amount: 199 }, "BELOW_MINIMUM_AMOUNT"],
    [{ amount: 10_000_001 }, "EXCEEDS_TRANSFER_AMOUNT_MAXIMUM"],
    [{ orderId: undefined }, "INVALID_REQUIRED_PARAM"],
    [{ orderId: "short" }, "INVALID_ORDER_ID"],
    [{ orderId: "o".repeat(65) }, "INVALID_ORDER_ID"],
    [{ orderId: "order=0001" }, "INVALID_ORDER_ID"],
    [{ orderName: "" }, "INVALID_ORDER_NAME"],
    [{ orderName: "매".repeat(101) }, "INVALID_ORDER_NAME"],
    [{ customerEmail: "nobody" }, "INVALID_EMAIL"],
    [{ cardInstallmentPlan: 13 }, "INVALID_CARD_INSTALLMENT_PLAN"],
    [{ cardInstallmentPlan: 2 }, "NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT"],
  ])("are refused as %j", async (wrong, code) => {
    const mandate = await world.register();
    expect(refusalOf(await world.charge(mandate, wrong as object))).toEqual([400, code]);
    expect(await world.control("GET", "/ledger")).toEqual([]);
  });

  it("allow 100 KRW by card, 200 and 10,000,000 KRW by account, and any unknown member", async () => {
    const card = await world.register({ method: "CARD" });
    const account = await world.register({ customerKey: "customer-2" });
    const answers = [
      await world.charge(card, { orderId: "order-0001", amount: 100 }),
      await world.charge(card, { orderId: "order-0002", amount: 99 }),
      await world.charge(account, { orderId: "order-0003", amount: 200 }),
      await world.charge(account, { orderId: "order-0004", amount: 10_000_000, productCode: "x" }),
    ];
    expect(answers.map(refusalOf)).toEqual([
      [200, undefined],
      [400, "BELOW_MINIMUM_AMOUNT"],
      [200, undefined],
      [200, undefined],
    ]);
  });

  it("count taxFreeAmount only for a merchant who sells tax-free", async () => {
    const mandate = await world.register();
    const taxed = await world.charge(mandate, { orderId: "order-0001", taxFreeAmount: 1050 });
    await world.control("POST", "/settings", { sellsTaxFree: true });
    const free = await world.charge(mandate, { orderId: "order-0002", taxFreeAmount: 1050 });
    const parts = ({ body }: { body: Record<string, number> }) => [
      body["suppliedAmount"],
      body["vat"],
      body["taxFreeAmount"],
    ];
    expect([taxed, free].map(parts)).toEqual([
      [4455, 445, 0],
      [3500, 350, 1050],
    ]);
  });
});

describe("a key that is not to be charged", () => {
  it("is INVALID_BILL_KEY_REQUEST when nobody issued it, or another merchant did", async () => {
    const mandate = await world.register();
    const { secretKey } = await world.control("POST", "/credentials", {});
    const answers = [
      await world.charge({ billingKey: "nobody=", customerKey: "customer-1" }, {}),
      await world.charge(mandate, {}, { secretKey }),
    ];
    expect(answers.map(refusalOf)).toEqual(answers.map(() => [400, "INVALID_BILL_KEY_REQUEST"]));
  });

  it("is ALREADY_REMOVED_BILLING_KEY after it was deleted", async () => {
    const mandate = await world.register();
    const path = `/v1/billing/${encodeURIComponent(mandate.billingKey)}`;
    const deleted = await world.toss("DELETE", path);
    expect([deleted.status, deleted.text]).toEqual([200, ""]);
    const answer = await world.charge(mandate, {});
    expect(refusalOf(answer)).toEqual([400, "ALREADY_REMOVED_BILLING_KEY"]);
  });

  it("is ALREADY_REMOVED_BILLING_KEY after its member left quick transfer", async () => {
    const mandate = await world.register();
    const left = await world.control("POST", "/toss/withdrawals", {
      billingKey: mandate.billingKey,
    });
    expect(left).toEqual({ billingKeys: [mandate.billingKey] });
    const answer = await world.charge(mandate, {});
    expect(refusalOf(answer)).toEqual([400, "ALREADY_REMOVED_BILLING_KEY"]);
  });
});

describe("an order id", () => {
  it("pays once, also after a refund", async () => {
    const mandate = await world.register();
    const paid = await world.charge(mandate, { orderId: "order-0001" });
    const again = await world.charge(mandate, { orderId: "order-0001" });
    await world.toss("POST", `/v1/payments/${paid.body.paymentKey}/cancel`, {
      cancelReason: "변심",
    });
    const afterRefund = await world.charge(mandate, { orderId: "order-0001" });
    expect([again, afterRefund].map(refusalOf)).toEqual([
      [400, "DUPLICATED_ORDER_ID"],
      [400, "DUPLICATED_ORDER_ID"],
    ]);
    expect(await world.ledgerOf("order-0001")).toEqual([
      ["payment", 4900],
      ["refund", 4900],
    ]);
  });

  it("pays once when fifty requests arrive together", async () => {
    const mandate = await world.register();
    const many = Array.from({ length: 50 }, () => world.charge(mandate, { orderId: "order-0001" }));
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toEqual([200]);
    expect(await world.ledgerOf("order-0001")).toEqual([["payment", 4900]]);
  });

  it("of one merchant is free for another", async () => {
    const credentials = await world.control("POST", "/credentials", {});
    const { secretKey, clientKey } = credentials;
    const ours = await world.charge(await world.register(), { orderId: "order-0001" });
    const auth = { customerKey: "customer-1", clientKey };
    const { authKey } = await world.control("POST", "/toss/billing-auths", auth);
    const body = { authKey, customerKey: "customer-1" };
    const path = "/v1/billing/authorizations/issue";
    const issued = await world.toss("POST", path, body, { secretKey });
    const theirs = await world.charge(issued.body, { orderId: "order-0001" }, { secretKey });
    expect([ours.status, theirs.status]).toEqual([200, 200]);
  });

  it("is not used up by a request that was wrong", async () => {
    const mandate = await world.register();
    await world.charge(mandate, { orderId: "order-0001", amount: 1 });
    expect((await world.charge(mandate, { orderId: "order-0001" })).status).toBe(200);
  });
});
