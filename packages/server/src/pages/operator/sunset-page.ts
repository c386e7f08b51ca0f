/** Leaving a provider: what it would mean, the decision, and whom it still waits for. */
import { html, raw } from "hono/html";
import { Temporal } from "temporal-polyfill";
import type { Connection } from "../../connections/connection.ts";
import type { SunsetJson } from "../../contract/sunsets.ts";
import type { SunsetPreview } from "../../sunsets/preview-sunset.ts";
import type { SunsetSubscription } from "../../sunsets/sunset-reads.ts";
import type { Html } from "../answer.ts";
import { formatMoment } from "../format.ts";
import { badge, facts, operatorPage, postForm, table, type Cell, type Desk } from "./layout.ts";
import type { SunsetFields } from "./sunset-routes.ts";

const zone = "Asia/Seoul";

const moment = (instant: Temporal.Instant | string) =>
  `${formatMoment(Temporal.Instant.from(instant), zone)} (${zone})`;

export interface SunsetToDecide {
  readonly connection: Connection;
  /** Active ones, where customers could register. */
  readonly successors: readonly Connection[];
}

const pathOf = ({ id }: Connection) => `/operator/connections/${id}/sunset`;

/** The form before anything is decided. */
export function newSunsetPage(desk: Desk, decision: SunsetToDecide): Html {
  const { say } = desk;
  const body = html`<p class="soft">${say("sunsetLead")}</p>
    ${termsForm(desk, decision)}`;
  return sunsetPage(desk, decision.connection, body);
}

function sunsetPage(desk: Desk, { name }: Connection, body: Html): Html {
  const title = desk.say("sunsetTitle", { name });
  return operatorPage(desk, { title, section: "connections", body });
}

/** @param present What the form begins with; undefined when nothing is decided yet. */
function termsForm(
  desk: Desk,
  { connection, successors }: SunsetToDecide,
  present?: SunsetJson,
): Html {
  const { say } = desk;
  if (successors.length === 0) return html`<p class="notice">${say("noSuccessor")}</p>`;
  const option = (value: string, label: string, chosen: string | undefined) =>
    html`<option value="${value}" ${value === chosen ? raw("selected") : ""}>${label}</option>`;
  const { successorId, reason = "", whenSilent } = present ?? {};
  const days = daysOf(present);
  const fields = html`<label
      >${say("successor")}
      <select name="successorId">
        ${successors.map(({ id, name }) => option(id, name, successorId))}
      </select></label
    >
    <label
      >${say("sunsetReason")}
      <input type="text" name="reason" value="${reason}" maxlength="500" required
    /></label>
    <label
      >${say("lastChargeDay")} <input type="date" name="lastChargeOn" value="${days.lastChargeOn}"
    /></label>
    <label
      >${say("whenSilent")}
      <select name="whenSilent">
        ${option("keep", say("silentKeep"), whenSilent)}
        ${option("cancel", say("silentCancel"), whenSilent)}
      </select></label
    >
    <label>${say("cancelOn")} <input type="date" name="cancelOn" value="${days.cancelOn}" /></label>
    <button type="submit">${say("preview")}</button>`;
  return html`<div class="sheet pad">
    ${postForm(desk, `${pathOf(connection)}/preview`, fields)}
  </div>`;
}

/** As the form has them; empty for none, and for charging that is over. */
function daysOf(present: SunsetJson | undefined): { lastChargeOn: string; cancelOn: string } {
  const dayOf = (instant: Temporal.Instant) =>
    instant.toZonedDateTimeISO(zone).toPlainDate().toString();
  const { cancelAt = null, chargesUntil = "", state } = present ?? {};
  return {
    lastChargeOn:
      state === "charging"
        ? dayOf(Temporal.Instant.from(chargesUntil).subtract({ nanoseconds: 1 }))
        : "",
    cancelOn: cancelAt === null ? "" : dayOf(Temporal.Instant.from(cancelAt)),
  };
}

