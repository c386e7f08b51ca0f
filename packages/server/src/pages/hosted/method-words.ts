/** What a registration's method, and the provider of its window, are called. */
import type { TextKey } from "./texts.ts";

export interface MethodWords {
  readonly title: TextKey;
  readonly button: TextKey;
  readonly method: TextKey;
  readonly provider: TextKey;
  /** Where its number is entered, and who never sees it. */
  readonly secret: TextKey;
}

/** A method that we have no words for goes by those of a bank account. */
export function wordsOf(method: string): MethodWords {
  const toss = { provider: "toss", secret: "consentSecretToss" } as const;
  switch (method) {
    case "CARD":
      return { ...toss, title: "titleCard", button: "buttonCard", method: "card" };
    case "LINE_PAY":
      return {
        title: "titleLinePay",
        button: "buttonLinePay",
        method: "linePay",
        provider: "linePay",
        secret: "consentSecretLinePay",
      };
    default:
      return { ...toss, title: "titleTransfer", button: "buttonTransfer", method: "account" };
  }
}
