/** The page to watch and to meddle: its frame. The tables are filled by page-script.ts. */
import { html } from "hono/html";
import { z } from "zod";
import type { ControlCall } from "./call.ts";

const faultExample = `{ "provider": "toss", "operation": "charge", "action": "drop_answer" }`;
const switchExample = `{ "declinedChargeVisible": true }`;

export function controlPage(calls: readonly ControlCall[]) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Maedal emulator</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/page.css" />
        <script src="/page.js" defer></script>
      </head>
      <body>
        <header>
          <h1>Maedal emulator</h1>
          <p>Provider time <time id="now">…</time></p>
          <p id="said" role="status"></p>
        </header>
        <main>
          <section class="forms" aria-label="What can be done">${forms()}</section>
          ${tables().map(
            ([id, title, note, path]) =>
              html`<section>
                <h2>${title}</h2>
                <p class="note">${note} <a href="${path}">JSON</a></p>
                <div class="table" id="${id}"></div>
              </section>`,
          )}
          <section>
            <h2>All calls</h2>
            ${calls.map(callDetails)}
          </section>
        </main>
      </body>
    </html>`;
}

/** Id, title and note of each table, and the call that tells it whole. */
function tables(): [id: string, title: string, note: string, path: string][] {
  const retries = "Retried after 1, 4, 16, 64, 256, 1024, 4096 minutes.";
  return [
    ["ledger", "Ledger", "Every movement of money, newest first.", "/ledger"],
    ["requests", "Requests", "What the provider was asked and what became of it.", "/requests"],
    ["faults", "Faults", "The oldest fault that matches a request is applied to it.", "/faults"],
    ["billingKeys", "Billing keys", "Alive until deleted, or the member leaves.", "/accounts"],
    ["members", "Quick-transfer members", "People with a 퀵계좌이체 membership.", "/accounts"],
    ["accounts", "Bank accounts", "A charge takes from the balance.", "/accounts"],
    ["cards", "Cards", "The balance is what can still be charged.", "/accounts"],
    ["merchants", "Merchants", "Keys that the provider accepts.", "/credentials"],
    ["webhooks", "Webhook addresses", "Hear of deleted keys and cancellations.", "/webhooks"],
    ["deliveries", "Webhook deliveries", retries, "/webhooks/deliveries"],
    ["switches", "Switches", "Which way each question left open goes.", "/switches"],
    ...linePayTables(),
    ...portOneTables(),
  ];
}

function linePayTables(): [id: string, title: string, note: string, path: string][] {
  const contracts = "One for each currency, with credentials to test with.";
  const deleted = "What customers see in LINE Pay; there they can delete one.";
  return [
    ["linePayRequests", "LINE Pay requests", "Until confirmed, or over.", "/line-pay/requests"],
    ["linePayKeys", "LINE Pay keys", deleted, "/line-pay/keys"],
    ["linePayPayments", "LINE Pay payments", "With their refunds.", "/line-pay/payments"],
    ["linePayPayers", "LINE Pay payers", "Balances are in the smallest unit.", "/accounts"],
    ["linePayCards", "LINE Pay cards", "A code makes a card decline.", "/accounts"],
    ["linePayMerchants", "LINE Pay merchants", contracts, "/credentials"],
    ["linePaySwitches", "LINE Pay switches", "Turned with provider line_pay.", "/switches"],
  ];
}

function portOneTables(): [id: string, title: string, note: string, path: string][] {
  const once = "Each sent once, unless the merchant asked for retries.";
  const keys = "Where a payer can end one; no merchant is told.";
  return [
    ["portOneCustomers", "PortOne billing keys", "By customer_uid.", "/portone/billing-keys"],
    ["portOneKeys", "PortOne keys at the PGs", keys, "/portone/pg-keys"],
    ["portOnePayments", "PortOne payments", "Failed ones and issuances too.", "/portone/payments"],
    ["portOneSchedules", "PortOne schedules", "On the emulator's clock.", "/portone/schedules"],
    ["portOnePayers", "PortOne payers", "They log in with their number.", "/accounts"],
    ["portOneMeans", "PortOne accounts and cards", "A code makes one decline.", "/accounts"],
    ["portOneMerchants", "PortOne merchants", "With a channel for each PG.", "/credentials"],
    ["portOneDeliveries", "PortOne webhook deliveries", once, "/webhooks/deliveries"],
    ["portOneSwitches", "PortOne switches", "Turned with provider portone.", "/switches"],
  ];
}

function forms() {
  return html`
    <form data-call="/clock">
      <h2>Advance the clock</h2>
      <label>By <input name="by" value="P1D" required /></label>
      <button>Advance</button>
      <p>
        <button type="button" data-say="/clock" data-body='{"by":"PT1H"}'>1 hour</button>
        <button type="button" data-say="/clock" data-body='{"by":"P1D"}'>1 day</button>
        <button type="button" data-say="/clock" data-body='{"by":"P1M"}'>1 month</button>
      </p>
    </form>
    <form data-call="/accounts" data-fixed='{"kind":"change"}' id="change">
      <h2>Change an account or card</h2>
      <label>Account or card id <input name="id" required /></label>
      <label>Balance (KRW) <input name="balance" type="number" min="0" /></label>
      <label
        >State
        <select name="state">
          <option value="">as it is</option>
          ${["open", "closed", "on_hold", "usable", "stopped", "lost"].map(
            (state) => html`<option>${state}</option>`,
          )}
        </select></label
      >
      <button>Change</button>
    </form>
    <form data-call="/faults" data-json>
      <h2>Order a fault</h2>
      <label>As JSON <textarea name="json" rows="4" required>${faultExample}</textarea></label>
      <button>Order</button>
      <button type="button" data-say="/faults" data-method="DELETE">Remove all</button>
    </form>
    <form data-call="/switches" data-json>
      <h2>Turn switches</h2>
      <label>As JSON <textarea name="json" rows="4" required>${switchExample}</textarea></label>
      <button>Turn</button>
    </form>
    <form data-call="/webhooks">
      <h2>Register a webhook</h2>
      <label>Address <input name="url" type="url" required /></label>
      <label
        >Provider
        <select name="provider">
          <option>toss</option>
          <option>portone</option>
        </select></label
      >
      <button>Register</button>
    </form>
    <form data-call="/toss/billing-auths">
      <h2>Register a buyer</h2>
      <label>customerKey <input name="customerKey" required /></label>
      <label
        >Method
        <select name="method">
          <option>TRANSFER</option>
          <option>CARD</option>
        </select></label
      >
      <button>Go through the window</button>
    </form>
    <form data-call="/reset" data-sure="Forget everything but the time?">
      <h2>Start over</h2>
      <button>Reset</button>
      <button type="button" data-say="/requests/clear">Clear the requests</button>
    </form>
  `;
}

function callDetails({ method, path, does, schema }: ControlCall) {
  const takes =
    schema === undefined
      ? "Takes nothing."
      : JSON.stringify(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }), null, 2);
  return html`<details>
    <summary><code>${method} ${path}</code> ${does}</summary>
    <pre>${takes}</pre>
  </details>`;
}
