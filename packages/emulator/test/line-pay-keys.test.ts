import * as fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { linePayMerchants } from "../src/index.ts";
import { codeOf, startLinePay, type LinePayMerchant } from "./support/line-pay.ts";
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
const change = (changes: object) =>
  world.control("POST", "/accounts", { provider, kind: "change", ...changes });
const path = (regKey: string, what: string) => `/v3/payments/preapprovedPay/${regKey}/${what}`;
const check = async (regKey: string) => codeOf(await linePay.get(path(regKey, "check")));
const expire = async (regKey: string) => codeOf(await linePay.post(path(regKey, "expire"), {}));
const charge = async (regKey: string, orderId: string) =>
  codeOf(await linePay.charge(regKey, { orderId }));

describe("a key", () => {
  it("is checked and charged for any amount, not only the registered one", async () => {
    const { regKey } = await linePay.register();
    expect([await check(regKey), await charge(regKey, "A")]).toEqual(["0000", "0000"]);
  });

  it("is another merchant's no more than an unknown one: 1190", async () => {
    const { regKey } = await linePay.register();
    const wishes = { credentials: linePayMerchants.THB };
    const answers = [
      await linePay.get(path(regKey, "check"), wishes),
      await linePay.post(path(regKey, "expire"), {}, wishes),
      await linePay.charge(regKey, { currency: "THB" }, wishes),
    ];
    expect(answers.map(codeOf)).toEqual(["1190", "1190", "1190"]);
  });

  it("that was expired is gone for good", async () => {
    const { regKey } = await linePay.register();
    const codes = [
      await expire(regKey),
      await expire(regKey),
      await check(regKey),
      await charge(regKey, "A"),
    ];
    expect(codes).toEqual(["0000", "1190", "1190", "1190"]);
  });

  it("that its customer deleted answers 1141, and nobody was told", async () => {
    const { regKey } = await linePay.register();
    const { answers } = await world.control("POST", `/line-pay/keys/${regKey}/delete`);
    const codes = [await check(regKey), await charge(regKey, "A"), await expire(regKey)];
    expect([answers, ...codes]).toEqual(["1141", "1141", "1141", "1141"]);
  });

  it("dies of disuse: 180 days after its last payment", async () => {
    const { regKey } = await linePay.register();
    await world.control("POST", "/clock", { by: "P179D" });
    const used = await charge(regKey, "A");
    await world.control("POST", "/clock", { by: "P179D" });
    const again = await charge(regKey, "B");
    await world.control("POST", "/clock", { by: "P181D" });
    const codes = [used, again, await check(regKey), await charge(regKey, "C")];
    expect(codes).toEqual(["0000", "0000", "1193", "1193"]);
  });
});

describe("a card that declines", () => {
  it.each(["1282", "1283", "1284", "1285", "1286", "1287"])(
    "with %s kills the key: the next charge is 1190",
    async (declineCode) => {
      const { regKey } = await linePay.register();
      await change({ regKey, declineCode });
      const declined = await charge(regKey, "A");
      await change({ regKey, declineCode: null });
      expect([declined, await charge(regKey, "B")]).toEqual([declineCode, "1190"]);
      expect(await world.ledgerOf("A")).toEqual([]);
    },
  );

  it.each(["1280", "1281", "1288", "1289", "1296", "1298", "1110", "1264"])(
    "with %s leaves the key alive",
    async (declineCode) => {
      const { regKey } = await linePay.register();
      await change({ regKey, declineCode });
      const declined = await charge(regKey, "A");
      await change({ regKey, declineCode: null });
      expect([declined, await charge(regKey, "B")]).toEqual([declineCode, "0000"]);
    },
  );

  it("is not found out by a check, unless a card authorization is asked for", async () => {
    const creditCardAuthContract = true;
    await world.control("POST", "/settings", { provider, creditCardAuthContract });
    const { regKey } = await linePay.register();
    await change({ regKey, declineCode: "1282" });
    const plain = await check(regKey);
    const asked = codeOf(await linePay.get(`${path(regKey, "check")}?creditCardAuth=true`));
    expect([plain, asked, await check(regKey)]).toEqual(["0000", "1141", "0000"]);
  });

  it("because its owner took it out of LINE Pay is 1141, and kills the key", async () => {
    const { regKey } = await linePay.register();
    await change({ regKey, isRemoved: true });
    const codes = [await check(regKey), await charge(regKey, "A"), await charge(regKey, "B")];
    expect(codes).toEqual(["1141", "1141", "1190"]);
  });
});

