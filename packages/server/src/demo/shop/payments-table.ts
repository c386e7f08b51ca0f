/** The customer's payments, newest first: what is waiting, what was paid, what came back. */
import { html } from "hono/html";
import { money } from "@maedal/gateways";
import { Temporal } from "temporal-polyfill";
import type { ChargeJson } from "../../contract.ts";
import type { Html } from "../../pages/answer.ts";
import { formatDay, formatMoney } from "../../pages/format.ts";
import type { Account } from "./account.ts";
import type { ShopVoice } from "./pages.ts";
import type { TextKey } from "./texts.ts";

export function paymentsTable(voice: ShopVoice, account: Account): Html {
  const { say, language } = voice;
  const { charges, waiting, customer } = account;
  if (charges.length + waiting.length === 0) return html`<p class="soft">${say("noPayments")}</p>`;
  const row = (at: string, amount: number, currency: ChargeJson["currency"], outcome: Html) =>
    html`<tr>
      <td>${formatDay(Temporal.Instant.from(at), customer.zone, language)}</td>
      <td>${formatMoney(money(amount, currency), language)}</td>
      <td>${outcome}</td>
    </tr>`;
  const waits = html`<span class="badge warn">${say("waitsForMethod")}</span>`;
  return html`<table id="payments">
    <thead>
      <tr>
        <th>${say("date")}</th>
        <th>${say("amount")}</th>
        <th>${say("result")}</th>
      </tr>
    </thead>
    <tbody>
      ${waiting.map((it) => row(it.dueAt, it.amount, it.currency, waits))}
      ${charges.map((it) => {
        const dueAt = it.dueAt ?? account.dueAts.get(it.invoiceId) ?? it.createdAt;
        const at = it.capturedAt ?? it.authorizedAt ?? dueAt;
        const amount = it.status === "captured" ? it.capturedAmount : it.amount;
        return row(at, amount, it.currency, result(voice, account, it));
      })}
    </tbody>
  </table>`;
}

const results: Readonly<Record<ChargeJson["status"], readonly [TextKey, string]>> = {
  captured: ["captured", "good"],
  scheduled: ["scheduled", "warn"],
  awaiting_customer: ["awaiting_customer", "warn"],
  in_flight: ["in_flight", "warn"],
  reconciling: ["reconciling", "warn"],
  in_review: ["in_review", "warn"],
  authorized: ["authorized", "warn"],
  capturing: ["capturing", "warn"],
  voiding: ["voiding", "warn"],
  expired: ["reconciling", "warn"],
  failed: ["failed", "bad"],
  canceled: ["chargeCanceled", ""],
  voided: ["released", ""],
};

function outcomeOf(charge: ChargeJson): readonly [TextKey, string] {
  const { capturedAmount, declines, refundedAmount, status } = charge;
  if (status === "scheduled" && declines > 0) return ["declined", "bad"];
  const isRefunded = status === "captured" && refundedAmount > 0;
  return isRefunded && refundedAmount >= capturedAmount ? ["refunded", ""] : results[status];
}

function result({ say, language }: ShopVoice, account: Account, charge: ChargeJson): Html {
  const [key, look] = outcomeOf(charge);
  const { capturedAmount, currency, refundedAmount, status } = charge;
  const notes: string[] = [];
  if (account.registrationInvoiceIds.has(charge.invoiceId)) notes.push(say("forRegistration"));
  if (refundedAmount > 0 && refundedAmount < capturedAmount) {
    const amount = formatMoney(money(refundedAmount, currency), language);
    notes.push(say("refundedPart", { amount }));
  }
  if (status !== "captured" && charge.failure?.message) notes.push(charge.failure.message);
  return html`<span class="badge ${look}">${say(key)}</span>
    ${notes.map((note) => html`<div class="soft">${note}</div>`)}`;
}
