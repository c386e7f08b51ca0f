/** What the daily comparison with the providers' records has found, and what is left to do. */
import { html } from "hono/html";
import type { FindingView } from "../../sweeps/finding-store.ts";
import type { SweepView } from "../../sweeps/sweep-reads.ts";
import type { Html } from "../answer.ts";
import { formatMoment, formatMoney } from "../format.ts";
import { badge, buttonForm, facts, operatorPage, postForm, table } from "./layout.ts";
import type { Cell, Desk } from "./layout.ts";
import { wordIn } from "./texts.ts";

export function sweepPage(
  desk: Desk,
  open: readonly FindingView[],
  sweeps: readonly SweepView[],
  zone: string,
): Html {
  const { say } = desk;
  const body = html`<p class="soft">${say("sweepLead")}</p>
    <p>${buttonForm(desk, "/operator/sweeps", say("sweepNow"), { look: "plain" })}</p>
    <h2>${say("sweepOpen")}</h2>
    ${open.length === 0 ? html`<p>${say("sweepNothing")}</p>` : ""}
    ${open.map((finding) => findingSheet(desk, finding, zone))}
    <h2>${say("sweepRuns")}</h2>
    ${sweepTable(desk, sweeps, zone)}`;
  return operatorPage(desk, { title: say("sweeps"), section: "sweeps", body });
}

function findingSheet(desk: Desk, finding: FindingView, zone: string): Html {
  const { language, say } = desk;
  const { amount, chargeId, connectionName, createdAt, kind, orderId, paymentId } = finding;
  const pairs: [string, Cell][] = [
    [say("status"), badge(desk, kind)],
    [say("when"), formatMoment(createdAt, zone)],
    [say("connections"), connectionName],
    [say("why"), finding.detail],
    [say("sweepAct"), wordIn(language, finding.action)],
    [say("sweepTodo"), wordIn(language, `todo_${kind}`)],
  ];
  if (amount !== undefined) pairs.push([say("amount"), formatMoney(amount, language)]);
  if (paymentId !== undefined) pairs.push([say("payment"), html`<code>${paymentId}</code>`]);
  if (orderId !== undefined) pairs.push([say("order"), html`<code>${orderId}</code>`]);
  if (chargeId !== undefined) {
    const link = html`<a href="/operator/charges/${chargeId}"><code>${chargeId}</code></a>`;
    pairs.push([say("charges"), link]);
  }
  return html`${facts(pairs)}
    <div class="sheet pad">${settleForm(desk, finding)} ${refundForm(desk, finding)}</div>`;
}

function settleForm(desk: Desk, { id }: FindingView): Html {
  const { say } = desk;
  const fields = html`<label
      >${say("sweepSettleNote")}<textarea name="note" rows="2" required maxlength="1000"></textarea>
    </label>
    <button type="submit">${say("sweepSettle")}</button>`;
  return postForm(desk, `/operator/sweeps/${id}/settle`, fields);
}

/** Only what a charge of ours took is refunded from here. */
function refundForm(desk: Desk, { id, refundableChargeId }: FindingView): Html | string {
  const { say } = desk;
  if (refundableChargeId === undefined) return "";
  const fields = html`<label
      ><input type="checkbox" name="isConfirmed" value="yes" required /> ${say("sweepMeant")}</label
    >
    <button class="danger" type="submit">${say("sweepRefund")}</button>`;
  return postForm(desk, `/operator/sweeps/${id}/refund`, fields);
}

function sweepTable(desk: Desk, sweeps: readonly SweepView[], zone: string): Html {
  const { say } = desk;
  const rows = sweeps.map((it): Cell[] => [
    formatMoment(it.createdAt, zone),
    it.connectionName,
    html`${formatMoment(it.from, zone)} – ${formatMoment(it.to, zone)}`,
    badge(desk, it.status),
    html`${say("sweepCounts", countsOf(it))}
    ${it.failure === undefined ? "" : html`<div class="soft">${it.failure}</div>`}`,
  ]);
  const heads = [say("when"), say("connections"), say("sweepTime"), say("status"), ""];
  return table(heads, rows, say("allGood"));
}

function countsOf({ asked, foreignListed: foreign, found, listed }: SweepView) {
  return { asked, foreign, found, listed };
}
