/** Before a stop: what it would hold back, and the button. */
import { html } from "hono/html";
import type { Html } from "../answer.ts";
import { formatMoney } from "../format.ts";
import type { HeldBack, StopPreview } from "../../runs/stop-preview.ts";
import { buttonForm, facts, operatorPage, type Cell, type Desk } from "./layout.ts";

export interface Stop {
  /** What would be stopped: a connection's name; undefined for the whole account. */
  readonly connectionName: string | undefined;
  /** Where the button leads. */
  readonly action: string;
  readonly preview: StopPreview;
}

export function stopPage(desk: Desk, { action, connectionName, preview }: Stop): Html {
  const { say } = desk;
  const of = (held: readonly HeldBack[]): Cell =>
    held.length === 0
      ? say("allGood")
      : held
          .map(({ amount, count }) => {
            return `${say("times", { count })} · ${formatMoney(amount, desk.language)}`;
          })
          .join(", ");
  const pairs: [string, Cell][] = [
    [say("heldNow"), of(preview.now)],
    [say("heldWithinDay"), of(preview.withinDay)],
    [say("heldWithinWeek"), of(preview.withinWeek)],
    [say("activeSubscriptions"), String(preview.subscriptions)],
    [say("heldRefunds"), String(preview.refunds)],
  ];
  const title =
    connectionName === undefined ? say("stopAll") : say("stopOne", { name: connectionName });
  const body = html`<p>${say("stopLead")}</p>
    ${facts(pairs)}
    <p>${buttonForm(desk, action, title, { look: "danger" })}</p>`;
  const section = connectionName === undefined ? "overview" : "connections";
  return operatorPage(desk, { title, section, body });
}
