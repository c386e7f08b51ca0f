/** Test clocks: what time it is, buttons to move on, and what an advance still waits for. */
import { html, raw } from "hono/html";
import type { TestClock, WorkOnClock } from "../../test-clocks/test-clock-store.ts";
import type { Html } from "../answer.ts";
import { formatMoment } from "../format.ts";
import { buttonForm, facts, operatorPage, postForm, type Cell, type Desk } from "./layout.ts";

const zone = "Asia/Seoul";

export interface ClockWithWork {
  readonly clock: TestClock;
  readonly work: WorkOnClock;
}

/** Shows the page anew while a clock is on its way. */
const watchScript = `setTimeout(() => location.reload(), 800);`;

export function testClocksPage(desk: Desk, clocks: readonly ClockWithWork[]): Html {
  const { say } = desk;
  const isMoving = clocks.some(({ clock }) => clock.status === "advancing");
  const body = html`<p class="soft">${say("clockLead")}</p>
    ${clocks.map((it) => clockSection(desk, it))}
    ${clocks.length === 0 ? html`<p>${say("allGood")}</p>` : ""}
    ${
      isMoving
        ? html`<script nonce="${desk.nonce}">
            ${raw(watchScript)};
          </script>`
        : ""
    }`;
  return operatorPage(desk, { title: say("clocks"), section: "clocks", body });
}

function clockSection(desk: Desk, { clock, work }: ClockWithWork): Html {
  const { say } = desk;
  const pairs: [string, Cell][] = [[say("now"), `${formatMoment(clock.nowAt, zone)} (${zone})`]];
  if (clock.targetAt !== undefined) {
    pairs.push([
      say("status"),
      html`<span class="badge warn">
          ${say("advancing", { target: formatMoment(clock.targetAt, zone) })}
        </span>
        ${say("waitsFor", { open: work.openCharges, due: work.dueWork })}`,
    ]);
  }
  if (work.nextDueAt !== undefined) pairs.push([say("next"), formatMoment(work.nextDueAt, zone)]);
  const path = `/operator/test-clocks/${clock.id}/advance`;
  const today = clock.nowAt.toZonedDateTimeISO(zone).toPlainDate().toString();
  const dateFields = html`<label class="row">
    ${say("toDate")} <input type="date" name="date" min="${today}" required />
    <button class="plain" type="submit">${say("go")}</button>
  </label>`;
  return html`<h2>${clock.name}</h2>
    ${facts(pairs)}
    ${
      clock.status === "advancing"
        ? ""
        : html`<div class="row">
            ${buttonForm(desk, path, say("oneDay"), { values: { by: "P1D" } })}
            ${buttonForm(desk, path, say("oneMonth"), { values: { by: "P1M" } })}
            ${postForm(desk, path, dateFields)}
          </div>`
    }`;
}
