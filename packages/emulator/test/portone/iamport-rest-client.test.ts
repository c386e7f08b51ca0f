/**
 * The npm package `iamport-rest-client-nodejs`, as it is published. By itself it goes to
 * `https://api.iamport.kr`; over a proxy its HTTP library sends that address in the open, so the
 * emulator can stand where the proxy would. Its `baseUrl` leads there too.
 */
import { Enum, Iamport, Request } from "iamport-rest-client-nodejs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { setProxy } from "../support/proxy-variables.ts";
import type { Json, World } from "../support/world.ts";
import { duplicate, key, startPortOne, type PortOneMerchant } from "./merchant.ts";

const { Customers, Payments, Subscribe } = Request;
const { SortingEnum, StatusEnum, ScheduledStatusEnum } = Enum;

let world: World;
let portOne: PortOneMerchant;
let restoreProxy: () => void;
let client: Iamport;

beforeAll(async () => {
  ({ world, portOne } = await startPortOne());
  restoreProxy = setProxy(world.ready.portone.url);
});
afterAll(async () => {
  restoreProxy();
  await world.stop();
});
beforeEach(async () => {
  await world.control("POST", "/reset");
  await portOne.register();
  client = createClient();
});

function createClient(change: { apiSecret?: string; baseUrl?: string } = {}): Iamport {
  const { apiKey, apiSecret } = world.ready.portone;
  return new Iamport({ apiKey, apiSecret, ...change });
}

interface Sendable {
  request(iamport: Iamport): Promise<unknown>;
}

/** What stands in `response`, made an object of the package's own. */
async function answered(request: Sendable, iamport = client): Promise<Json> {
  const { data } = (await request.request(iamport)) as Json;
  return data.response;
}

/** HTTP status where the package tells it, and the envelope's code and message. */
async function refusal(request: Sendable, iamport = client): Promise<unknown[]> {
  const { response } = await request.request(iamport).then(
    () => expect.unreachable("It was not refused."),
    (error: Json) => error,
  );
  return [response.status, response.data.code, response.data.message];
}

const order = { customer_uid: key, merchant_uid: "order-1", amount: 3000, name: "구독" };
const noPaymentFound = [404, -1, "존재하지 않는 결제정보입니다."];
/** The package's types want every member that there is; its code sends what it is given. */
const cancelOf = (members: object) => Payments.cancel(members as never);

describe("iamport-rest-client-nodejs 0.9.12, unchanged, charges a billing key", () => {
  it.each([
    ["at its own host", () => undefined],
    ["at its baseUrl", () => world.ready.portone.url],
  ])("once, %s", async (_, baseUrl) => {
    const url = baseUrl();
    const own = url === undefined ? client : createClient({ baseUrl: url });
    const payment = await answered(Subscribe.again(order), own);
    expect([payment.status, payment.amount, payment.customer_uid]).toEqual(["paid", 3000, key]);
    expect([payment.paid_at instanceof Date, payment.failed_at]).toEqual([true, 0]);
    expect(await world.ledgerOf("order-1")).toEqual([["payment", 3000]]);
  });

  it("and is told of a decline as a payment that failed, under code 0", async () => {
    await portOne.change({ declineCode: "OVER_LIMIT" });
    const { status, fail_reason: failReason } = await answered(Subscribe.again(order));
    expect([status, typeof failReason]).toEqual(["failed", "string"]);
    expect(await world.ledgerOf("order-1")).toEqual([]);
  });

  it("not under a merchant_uid that was used, nor without a key", async () => {
    await answered(Subscribe.again(order));
    expect(await refusal(Subscribe.again(order))).toEqual([undefined, 1, duplicate]);
    const unknown = { ...order, merchant_uid: "order-2", customer_uid: "nobody" };
    const words = "등록되지 않은 구매자입니다.";
    expect(await refusal(Subscribe.again(unknown))).toEqual([undefined, 1, words]);
    expect(await world.ledgerOf("order-1")).toEqual([["payment", 3000]]);
  });

  it("not with a wrong secret", async () => {
    const stranger = createClient({ apiSecret: "0".repeat(80) });
    expect((await refusal(Subscribe.again(order), stranger)).slice(0, 2)).toEqual([401, -1]);
  });
});

