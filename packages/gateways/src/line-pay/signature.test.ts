import { describe, expect, it } from "vitest";
import { linePaySignature } from "./signature.ts";

const channelSecret = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
const nonce = "6f1c2a34-5b6d-4e7f-8a90-b1c2d3e4f506";
const key = "/v3/payments/preapprovedPay/RK2AE3519XTFXHM";

const chargeBody =
  '{"productName":"OTT Premium","amount":999,"currency":"TWD","orderId":"SUB-0001-2026-10"}';
const requestBody =
  '{"amount":1000,"currency":"TWD","orderId":"REG-0001","packages":[{"id":"1","amount":1000,"products":[{"name":"월간 구독 月訂","quantity":1,"price":1000}]}],"redirectUrls":{"confirmUrl":"https://shop.example/linepay/confirm","cancelUrl":"https://shop.example/linepay/cancel"},"options":{"payment":{"payType":"PREAPPROVED"}}}';
const detailsQuery = "orderId=SUB-0001-2026-10&orderId=A+1%262&transactionId=2026100102385195510";

function signed(path: string, payload: string): string {
  return linePaySignature({ channelSecret, path, payload, nonce });
}

describe("the signature of a call", () => {
  it.each([
    ["a charge", `${key}/payment`, chargeBody, "BTttW0j8qlCscb9bcIfL6GWfd5Vl+DAyCfZmVd/jfRU="],
    [
      "a request in Korean and Chinese",
      "/v3/payments/request",
      requestBody,
      "2MudY+HLRWLeWFh7v3eRXeQNwVT9vqwVCuINpJe/LzE=",
    ],
    ["a POST of {}", `${key}/expire`, "{}", "GLkgtWj4IHKKBFR8iF1X1tBFPTT1+A7ZGMjy8LTp4wY="],
    ["a POST of nothing", `${key}/expire`, "", "n48H+M1ZnXSks8IAAcbYLajfT5Ma7Wpyhs1KIwHBix8="],
    ["a GET without a query", `${key}/check`, "", "S4otjrSyay4iOg2sKIRtIqAl4c5VLeZVm8+qjk3kF2o="],
    [
      "a GET with one parameter",
      `${key}/check`,
      "creditCardAuth=true",
      "wHQj+t3AtcyZ8vsZ5ukNUaBTUJ3EIawfMge+fcuB86M=",
    ],
    [
      "a GET with an encoded query",
      "/v3/payments",
      detailsQuery,
      "UYzIsIT9WnDZgTYsi2zbg7LLJOYgJIgz16Ci+u4Zd60=",
    ],
    [
      "a confirm",
      "/v3/payments/2026100102385195510/confirm",
      '{"amount":1000,"currency":"TWD"}',
      "6rJQ2SP6m8GmsKNzc7FALzbOlPzkuXk1jQDpPAEx9OY=",
    ],
  ])("is right for %s", (_name, path, payload, signature) => {
    expect(signed(path, payload)).toBe(signature);
  });

  it("is not what the common mistakes give", () => {
    const pretty = JSON.stringify(JSON.parse(chargeBody), undefined, 2);
    expect(signed(`${key}/payment`, pretty)).toBe("apbOLY0Bij/VM+mBYY/e6jbYh/0M3nRTUtyFDPKjj2Q=");
    expect(signed("/v3/payments", `?${detailsQuery}`)).toBe(
      "Kd0793I3x1bAt/kDMxofM6lY0aVp/4XYYOpyFhVVmfs=",
    );
    expect([
      "nZ1nLFOfseeOZ90IjTXliJZJ+IuJniBpApNgNQTQ1iU=", // Without the secret before the message.
      "053b6d5b48fcaa50ac71bf5b7087cbe8659f779565f8303209f66655dfe37d15", // Hexadecimal.
    ]).not.toContain(signed(`${key}/payment`, chargeBody));
  });
});
