/** Gateway connections: state, webhook address, what the provider does differently; how to leave it. */
import { html } from "hono/html";
import type { ObservationRecord } from "../../connections/connection-store.ts";
import type { Connection } from "../../connections/connection.ts";
import type { RunHold } from "../../runs/run-store.ts";
import type { Html } from "../answer.ts";
import { formatMoment } from "../format.ts";
import { badge, buttonForm, facts, operatorPage, table, type Cell, type Desk } from "./layout.ts";

const zone = "Asia/Seoul";

export function connectionsPage(
  desk: Desk,
  connections: readonly Connection[],
  observations: readonly ObservationRecord[],
  holds: readonly RunHold[],
  notificationUrlOf: (token: string) => string,
): Html {
  const { say } = desk;
  const body = html`${connections.map((connection) => {
    const ours = observations.filter(({ connectionId }) => connectionId === connection.id);
    const hold = holds.find(({ connectionId }) => connectionId === connection.id);
    return connectionSection(desk, connection, ours, hold, notificationUrlOf);
  })}
  ${connections.length === 0 ? html`<p class="soft">${say("noConnection")}</p>` : ""}`;
  return operatorPage(desk, { title: say("connections"), section: "connections", body });
}

function connectionSection(
  desk: Desk,
  connection: Connection,
  observations: readonly ObservationRecord[],
  hold: RunHold | undefined,
  notificationUrlOf: (token: string) => string,
): Html {
  const { say } = desk;
  const pairs: [string, Cell][] = [[say("status"), badge(desk, connection.state)]];
  if (connection.pausedReason !== undefined) {
    pairs.push([say("pausedBecause"), connection.pausedReason]);
  }
  if (connection.chargesUntil !== undefined) {
    pairs.push([say("chargesUntil"), `${formatMoment(connection.chargesUntil, zone)} (${zone})`]);
  }
  pairs.push(
    [say("host"), html`<code>${connection.apiHost}</code>`],
    [
      say("notificationUrl"),
      html`<code>${notificationUrlOf(connection.notificationToken)}</code>
        <div class="soft">${say("notificationHint")}</div>`,
    ],
  );
  const rows = observations.map((it): Cell[] => [
    html`<code>${it.code}</code>`,
    html`${it.detail}
      <div class="soft">
        ${say("seen", { count: it.occurrences, at: formatMoment(it.lastSeenAt, zone) })}
      </div>`,
  ]);
  return html`<h2>${connection.name}</h2>
    ${facts(pairs)}
    ${
      connection.pausedReason === undefined
        ? html`<p>
            <a href="/operator/connections/${connection.id}/pause"
              >${say("stopOne", { name: connection.name })}</a
            >
          </p>`
        : html`<p>
            ${buttonForm(desk, `/operator/connections/${connection.id}/resume`, say("resume"))}
          </p>`
    }
    <p>
      <a href="/operator/connections/${connection.id}/sunset"
        >${say(connection.state === "sunset" ? "sunsetProgress" : "sunsetLink")}</a
      >
    </p>
    ${hold === undefined ? "" : heldRun(desk, hold)}
    ${rows.length === 0 ? "" : html`<h2>${say("observations")}</h2>`}
    ${rows.length === 0 ? "" : table(["", ""], rows, "")}`;
}

/** More charges at once than usual: somebody looks, and lets them go. */
function heldRun(desk: Desk, { charges, connectionId, usual }: RunHold): Html {
  const { say } = desk;
  const action = `/operator/connections/${connectionId}/confirm-run`;
  return html`<p class="notice bad">${say("runHeld", { charges, usual })}</p>
    <p>${buttonForm(desk, action, say("confirmRun"))}</p>`;
}
