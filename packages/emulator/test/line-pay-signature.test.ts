import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { codeOf, sign, startLinePay, type LinePayMerchant } from "./support/line-pay.ts";
import type { Json, World } from "./support/world.ts";

const running = startLinePay();
let world: World;
let linePay: LinePayMerchant;
beforeEach(async () => {
  ({ world, linePay } = await running);
  await world.control("POST", "/reset");
  await world.control("POST", "/credentials", { provider: "line_pay", ...merchant });
});
afterAll(() => world.stop());

/** The merchant and the nonce of the published vectors. */
const merchant = {
  channelId: "1650009999",
  channelSecret: "a1b2c3d4e5f60718293a4b5c6d7e8f90",
};
const nonce = "6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506";
const key = "/v3/payments/preapprovedPay/RK2AE3519XTFXHM";

const registration = `{"amount":1000,"currency":"TWD","orderId":"REG-0001","packages":[{"id":"1","amount":1000,"products":[{"name":"월간 구독 月訂","quantity":1,"price":1000}]}],"redirectUrls":{"confirmUrl":"https://shop.example/linepay/confirm","cancelUrl":"https://shop.example/linepay/cancel"},"options":{"payment":{"payType":"PREAPPROVED"}}}`;
const charge = `{"productName":"OTT Premium","amount":999,"currency":"TWD","orderId":"SUB-0001-2026-10"}`;
const confirmation = `{"amount":1000,"currency":"TWD"}`;
const query = "orderId=SUB-0001-2026-10&orderId=A+1%262&transactionId=2026100102385195510";

async function send(
  method: string,
  address: string,
  body: string | undefined,
  authorization: string,
): Promise<Json> {
  const response = await fetch(world.ready.linePay.url + address, {
    method,
    headers: {
      "content-type": "application/json",
      "x-line-channelid": merchant.channelId,
      "x-line-authorization-nonce": nonce,
      "x-line-authorization": authorization,
    },
    body: body ?? null,
  });
  return response.json();
}

describe("the vectors of the reference", () => {
  // What is signed is right in each; the answer says how the call itself ends.
  it.each<[string, string, string, string | undefined, string, string]>([
    ["A", "POST", `${key}/payment`, charge, "BTttW0j8qlCscb9bcIfL6GWfd5Vl+DAyCfZmVd/jfRU=", "1190"],
    [
      "B",
      "POST",
      "/v3/payments/request",
      registration,
      "2MudY+HLRWLeWFh7v3eRXeQNwVT9vqwVCuINpJe/LzE=",
      "0000",
    ],
    ["C", "POST", `${key}/expire`, "{}", "GLkgtWj4IHKKBFR8iF1X1tBFPTT1+A7ZGMjy8LTp4wY=", "1190"],
    [
      "D",
      "POST",
      `${key}/expire`,
      undefined,
      "n48H+M1ZnXSks8IAAcbYLajfT5Ma7Wpyhs1KIwHBix8=",
      "1190",
    ],
    ["E", "GET", `${key}/check`, undefined, "S4otjrSyay4iOg2sKIRtIqAl4c5VLeZVm8+qjk3kF2o=", "1190"],
    [
      "F",
      "GET",
      `${key}/check?creditCardAuth=true`,
      undefined,
      "wHQj+t3AtcyZ8vsZ5ukNUaBTUJ3EIawfMge+fcuB86M=",
      "2103",
    ],
    [
      "G",
      "GET",
      `/v3/payments?${query}`,
      undefined,
      "UYzIsIT9WnDZgTYsi2zbg7LLJOYgJIgz16Ci+u4Zd60=",
      "1150",
    ],
    [
      "H",
      "POST",
      "/v3/payments/2026100102385195510/confirm",
      confirmation,
      "6rJQ2SP6m8GmsKNzc7FALzbOlPzkuXk1jQDpPAEx9OY=",
      "1159",
    ],
  ])("%s is let in", async (_, method, address, body, authorization, code) => {
    expect((await send(method, address, body, authorization)).returnCode).toBe(code);
  });

  it.each([
    ["no secret in the message", "nZ1nLFOfseeOZ90IjTXliJZJ+IuJniBpApNgNQTQ1iU="],
    ["hex", "053b6d5b48fcaa50ac71bf5b7087cbe8659f779565f8303209f66655dfe37d15"],
    ["a body that was laid out before signing", "apbOLY0Bij/VM+mBYY/e6jbYh/0M3nRTUtyFDPKjj2Q="],
  ])("A signed with %s is 1106", async (_, authorization) => {
    const { returnCode } = await send("POST", `${key}/payment`, charge, authorization);
    expect(returnCode).toBe("1106");
  });

  it("G signed with the question mark is 1106", async () => {
    const wrong = "Kd0793I3x1bAt/kDMxofM6lY0aVp/4XYYOpyFhVVmfs=";
    expect((await send("GET", `/v3/payments?${query}`, undefined, wrong)).returnCode).toBe("1106");
  });
});

describe("a missing header", () => {
  it.each(["x-line-channelid", "x-line-authorization-nonce", "x-line-authorization"])(
    "%s is 1106",
    async (name) => {
      const answer = await linePay.get("/v3/payments?orderId=A", { headers: { [name]: "" } });
      expect(codeOf(answer)).toBe("1106");
    },
  );
});

describe("what was signed", () => {
  it("is the version in the path too", async () => {
    const path = `${key}/check`;
    const authorization = sign(merchant, path, "", nonce);
    const other = path.replace("v3", "v4");
    const answers = [
      await send("GET", path, undefined, authorization),
      await send("GET", other, undefined, authorization),
      await send("GET", other, undefined, sign(merchant, other, "", nonce)),
    ];
    expect(answers.map(({ returnCode }) => returnCode)).toEqual(["1190", "1106", "1190"]);
  });
});

describe("a suspended merchant", () => {
  it("is 1105", async () => {
    await world.control("POST", "/settings", { provider: "line_pay", isSuspended: true });
    expect(codeOf(await linePay.get("/v3/payments?orderId=A"))).toBe("1105");
  });
});
