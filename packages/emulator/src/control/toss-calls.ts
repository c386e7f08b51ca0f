/** Control calls for what an operator or a buyer does at Toss Payments. */
import { randomInt } from "node:crypto";
import { z } from "zod";
import { defaultMerchant } from "../toss/merchants.ts";
import { billingMethods } from "../toss/records.ts";
import type { Refusal } from "../toss/refusals.ts";
import type { TossState } from "../toss/state.ts";
import { ControlProblem, post, type ControlCall } from "./call.ts";
import type { World } from "./world.ts";

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
export function tossCalls({ toss: { state } }: World): ControlCall[] {
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
