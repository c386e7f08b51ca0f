/** Control calls for what an operator or a buyer does at Toss Payments. */
import { randomBytes, randomInt } from "node:crypto";
import { z } from "zod";
import { defaultMerchant } from "../toss/merchants.ts";
import { billingMethods, merchantSchema, type Merchant } from "../toss/records.ts";
import type { Refusal } from "../toss/refusals.ts";
import type { TossState } from "../toss/state.ts";
import { tossSwitchesSchema } from "../toss/switches.ts";
import { ControlProblem, get, post, remove, type ControlCall } from "./call.ts";
import type { World } from "./world.ts";

const nothing = z.strictObject({});
const provider = z.literal("toss").default("toss");

export function tossCalls(world: World): ControlCall[] {
  const { state } = world.toss;
  return [
    ...merchantCalls(state),
    get("/switches", "Which way each open question of the documents goes.", undefined, () => ({
      toss: state.switches(),
    })),
    post("/switches", "Turns switches; those not named stay.", switchesSchema, (changes) => ({
      toss: state.setSwitches(given(changes)),
    })),
    ...windowCalls(state),
    ...webhookCalls(world),
  ];
}

const switchesSchema = z.strictObject({ provider, ...tossSwitchesSchema.partial().shape });

type Given<T> = { [K in Exclude<keyof T, "provider">]?: Exclude<T[K], undefined> };

/** What an order really names, so that spreading it changes nothing else. */
function given<T extends object>(order: T): Given<T> {
  const named = Object.entries(order).filter(
    ([name, value]) => name !== "provider" && value !== undefined,
  );
  return Object.fromEntries(named) as Given<T>;
}

const merchantChange = merchantSchema.pick({
  billingContract: true,
  apiVersion: true,
  sellsTaxFree: true,
});

const credentialsSchema = z.strictObject({
  provider,
  merchantId: z.string().min(1).max(14).optional(),
  clientKey: z
    .string()
    .regex(/^(test|live)_ck_/, "begins with test_ck_ or live_ck_")
    .optional(),
  secretKey: z
    .string()
    .regex(/^(test|live)_sk_/, "begins with test_sk_ or live_sk_")
    .optional(),
  ...merchantChange.partial().shape,
});

const settingsSchema = z.strictObject({
  provider,
  merchantId: z.string().optional().describe("or clientKey; else the default merchant"),
  clientKey: z.string().optional(),
  ...merchantChange.partial().shape,
});

function merchantCalls(state: TossState): ControlCall[] {
  return [
    get("/credentials", "Merchants with their keys and settings.", undefined, () =>
      state.merchants.values(),
    ),
    post(
      "/credentials",
      "Adds a merchant; what is not named is made up.",
      credentialsSchema,
      (order) => {
        const tail = randomBytes(12).toString("hex");
        const merchant: Merchant = {
          ...defaultMerchant,
          merchantId: `emul_${tail.slice(0, 8)}`,
          clientKey: `test_ck_${tail}`,
          secretKey: `test_sk_${tail}`,
          widgetClientKey: `test_gck_${tail}`,
          widgetSecretKey: `test_gsk_${tail}`,
          ...given(order),
        };
        refuseTakenKeys(state, merchant);
        state.merchants.put(merchant.merchantId, merchant);
        return merchant;
      },
    ),
    post("/settings", "Changes a merchant's contract or API version.", settingsSchema, (order) => {
      const { merchantId, clientKey, ...changes } = order;
      const merchant =
        clientKey === undefined
          ? state.merchants.get(merchantId ?? defaultMerchant.merchantId)
          : state.findMerchantByClientKey(clientKey);
      if (merchant === undefined) throw new ControlProblem(404, "not_found", "No such merchant.");
      const changed = { ...merchant, ...given(changes) };
      state.merchants.put(merchant.merchantId, changed);
      return changed;
    }),
  ];
}

function refuseTakenKeys(state: TossState, { merchantId, clientKey, secretKey }: Merchant): void {
  const isTaken =
    state.merchants.get(merchantId) !== undefined ||
    state.findMerchantByClientKey(clientKey) !== undefined ||
    state.findMerchantBySecretKey(secretKey) !== undefined;
  if (!isTaken) return;
  const message = "A merchant with that id or key exists. Change it with POST /settings.";
  throw new ControlProblem(409, "merchant_exists", message);
}

const billingAuthSchema = z.strictObject({
  customerKey: z.string(),
  method: z.enum(billingMethods).default("TRANSFER"),
  accountId: z.string().optional().describe("else an account with plenty of money is made"),
  cardId: z.string().optional(),
  clientKey: z.string().default(defaultMerchant.clientKey),
});

