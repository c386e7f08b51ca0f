import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { linePayMerchants, startEmulator } from "../src/index.ts";
import { codeOf, order, startLinePay, type LinePayMerchant } from "./support/line-pay.ts";
import type { Json, World } from "./support/world.ts";

const running = startLinePay();
let world: World;
let linePay: LinePayMerchant;
beforeEach(async () => {
  ({ world, linePay } = await running);
  await world.control("POST", "/reset");
});
afterAll(() => world.stop());

const provider = "line_pay";

async function refused(path: string, body: object = {}): Promise<[number, string]> {
  const init = { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(world.ready.control + path, init);
  return [answer.status, ((await answer.json()) as Json).error?.code];
}

describe("a customer without a browser", () => {
  it("can do nothing with a request that is not there, or is over", async () => {
    const id = await linePay.request();
    const unknown = await refused("/line-pay/requests/1/approve");
    await world.control("POST", `/line-pay/requests/${id}/cancel`);
    const over = await refused(`/line-pay/requests/${id}/approve`);
    expect([unknown, over]).toEqual([
      [400, "1159"],
      [400, "0121"],
    ]);
  });

  it("may change their mind about the method until it is confirmed", async () => {
    const id = await linePay.request();
    const { payerId } = await linePay.approve(id);
    await linePay.approve(id, { payerId, method: "balance" });
    const [info] = (await linePay.confirm(id)).body.info.payInfo;
    expect(info.method).toBe("BALANCE");
  });

  it("may see the payment fail: a check says 0122", async () => {
    const id = await linePay.request();
    await world.control("POST", `/line-pay/requests/${id}/fail`);
    expect(codeOf(await linePay.get(`/v3/payments/requests/${id}/check`))).toBe("0122");
  });

  it("deletes a key once", async () => {
    const { regKey } = await linePay.register();
    await world.control("POST", `/line-pay/keys/${regKey}/delete`);
    const codes = [
      await refused(`/line-pay/keys/${regKey}/delete`),
      await refused("/line-pay/keys/RK0/delete"),
    ];
    expect(codes).toEqual([
      [409, "key_is_gone"],
      [404, "not_found"],
    ]);
  });
});

describe("what can be seen", () => {
  it("are requests, keys and payments, by orderId where there is one", async () => {
    const { regKey } = await linePay.register({}, { orderId: "REG-0001" });
    await linePay.charge(regKey, { orderId: "A" });
    const [request] = await world.control("GET", "/line-pay/requests?orderId=REG-0001");
    const [key] = await world.control("GET", "/line-pay/keys");
    const payments = await world.control("GET", "/line-pay/payments?orderId=A");
    expect([request.status, key.regKey, key.answers]).toEqual(["completed", regKey, "0000"]);
    expect(payments.map(({ amountMinor }: Json) => amountMinor)).toEqual([999]);
  });

  it("is on the page, with its calls and their schemas", async () => {
    const page = await (await fetch(world.ready.control)).text();
    expect(page).toContain("POST /line-pay/requests/:id/approve");
    expect(page).toContain("declinedOrderIdReusable");
    expect(page).toContain("detailsLagSeconds");
    const { linePayMerchants: shown } = await world.control("GET", "/overview");
    expect(shown).toEqual(Object.values(linePayMerchants));
  });
});

describe("merchants", () => {
  it("are added with a contract in one currency", async () => {
    const credentials = await world.control("POST", "/credentials", { provider, currency: "USD" });
    const wishes = { credentials };
    const codes = [
      codeOf(await linePay.post("/v3/payments/request", order({ currency: "USD" }), wishes)),
      codeOf(await linePay.post("/v3/payments/request", order({ currency: "TWD" }), wishes)),
    ];
    expect(codes).toEqual(["0000", "1178"]);
  });

  it("cannot be added twice, nor changed when they are not there", async () => {
    const { channelId } = linePayMerchants.TWD;
    const codes = [
      await refused("/credentials", { provider, channelId }),
      await refused("/settings", { provider, channelId: "nobody" }),
    ];
    expect(codes).toEqual([
      [409, "merchant_exists"],
      [404, "not_found"],
    ]);
  });
});

describe("an order about a payer that makes no sense", () => {
  it.each([
    [{ kind: "change", id: "nobody", balance: 1 }, 404],
    [{ kind: "card", payerId: "nobody" }, 404],
    [{ kind: "top_up", payerId: "nobody", amount: 1 }, 404],
    [{ kind: "payer" }, 400],
    [{ kind: "account" }, 400],
  ])("%j is %i", async (wrong, status) => {
    expect((await refused("/accounts", { provider, ...wrong }))[0]).toBe(status);
  });

  it("is a code for a payer who pays with their balance", async () => {
    const { regKey } = await linePay.register({ method: "balance" });
    const change = { provider, kind: "change", regKey, declineCode: "1282" };
    expect(await refused("/accounts", change)).toEqual([404, "not_found"]);
  });
});

describe("a LINE Pay port that is taken", () => {
  it("is refused by name", async () => {
    const taken = Number(new URL(world.ready.linePay.url).port);
    await expect(startEmulator({ ports: { control: 0, linePay: taken } })).rejects.toThrow(
      `Port ${taken} for LINE Pay is taken. Choose another, or 0 for any free one.`,
    );
  });
});