describe("iamport-rest-client-nodejs 0.9.12, unchanged, looks payments up", () => {
  const wish = { sorting: SortingEnum.STARTED_DESC, status: StatusEnum.PAID };

  it("by merchant_uid, one and all of them", async () => {
    const paid = await answered(Subscribe.again(order));
    const one = Payments.getByMerchantUid({ merchant_uid: "order-1", ...wish });
    expect(await answered(one)).toEqual(paid);
    const all = Payments.getByMerchantUids({ merchant_uid: "order-1", ...wish, page: 1 });
    expect(await answered(all)).toEqual({ total: 1, previous: 0, next: 0, list: [paid] });
  });

  it("by imp_uid; of a test channel only where it is asked for several", async () => {
    const paid = await answered(Subscribe.again(order));
    const { imp_uid } = paid;
    expect(await refusal(Payments.getByImpUid({ imp_uid }))).toEqual(noPaymentFound);
    expect(await answered(Payments.getByImpUids({ imp_uid: [imp_uid] }))).toEqual([paid]);
  });

  it("by the key that was charged", async () => {
    const paid = await answered(Subscribe.again(order));
    const { list } = await answered(Customers.getPayments({ customer_uid: key, page: 1 }));
    expect(list[0]).toEqual(paid);
  });

  it("of which some are missing, and says which", async () => {
    const { imp_uid } = await answered(Subscribe.again(order));
    const request = Payments.getByImpUids({ imp_uid: [imp_uid, "imp_0"] });
    const { status, data } = (await request.request(client)) as Json;
    expect([status, data.response.length, data.failed]).toEqual([207, 1, ["imp_0"]]);
  });
});

describe("iamport-rest-client-nodejs 0.9.12, unchanged, gives money back", () => {
  it("in part with a checksum, which keeps a repetition from happening", async () => {
    const { imp_uid } = await answered(Subscribe.again(order));
    const cancel = { imp_uid, amount: 1000, checksum: 3000, reason: "고객 요청" };
    expect((await answered(cancelOf(cancel))).cancel_amount).toBe(1000);
    expect((await refusal(cancelOf(cancel))).slice(0, 2)).toEqual([undefined, 1]);
    await answered(cancelOf({ imp_uid, checksum: 2000 }));
    expect(await world.ledgerOf("order-1")).toEqual([
      ["payment", 3000],
      ["refund", 1000],
      ["refund", 2000],
    ]);
  });
});

describe("iamport-rest-client-nodejs 0.9.12, unchanged, with a key", () => {
  it("looks it up, alone and among others, and deletes it", async () => {
    const customer = await answered(Customers.getBillingKey({ customer_uid: key }));
    expect([customer.customer_uid, customer.inserted instanceof Date]).toEqual([key, true]);
    const several = Customers.getBillingKeys({ customer_uid: [key, "nobody"] });
    expect(await answered(several)).toEqual([customer]);
    const gone = Customers.deleteBillingKey({ customer_uid: key });
    expect(await answered(gone)).toEqual(customer);
    expect((await refusal(Customers.getBillingKey({ customer_uid: key })))[0]).toBe(404);
  });

  it("schedules charges, lists them in pages, and revokes them", async () => {
    const { now } = (await portOne.token()).response;
    const item = { merchant_uid: "s-1", schedule_at: now + 3600, amount: 5000, name: "정기결제" };
    const schedules = [item, { ...item, merchant_uid: "s-2", schedule_at: now + 7200 }];
    const [first, second] = await answered(Subscribe.schedule({ customer_uid: key, schedules }));
    expect(await answered(Subscribe.getScheduled({ merchant_uid: "s-1" }))).toEqual(first);

    const span = { customer_uid: key, from: now, to: now + 86_400 };
    const status = { "schedule-status": ScheduledStatusEnum.SCHEDULED };
    const page = { total: 2, previous: 0, next: 0, list: [second, first] };
    expect(await answered(Customers.getScheduleds({ ...span, ...status }))).toEqual(page);
    expect(await answered(Subscribe.getScheduleds({ ...span, ...status }))).toEqual(page);

    const revoke = Subscribe.unschedule({ customer_uid: key, merchant_uid: "s-2" });
    expect((await answered(revoke))[0].schedule_status).toBe("revoked");
    expect((await refusal(revoke)).slice(0, 2)).toEqual([undefined, 1]);
    await portOne.advance("PT3H");
    expect(await world.ledgerOf("s-1")).toEqual([["payment", 5000]]);
    expect(await world.ledgerOf("s-2")).toEqual([]);
  });
});