const withdrawalSchema = z
  .strictObject({
    memberId: z.string().optional(),
    phone: z.string().optional(),
    billingKey: z.string().optional(),
    customerKey: z.string().optional(),
  })
  .describe("one of them");

/** What a buyer does in the windows, without a browser. */
function windowCalls(state: TossState): ControlCall[] {
  return [
    post(
      "/toss/billing-auths",
      "A buyer goes through the registration window and agrees.",
      billingAuthSchema,
      ({ customerKey, method, accountId, cardId, clientKey }) => {
        const opened = accepted(state.openBillingAuth({ clientKey, customerKey, method }));
        const chosen =
          method === "CARD"
            ? { cardId: cardId ?? richCard(state) }
            : { accountId: accountId ?? richAccount(state) };
        return { ...accepted(state.approveBillingAuth(opened.id, chosen)), ...chosen };
      },
    ),
    post(
      "/toss/withdrawals",
      "A member leaves quick transfer: their billing keys die, BILLING_DELETED is sent.",
      withdrawalSchema,
      (who) => state.withdrawMember(getMemberId(state, who)),
    ),
  ];
}

/** @throws {ControlProblem} with Toss's own code when Toss refuses. */
function accepted<T extends object>(result: T | { error: Refusal }): T {
  if (!("error" in result)) return result;
  const { code, messageEnglish } = result.error;
  throw new ControlProblem(400, code, messageEnglish);
}

const plenty = 1_000_000_000_000;

/** A new buyer each time, so that one who leaves takes nobody else's key along. */
function richAccount(state: TossState): string {
  const phone = `010${String(randomInt(100_000_000)).padStart(8, "0")}`;
  const member = state.signUpMember({ name: "나부자", phone });
  const number = `1000${String(randomInt(100_000_000)).padStart(8, "0")}`;
  const account = state.registerAccount(member.id, { bankCode: "92", number });
  state.accounts.put(account.id, { ...account, balance: plenty });
  return account.id;
}

function richCard(state: TossState): string {
  const card = accepted(
    state.registerCard({
      number: `941000${String(randomInt(10_000_000_000)).padStart(10, "0")}`,
      expiryYear: "99",
      expiryMonth: "12",
      birthDate: "900101",
    }),
  );
  state.cards.put(card.id, { ...card, balance: plenty });
  return card.id;
}

function getMemberId(state: TossState, who: z.infer<typeof withdrawalSchema>): string {
  if (who.memberId !== undefined && state.members.get(who.memberId) !== undefined) {
    return who.memberId;
  }
  const byPhone = who.phone === undefined ? undefined : state.findMemberByPhone(who.phone);
  const key = state.billingKeys.get(who.billingKey ?? "");
  const latest = key ?? state.billingKeysOfCustomer(who.customerKey ?? "").at(-1);
  const byKey = state.accounts.get(latest?.accountId ?? "")?.memberId;
  const memberId = byPhone?.id ?? byKey;
  if (memberId !== undefined) return memberId;
  const message =
    "No such quick-transfer member. Name a memberId, phone, billingKey or customerKey.";
  throw new ControlProblem(404, "not_found", message);
}

const webhookSchema = z.strictObject({
  provider,
  url: z.url({ protocol: /^https?$/ }),
  merchantId: z.string().nullable().default(null).describe("null hears of every merchant"),
});

function webhookCalls({ toss: { webhooks } }: World): ControlCall[] {
  return [
    get("/webhooks", "Where webhooks go.", undefined, () => webhooks.endpoints.values()),
    post("/webhooks", "Registers a webhook address.", webhookSchema, ({ url, merchantId }) =>
      webhooks.register(url, merchantId),
    ),
    get("/webhooks/deliveries", "Events sent, with every attempt.", undefined, () =>
      webhooks.deliveries.values(),
    ),
    post("/webhooks/deliveries/:id/resend", "Sends an event once more.", nothing, (_, id) => {
      const delivery = webhooks.resend(id);
      if (delivery === undefined) throw new ControlProblem(404, "not_found", `No delivery ${id}.`);
      return delivery;
    }),
    remove("/webhooks/:id", "Removes a webhook address.", (id) => {
      const isThere = webhooks.endpoints.get(id) !== undefined;
      if (!isThere) throw new ControlProblem(404, "not_found", `No webhook ${id}.`);
      webhooks.endpoints.delete(id);
      return { removed: true };
    }),
  ];
}
