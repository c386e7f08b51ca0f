/** What the emulated providers do wrong meanwhile: another mixture every few seconds, from the seed. */
import { z } from "zod";
import type { Chance } from "../chance.ts";
import type { ProviderDesk } from "./provider-desk.ts";
import { pause } from "./waiting.ts";

interface FaultOrder {
  readonly provider: "toss" | "line_pay" | "portone";
  readonly operation: string;
  readonly action: Readonly<Record<string, unknown>>;
  /** Of the requests that it fits. */
  readonly probability: number;
}

const changeMs = 7_000;

/** @returns A function that ends it, and mends what is broken. */
export function startProviderFaults(
  providers: ProviderDesk,
  chance: Chance,
  onTrouble: (text: string) => void,
): () => Promise<void> {
  const ending = new AbortController();
  const run = async () => {
    while (!ending.signal.aborted) {
      await change(providers, chance).catch((error: unknown) => onTrouble(String(error)));
      await pause(changeMs, ending.signal);
    }
    await providers.clearFaults();
  };
  const running = run();
  return async () => {
    ending.abort();
    await running;
  };
}

async function change(providers: ProviderDesk, chance: Chance): Promise<void> {
  await providers.clearFaults();
  for (const order of drawFaults(chance)) {
    const body = { ...order, times: null, seed: chance.below(2 ** 30) };
    await providers.post(z.unknown(), "/faults", body);
  }
}

/** On either side of the provider's work: whoever hears it cannot tell. */
const unclear: readonly FaultOrder["action"][] = [
  { type: "drop_answer" },
  { type: "drop_request" },
  { type: "close_before" },
  { type: "close_after" },
  { type: "garbage", when: "after" },
  { type: "bad_gateway", when: "before" },
  { type: "bad_gateway", when: "after" },
  { type: "rate_limit" },
  { type: "delay", ms: 300, when: "before" },
  { type: "delay", ms: 600, when: "after" },
  // Longer than anybody waits for an answer.
  { type: "delay", ms: 4_000, when: "before" },
];

const perProvider = [
  {
    provider: "toss",
    charge: ["charge"],
    others: ["cancel", "get_order", "get_payment", "issue"],
    lookUp: "get_order",
    failed: {
      type: "error",
      code: "FAILED_INTERNAL_SYSTEM_PROCESSING",
      status: 500,
      when: "after",
    },
    declined: { type: "decline", code: "REJECT_ACCOUNT_PAYMENT" },
  },
  {
    provider: "line_pay",
    charge: ["charge", "confirm"],
    others: ["refund", "details", "check"],
    lookUp: "details",
    failed: { type: "error", code: "9000", status: 500, when: "after" },
    declined: { type: "decline", code: "1142" },
  },
  {
    provider: "portone",
    charge: ["again"],
    others: ["cancel", "find", "token"],
    lookUp: "find",
    failed: { type: "error", code: "-1", status: 500, when: "after" },
    declined: { type: "decline", code: "INSUFFICIENT_BALANCE" },
  },
] as const;

function drawFaults(chance: Chance): FaultOrder[] {
  return perProvider.flatMap(({ charge, declined, failed, lookUp, others, provider }) => {
    const charges = chance.pick(charge);
    const spoil = (operation: string, action: FaultOrder["action"]): FaultOrder => {
      return { provider, operation, action, probability: chance.between(10, 50) / 1_000 };
    };
    return [
      spoil(charges, chance.pick(unclear)),
      spoil(charges, chance.happens(0.5) ? failed : declined),
      spoil(chance.pick(others), chance.pick(unclear)),
      ...(chance.happens(0.3) ? [spoil(lookUp, { type: "stale_lookup" })] : []),
    ];
  });
}
