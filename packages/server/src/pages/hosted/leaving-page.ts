/** The page on the way to the provider's own: it goes on by itself, and has a link for who waits. */
import { html } from "hono/html";
import type { Html } from "../answer.ts";
import { hostedPage, type Voice } from "./layout.ts";

export interface LeavingPage {
  readonly merchant: string;
  readonly isTest: boolean;
  readonly provider: string;
  /** The provider's page. */
  readonly url: string;
}

export function leavingPage(voice: Voice, { merchant, isTest, provider, url }: LeavingPage): Html {
  const { say } = voice;
  const title = say("leavingTitle", { provider });
  const body = html`<div class="sign wait" aria-hidden="true"></div>
    <h1>${title}</h1>
    <p class="soft">${say("leavingLead")}</p>
    <p><a class="button" href="${url}" rel="noreferrer">${say("leavingLink")}</a></p>`;
  return hostedPage(voice, { title, merchant, isTest, body, goesTo: url });
}