/** What was chosen would mean this; nothing is decided before the box is ticked. */
export function sunsetPreviewPage(
  desk: Desk,
  { connection, successor }: { readonly connection: Connection; readonly successor: Connection },
  preview: SunsetPreview,
  fields: SunsetFields,
): Html {
  const { say } = desk;
  const { keys, problems, subscriptions, terms } = preview;
  const until = fields.lastChargeOn === undefined ? say("stopsNow") : moment(terms.chargesUntil);
  const silent =
    terms.cancelAt === undefined
      ? say("silentKeep")
      : `${say("silentCancel")}: ${moment(terms.cancelAt)}`;
  const hidden = Object.entries(fields).map(([name, value]) =>
    value === undefined ? "" : html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  const body = html`<h2>${say("sunsetPreviewTitle")}</h2>
    ${facts([
      [say("successor"), successor.name],
      [say("chargesUntil"), until],
      [say("keysThere"), String(keys.active + keys.suspended)],
      [
        say("subscriptionsThere", { total: subscriptions.total }),
        html`${say("dueBefore", { count: subscriptions.dueBefore })}<br />
          ${say("dueAfter", { count: subscriptions.dueAfter })}<br />
          ${say("endingThere", { count: subscriptions.ending })}`,
      ],
      [say("whenSilent"), silent],
      [say("sunsetReason"), terms.reason],
    ])}
    ${problems.map(
      (it) =>
        html`<p class="notice bad" role="alert">
          ${say("couldNotMove", { count: it.subscriptions })}: ${it.message}
          ${it.planId === undefined ? "" : html`<code>${it.planId}</code>`}
        </p>`,
    )}
    ${confirmForm(desk, pathOf(connection), "confirmSunset", "startSunset", html`${hidden}`)}
    <p><a href="${pathOf(connection)}">← ${say("connections")}</a></p>`;
  return sunsetPage(desk, connection, body);
}

function confirmForm(
  desk: Desk,
  action: string,
  sentence: "confirmSunset" | "confirmTakeBack",
  label: "startSunset" | "takeBack",
  hidden: Html,
): Html {
  const { say } = desk;
  const fields = html`${hidden}
    <label class="row">
      <input type="checkbox" name="isConfirmed" value="yes" required /> ${say(sentence)}
    </label>
    <button class="${label === "takeBack" ? "plain" : "danger"}" type="submit">
      ${say(label)}
    </button>`;
  return html`<div class="sheet pad">${postForm(desk, action, fields)}</div>`;
}

export interface SunsetUnderWay extends SunsetToDecide {
  readonly sunset: SunsetJson;
  readonly successor: Connection;
  readonly waiting: readonly SunsetSubscription[];
  readonly listLimit: number;
  readonly requestUrlOf: (methodRequestId: string) => string;
}

/** Copies a link; where the browser does not allow it, the link is there to be marked. */
const copyScript = `document.addEventListener("click", async ({ target }) => {
  const button = target.closest("button[data-copy]");
  if (button === null || navigator.clipboard === undefined) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = "✓";
})`;

export function sunsetUnderWayPage(desk: Desk, it: SunsetUnderWay): Html {
  const { say } = desk;
  const { connection, listLimit, successor, sunset } = it;
  const change = html`<details>
      <summary>${say("changeSunset")}</summary>
      ${termsForm(desk, it, sunset)}
    </details>
    <details>
      <summary>${say("takeBack")}</summary>
      ${confirmForm(desk, `${pathOf(connection)}/take-back`, "confirmTakeBack", "takeBack", html``)}
    </details>`;
  const body = html`${progress(desk, sunset, successor)}
    <h2>${say("requestLink")}</h2>
    ${waitingTable(desk, it)}
    <p class="soft">${say("newestOf", { count: listLimit })}</p>
    ${sunset.state === "ended" ? "" : change}
    <script nonce="${desk.nonce}">
      ${raw(copyScript)};
    </script>`;
  return sunsetPage(desk, connection, body);
}

function progress(desk: Desk, sunset: SunsetJson, successor: Connection): Html {
  const { say } = desk;
  const { asked, ending, silent, switched, visited, waiting } = sunset.subscriptions;
  const all = switched + waiting;
  const { active, suspended } = sunset.keys;
  const pairs: [string, Cell][] = [
    [say("status"), badge(desk, sunset.state)],
    [say("successor"), successor.name],
    [say("chargesUntil"), moment(sunset.chargesUntil)],
    [
      say("subscriptions"),
      html`${say("waitingCounts", { waiting, asked, visited, silent })}<br />
        ${say("endingThere", { count: ending })}`,
    ],
    [say("keysThere"), say("keysLeft", { keys: active + suspended, open: sunset.openCharges })],
    [
      say("whenSilent"),
      sunset.cancelAt === null
        ? say("silentKeep")
        : `${say("silentCancel")}: ${moment(sunset.cancelAt)}`,
    ],
    [say("sunsetReason"), sunset.reason],
  ];
  if (sunset.nextDueAt !== null) pairs.push([say("nextWaiting"), moment(sunset.nextDueAt)]);
  if (sunset.endedAt !== null) pairs.push([say("endedAt"), moment(sunset.endedAt)]);
  const told = say("switchedOf", { switched, all });
  return html`<p>
      <strong>${told}</strong>
      <progress
        max="${Math.max(all, 1)}"
        value="${all === 0 ? 1 : switched}"
        aria-label="${told}"
      ></progress>
    </p>
    ${facts(pairs)}`;
}

function waitingTable(desk: Desk, { requestUrlOf, waiting }: SunsetUnderWay): Html {
  const { say } = desk;
  const rows = waiting.map((it): Cell[] => [
    html`<a href="/operator/subscriptions/${it.id}">${it.customerName ?? it.customerId}</a>`,
    badge(desk, it.status),
    it.nextDueAt === undefined ? "–" : formatMoment(it.nextDueAt, zone),
    it.visitedAt === undefined ? "–" : formatMoment(it.visitedAt, zone),
    it.methodRequestId === undefined
      ? html`<span class="soft">${say("notAskedYet")}</span>`
      : linkCell(desk, requestUrlOf(it.methodRequestId)),
  ]);
  const heads = [say("customer"), say("status"), say("next"), say("visited"), say("requestLink")];
  return table(heads, rows, say("everybodyMoved"));
}

function linkCell({ say }: Desk, url: string): Html {
  return html`<code>${url}</code>
    <button class="plain" type="button" data-copy="${url}">${say("copy")}</button>`;
}
