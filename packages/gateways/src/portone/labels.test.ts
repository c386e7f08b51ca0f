import { describe, expect, it } from "vitest";
import { methodLabel } from "./labels.ts";

describe("a method in words", () => {
  it.each([
    [
      { pg_provider: "kcp_billing", card_name: "신한카드", card_number: "123456******1234" },
      "신한카드 ****1234",
    ],
    [
      { pg_provider: "kicc", card_name: "신한카드", card_number: "1234-56**-****-7890" },
      "신한카드 ****7890",
    ],
    [{ pg_provider: "kicc", card_name: "BC카드", card_number: "94100300****201*" }, "BC카드"],
    [{ pg_provider: "kicc", card_name: "BC카드", card_number: "9410030012342013" }, "BC카드"],
    [{ pg_provider: "settle_acc", bank_name: "국민은행" }, "국민은행"],
    [{ pg_provider: "chai", card_name: null }, "차이"],
    [{ pg_provider: "kakaopay" }, "카카오페이"],
    [{ pg_provider: "someone_new" }, undefined],
    [{}, undefined],
  ])("%j", (details, label) => {
    expect(methodLabel(details)).toBe(label);
  });
});
