/** What a registration's method, and the provider of its window, are called. */
import type { Gateway } from "@maedal/gateways";
import type { Say, TextKey } from "./texts.ts";

export interface MethodWords {
  readonly title: string;
  readonly button: string;
  readonly method: string;
  /** Where its number is entered, and who never sees it. */
  readonly secret: (merchant: string) => string;
}

/** Whose window it is, in the words of the customer's language where there are any. */
export function providerName(say: Say, { label, provider }: Gateway): string {
  return provider === "toss" ? say("toss") : label;
}

interface WordKeys {
  readonly title: TextKey;
  readonly button: TextKey;
  readonly secret: TextKey;
  /** Undefined: the provider itself is the method. */
  readonly method?: TextKey;
}

const wallet: WordKeys = {
  title: "titleWallet",
  button: "buttonWallet",
  secret: "consentSecretWallet",
};

/** A method that we have no words for goes by those of a bank account. */
const account: WordKeys = {
  title: "titleTransfer",
  button: "buttonTransfer",
  secret: "consentSecretWindow",
  method: "account",
};

const keysByMethod: Readonly<Record<string, WordKeys>> = {
  CARD: { title: "titleCard", button: "buttonCard", secret: "consentSecretWindow", method: "card" },
  LINE_PAY: wallet,
  EASY_PAY: wallet,
};

/** @param provider As `providerName` says it. */
export function wordsOf(say: Say, method: string, provider: string): MethodWords {
  const keys = keysByMethod[method] ?? account;
  const name = keys.method === undefined ? provider : say(keys.method);
  return {
    title: say(keys.title, { provider }),
    button: say(keys.button, { provider }),
    method: name,
    secret: (merchant) => say(keys.secret, { merchant, method: name, provider }),
  };
}
