/** What a provider holds for a charge: until when, and the buttons that capture or void it. */
import { currencies, money, type Currency, type Money } from "@maedal/gateways";
import { html } from "hono/html";
import type { CallView } from "../../authorizations/authorization-reads.ts";
import type { ChargeView } from "../../charges/charge-reads.ts";
import type { Html } from "../answer.ts";
import { formatMoment, formatMoney } from "../format.ts";
import { badge, evidence, facts, postForm, type Cell, type Desk } from "./layout.ts";
import { wordIn, type TextKey } from "./texts.ts";

/** Nothing for a charge that was never authorized. */
export function authorizationPanel(
  desk: Desk,
  charge: ChargeView,
  calls: readonly CallView[],
  zone: string,
): Html | string {
  const { say } = desk;
  if (charge.authorizedAt === undefined) return "";
  return html`<h2>${say("authorization")}</h2>
    ${facts(authorizationFacts(desk, charge, zone))}
    ${charge.status === "authorized" ? settleForms(desk, charge) : ""}
    ${calls.map((call) => callSheet(desk, charge, call, zone))}`;
}

function authorizationFacts(desk: Desk, charge: ChargeView, zone: string): [string, Cell][] {
  const { say, language } = desk;
  const { amount, authorizationExpiresAt, authorizedAt, capturedMinor, status } = charge;
  const pairs: [string, Cell][] = [[say("heldAmount"), formatMoney(amount, language)]];
  if (authorizedAt !== undefined) pairs.push([say("heldSince"), formatMoment(authorizedAt, zone)]);
  if (authorizationExpiresAt !== undefined) {
    const until = formatMoment(authorizationExpiresAt, zone);
    const isHeld = status === "authorized";
    pairs.push([
      say("heldUntil"),
      isHeld ? html`<strong>${until}</strong> · ${say("captureBefore")}` : until,
    ]);
  }
  if (capturedMinor > 0) {
    const taken = money(capturedMinor, amount.currency);
    pairs.push([say("capturedAmount"), formatMoney(taken, language)]);
  }
  return pairs;
}

/** Money moves with one click here, so each form wants a tick first. */
function settleForms(desk: Desk, { amount, id }: ChargeView): Html {
  const { say, language } = desk;
  const path = `/operator/charges/${id}`;
  const all = formatMoney(amount, language);
  const confirmed = (text: string) =>
    html`<label><input type="checkbox" name="isConfirmed" value="yes" required /> ${text}</label>`;
  const form = (title: TextKey, action: string, look: string, fields: Html) =>
    html`<details>
      <summary>${say(title, { amount: all })}</summary>
      <div class="sheet pad">
        ${postForm(
          desk,
          `${path}/${action}`,
          html`${fields}
            <button class="${look}" type="submit">${say(title, { amount: all })}</button>`,
        )}
      </div>
    </details>`;
  const part = html`<label
      >${say("partToCapture", { amount: all })}
      <input type="text" name="amount" inputmode="decimal" required
    /></label>
    ${confirmed(say("confirmPart"))}`;
  return html`${form("captureAll", "capture", "", confirmed(say("confirmAll", { amount: all })))}
  ${form("capturePart", "capture", "plain", part)}
  ${form("voidAll", "void", "danger", confirmed(say("confirmVoid", { amount: all })))}`;
}

function callSheet(desk: Desk, { amount }: ChargeView, call: CallView, zone: string): Html {
  const { say, language } = desk;
  const { claimedAt, endedAt, failure, kind, requestedBy } = call;
  const pairs: [string, Cell][] = [
    [
      say(kind === "capture" ? "captureCall" : "voidCall"),
      formatMoney(money(call.amountMinor, amount.currency), language),
    ],
    [say("requestedBy"), requestedBy],
    [say("sentAt"), formatMoment(claimedAt, zone)],
    [
      say("outcome"),
      html`${badge(desk, call.outcome ?? "in_flight")}
      ${endedAt === undefined ? "" : formatMoment(endedAt, zone)}`,
    ],
  ];
  if (failure !== undefined) {
    pairs.push([say("why"), wordIn(language, failure.class)]);
    pairs.push([say("providerSays"), [failure.message, failure.code].filter(Boolean).join(" · ")]);
  }
  return html`${facts(pairs)} ${evidence(desk, call.exchange)}`;
}

/**
 * An amount as people write it, in whole won or baht with two decimals: `1,234.50`.
 *
 * @returns undefined when it is no amount of this currency.
 */
export function readAmount(text: string, currency: Currency): Money | undefined {
  const digits = currencies[currency];
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(text.replaceAll(/[\s,]/g, "")) ?? [];
  if (whole === undefined || fraction.length > digits) return undefined;
  const amountMinor = Number(whole + fraction.padEnd(digits, "0"));
  return Number.isSafeInteger(amountMinor) ? money(amountMinor, currency) : undefined;
}
