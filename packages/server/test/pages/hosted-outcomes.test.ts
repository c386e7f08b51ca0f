import { money } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { customerLanguages, type CustomerLanguage } from "../../src/pages/format.ts";
import { outcomePage, type OutcomePage } from "../../src/pages/hosted/outcome-page.ts";
import { sayIn } from "../../src/pages/hosted/texts.ts";
import type {
  RegistrationSurroundings,
  WindowSurroundings,
} from "../../src/registrations/registration-page-reads.ts";
import type { Registration } from "../../src/registrations/registration.ts";
import { sentencesOf } from "./hosted-window-visit.ts";

const now = Temporal.Instant.from("2026-03-01T00:00:00Z");
const amount = money(299, "TWD");

const registration: Registration = {
  accountId: "acct_1",
  id: "reg_1",
  customerId: "cus_1",
  connectionId: "gwy_1",
  subscriptionId: "sub_1",
  method: "LINE_PAY",
  status: "failed",
  returnUrl: "https://shop.example/thanks",
  browserHash: undefined,
  hasAuthKey: true,
  idempotencyKey: "key",
  windowAmount: undefined,
  billingKeyId: undefined,
  failureCode: "1142",
  failureMessage: "<b>no</b>",
  retryOf: undefined,
  expiresAt: now,
  finishedAt: now,
  createdAt: now,
};

const window: WindowSurroundings = {
  isOfPeriod: true,
  amount,
  chargeStatus: "captured",
  attempt: "captured",
  capturedMinor: 299,
  refundedMinor: 0,
  refundingMinor: 0,
};

const surroundings: RegistrationSurroundings = {
  merchant: "<i>Shop</i>",
  mode: "test",
  customerName: undefined,
  locale: "en",
  isConnectionActive: true,
  methodLabel: "LINE Pay (VISA)",
  window,
  subscription: {
    status: "active",
    zone: "Asia/Taipei",
    planName: "<u>Milk</u>",
    amount,
    interval: { unit: "month", count: 1 },
    trialDays: 0,
    hasStarted: true,
    nextDueAt: now,
    methodRequired: false,
    hasMethod: true,
    cancelsAtPeriodEnd: false,
    now,
    openInvoices: 0,
    paidInvoices: 1,
    owed: money(0, "TWD"),
    latestCharge: {
      status: "captured",
      amount,
      dueAt: undefined,
      capturedAt: now,
      refundedMinor: 0,
      isWithThisKey: true,
      failureMessage: "<b>no</b>",
    },
  },
};

const outcomes: Readonly<Record<OutcomePage["outcome"], true>> = {
  registering: true,
  confirming: true,
  paying: true,
  paid: true,
  held: true,
  released: true,
  changed: true,
  trialing: true,
  declined: true,
  checking: true,
  key_lost: true,
  refused: true,
  window_over: true,
  superseded: true,
  stored: true,
  ended: true,
  failed: true,
  canceled: true,
  expired: true,
};

async function shown(
  outcome: OutcomePage["outcome"],
  language: CustomerLanguage,
  around: Partial<RegistrationSurroundings> = {},
): Promise<string> {
  const next = { kind: "registration", amount: money(1, "TWD") } as const;
  const page = {
    registration,
    provider: "LINE Pay",
    surroundings: { ...surroundings, ...around },
    outcome,
    next,
  };
  return String(await outcomePage({ language, say: sayIn(language), nonce: "n" }, page));
}

const all = Object.keys(outcomes) as OutcomePage["outcome"][];

describe.each(customerLanguages)("every outcome in %s", (language) => {
  it("is told without a gap, in one language, and escapes what is not ours", async () => {
    for (const outcome of all) {
      const page = await shown(outcome, language);
      const sentences = sentencesOf(page);
      expect(page).toContain(`<html lang="${language}">`);
      expect(sentences.length).toBeGreaterThan(1);
      for (const text of sentences) expect(text).not.toMatch(/\{\w+\}|undefined|NaN/);
      expect(page).not.toMatch(/<i>Shop|<u>Milk|<b>no/);
    }
  });

  it("never says that nothing was charged where money was taken or may have been", async () => {
    const say = sayIn(language);
    const denials = [
      say("endedLead"),
      say("failedLead"),
      say("canceledLead"),
      say("windowOverLead"),
      say("storedLead"),
      say("supersededLead"),
      say("busyLead", { merchant: "&lt;i&gt;Shop&lt;/i&gt;" }),
      say("refusedLead", { provider: "LINE Pay" }),
    ];
    const undecided = ["registering", "confirming", "paying", "checking"] as const;
    const taken = ["paid", "held", "changed", "trialing", "key_lost", "ended"] as const;
    for (const outcome of [...undecided, ...taken]) {
      for (const isConnectionActive of [true, false]) {
        for (const isOfPeriod of [true, false]) {
          const around = { isConnectionActive, window: { ...window, isOfPeriod } };
          const sentences = sentencesOf(await shown(outcome, language, around));
          expect(sentences.filter((text) => denials.includes(text))).toEqual([]);
        }
      }
    }
  });
});

describe("the small amount that registered a method", () => {
  const registering = (changes: Partial<WindowSurroundings>) =>
    shown("trialing", "en", {
      window: {
        ...window,
        isOfPeriod: false,
        amount: money(1, "TWD"),
        capturedMinor: 1,
        ...changes,
      },
    });

  it("is told as far as it is back", async () => {
    expect(await registering({ refundingMinor: 1 })).toContain("NT$1 · being given back");
    expect(await registering({ refundedMinor: 1 })).toContain("NT$1 · given back");
    expect(await registering({})).toContain("NT$1 · not given back yet. Please ask");
  });
});

describe("a page that asks to register again", () => {
  it("has no button while the connection is paused, and says why", async () => {
    const page = await shown("key_lost", "en", { isConnectionActive: false });
    expect(page).toContain("Registering again is not possible right now.");
    expect(page).not.toContain("/retry");
    expect(await shown("key_lost", "en")).toContain('action="/r/reg_1/retry"');
  });

  it("hides the provider's words while the merchant's connection is the reason", async () => {
    const page = await shown("refused", "en", { isConnectionActive: false });
    expect(page).toContain("Registering is not possible right now");
    expect(page).not.toContain("1142");
  });
});
