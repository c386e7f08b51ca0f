/**
 * The control page's script. It asks for the overview each second and rewrites a table only when
 * its text has changed, so that nothing flickers and a selection stays.
 */
export const pageScript = `
"use strict";
const columns = {
  ledger: ["sequence", "at", "provider", "kind", "orderId", "amount", "currency", "key", "paymentId"],
  requests: ["sequence", "receivedAt", "provider", "operation", "orderId", "path", "outcome", "processed", "fault", "body"],
  faults: ["id", "provider", "operation", "match", "action", "remaining", "matched", "hits"],
  billingKeys: ["billingKey", "merchantId", "customerKey", "method", "accountId", "cardId", "authenticatedAt", "removedAt"],
  members: ["id", "name", "phone", "status"],
  accounts: ["id", "memberId", "bankCode", "number", "holder", "balance", "state"],
  cards: ["id", "number", "expiryYear", "expiryMonth", "balance", "state"],
  merchants: ["merchantId", "clientKey", "secretKey", "billingContract", "apiVersion", "sellsTaxFree"],
  webhooks: ["id", "provider", "url", "merchantId"],
  linePayRequests: ["requestedAt", "transactionId", "orderId", "payType", "amountMinor", "currency", "status", "payerId", "method"],
  linePayKeys: ["regKey", "channelId", "payerId", "method", "productName", "issuedAt", "lastUsedAt", "ended"],
  linePayPayments: ["paidAt", "transactionId", "orderId", "amountMinor", "capturedMinor", "currency", "status", "regKey", "refunds"],
  linePayPayers: ["id", "name", "email", "phone", "state", "balances"],
  linePayCards: ["id", "payerId", "brand", "nickname", "last4", "declineCode", "removedAt"],
  linePayMerchants: ["channelId", "channelSecret", "name", "currency", "preapprovedContract", "captureContract", "creditCardAuthContract"],
  portOneCustomers: ["customerUid", "impCode", "pgProvider", "pgId", "isSandbox", "pgKeyId", "insertedAt", "updatedAt"],
  portOneKeys: ["id", "customerUid", "pgProvider", "meansId", "issuedAt", "ended"],
  portOnePayments: ["startedAt", "impUid", "merchantUid", "pgProvider", "amount", "cancelAmount", "tookMoney", "status", "failReason", "customerUid", "usage"],
  portOneSchedules: ["merchantUid", "customerUid", "scheduleAtSeconds", "amount", "status", "executedAt", "revokedAt", "impUid"],
  portOnePayers: ["id", "name", "phone"],
  portOneMeans: ["id", "payerId", "kind", "institutionCode", "number", "balance", "declineCode"],
  portOneMerchants: ["impCode", "apiKey", "apiSecret", "name", "webhookFormat", "webhookRetries", "recoveryHour", "isIpBlocked"],
  portOneDeliveries: ["sequence", "id", "eventType", "url", "status", "nextAttemptAt", "attempts", "body"],
  deliveries: ["sequence", "id", "eventType", "url", "status", "nextAttemptAt", "attempts", "body"],
};
const actions = {
  faults: (row) => [button("Remove", "/faults/" + row.id, null, "DELETE")],
  members: (row) => row.status === "active" ? [button("Leaves quick transfer", "/toss/withdrawals", { memberId: row.id })] : [],
  accounts: (row) => [fill(row.id)],
  cards: (row) => [fill(row.id)],
  billingKeys: () => [],
  linePayRequests: (row) => row.status !== "waiting" ? [] : [
    button("Approve", "/line-pay/requests/" + row.transactionId + "/approve", {}),
    button("Cancel", "/line-pay/requests/" + row.transactionId + "/cancel", {}),
  ],
  linePayKeys: (row) => row.ended ? [] : [button("Delete", "/line-pay/keys/" + row.regKey + "/delete", {})],
  webhooks: (row) => [button("Remove", "/webhooks/" + row.id, null, "DELETE")],
  portOneCustomers: (row) => [button("Payer ends it", "/portone/billing-keys/" + encodeURIComponent(row.customerUid) + "/end", {})],
  portOnePayments: (row) => row.tookMoney && row.cancelAmount < row.amount
    ? [button("Refund", "/portone/payments/" + row.impUid + "/cancel", {})] : [],
  portOneDeliveries: (row) => [button("Send again", "/webhooks/deliveries/" + row.id + "/resend", {})],
  deliveries: (row) => [button("Send again", "/webhooks/deliveries/" + row.id + "/resend", {})],
};
const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text) => text.replace(/[&<>"']/g, (sign) => escapes[sign]);
const shown = (value) => value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);

function button(label, call, body, method = "POST") {
  const sent = body === null ? "" : ' data-body="' + escaped(JSON.stringify(body)) + '"';
  return '<button type="button" data-say="' + escaped(call) + '" data-method="' + method + '"' + sent + ">" + label + "</button>";
}
const fill = (id) => '<button type="button" data-fill="' + escaped(id) + '">Change…</button>';

function cell(value) {
  const text = escaped(shown(value));
  return '<td title="' + text + '"' + (typeof value === "number" ? ' class="number"' : "") + ">" + text + "</td>";
}
function table(name, rows) {
  if (rows.length === 0) return '<p class="empty">None.</p>';
  const head = columns[name].map((column) => "<th>" + column + "</th>").join("");
  const lines = rows.map((row) => "<tr>" + columns[name].map((column) => cell(row[column])).join("") +
    (actions[name] ? "<td>" + actions[name](row).join(" ") + "</td>" : "") + "</tr>");
  return "<table><thead><tr>" + head + (actions[name] ? "<th></th>" : "") + "</tr></thead><tbody>" + lines.join("") + "</tbody></table>";
}
function switchTable(switches) {
  return "<table><tbody>" + Object.entries(switches).map(([name, value]) =>
    "<tr><th>" + escaped(name) + "</th>" + cell(String(value)) + "</tr>").join("") + "</tbody></table>";
}

const last = {};
function put(id, content) {
  if (last[id] === content) return;
  last[id] = content;
  document.getElementById(id).innerHTML = content;
}
async function refresh() {
  try {
    const world = await (await fetch("/overview")).json();
    document.getElementById("now").textContent = world.now;
    for (const name of Object.keys(columns)) put(name, table(name, world[name]));
    put("switches", switchTable(world.switches));
    put("linePaySwitches", switchTable(world.linePaySwitches));
    put("portOneSwitches", switchTable(world.portOneSwitches));
  } catch {
    say("The emulator does not answer.");
  }
}
function say(text) {
  document.getElementById("said").textContent = text;
}
async function call(path, method, body) {
  const request = { method };
  if (method === "POST") Object.assign(request, { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const response = await fetch(path, request);
  const answer = await response.json();
  say(response.ok ? JSON.stringify(answer) : answer.error.message);
  await refresh();
}
function bodyOf(form) {
  if ("json" in form.dataset) return JSON.parse(form.elements.json.value);
  const body = JSON.parse(form.dataset.fixed ?? "{}");
  for (const field of form.elements) {
    if (!field.name || field.value === "") continue;
    body[field.name] = field.type === "number" ? Number(field.value) : field.value;
  }
  return body;
}
document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.dataset.sure && !confirm(form.dataset.sure)) return;
  try {
    void call(form.dataset.call, "POST", bodyOf(form));
  } catch {
    say("That is not JSON.");
  }
});
document.addEventListener("click", (event) => {
  const { say: path, fill: id, body, method } = event.target.dataset;
  if (path) void call(path, method ?? "POST", JSON.parse(body ?? "{}"));
  if (id) {
    const form = document.getElementById("change");
    form.elements.id.value = id;
    form.elements.balance.focus();
  }
});
void refresh();
setInterval(refresh, 1000);
`;