describe("a payer", () => {
  it.each([
    ["suspended", "1102"],
    ["left", "1101"],
  ])("who is %s answers %s, and the key lives on", async (state, code) => {
    const { regKey } = await linePay.register();
    await change({ regKey, state });
    const codes = [await check(regKey), await charge(regKey, "A")];
    await change({ regKey, state: "active" });
    expect([...codes, await check(regKey)]).toEqual([code, code, "0000"]);
  });

  it("may have a card added, and agree with it or with the balance", async () => {
    const payer = await world.control("POST", "/accounts", {
      provider,
      kind: "payer",
      name: "林小明",
      balances: { TWD: 500 },
    });
    const card = await world.control("POST", "/accounts", {
      provider,
      kind: "card",
      payerId: payer.id,
      brand: "JCB",
      nickname: "공과금",
    });
    const ways = [];
    for (const method of [card.id, "balance"]) {
      const id = await linePay.request({ orderId: method, amount: 100 });
      const approved = await linePay.approve(id, { payerId: payer.id, method });
      const [info] = (await linePay.confirm(id, 100)).body.info.payInfo;
      ways.push([approved.method, info.method, info.creditCardBrand, info.creditCardNickname]);
    }
    expect(ways).toEqual([
      [card.id, "CREDIT_CARD", "JCB", "공과금"],
      ["balance", "BALANCE", undefined, undefined],
    ]);
  });

  it("cannot agree with somebody else's card: 1141", async () => {
    const { method } = await linePay.register();
    const { payerId } = await linePay.register();
    const id = await linePay.request();
    await expect(linePay.approve(id, { payerId, method })).rejects.toThrow("1141");
  });

  it("shows the card's number to merchants with that contract only", async () => {
    await world.control("POST", "/settings", { provider, maskedCardContract: true });
    const id = await linePay.request();
    await linePay.approve(id);
    const [info] = (await linePay.confirm(id)).body.info.payInfo;
    expect(info.maskedCreditCardNumber).toMatch(/^\*{4} \*{4} \*{4} \d{4}$/);
  });
});

describe("whatever happens around one orderId", () => {
  const orderId = "REG-0001";
  const step = fc.constantFrom(
    "request",
    "approve",
    "confirm",
    "cancel",
    "charge",
    "decline",
    "wait",
    "expire",
    "delete",
  );

  it("is paid at most once, and details say so", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await world.control("POST", "/reset");
        const { regKey } = await linePay.register();
        let id = await linePay.request({ orderId });
        for (const [index, each] of steps.entries()) {
          if (each === "request") id = await linePay.request({ orderId });
          else if (each === "approve") await linePay.approve(id).catch(() => undefined);
          else if (each === "confirm") await linePay.confirm(id);
          else if (each === "cancel") {
            await world.control("POST", `/line-pay/requests/${id}/cancel`).catch(() => undefined);
          } else if (each === "charge") await linePay.charge(regKey, { orderId });
          else if (each === "decline") {
            await change({ regKey, declineCode: index % 2 === 0 ? "1288" : null });
          } else if (each === "wait") await world.control("POST", "/clock", { by: "PT11M" });
          else if (each === "expire") await expire(regKey);
          else {
            await world.control("POST", `/line-pay/keys/${regKey}/delete`).catch(() => undefined);
          }
        }
        const paid = (await world.ledgerOf(orderId)).map(([kind]) => kind);
        const { body } = await linePay.get(`/v3/payments?orderId=${orderId}`);
        expect(paid.length).toBeLessThanOrEqual(1);
        expect(body.info?.map((each: Json) => each.orderId) ?? []).toEqual(paid.map(() => orderId));
      }),
      { numRuns: 25 },
    );
  });
});
