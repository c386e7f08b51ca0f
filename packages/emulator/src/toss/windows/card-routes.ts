/** The card window: one form, then the card company's word. */
import { Hono, type Context } from "hono";
import { show, typedAtFirst } from "../../windows/page-answers.ts";
import type { Refusal } from "../refusals.ts";
import { cardPage } from "./card-page.ts";
import { refusalText } from "./closed-pages.ts";
import { cardForm, readForm, samples } from "./forms.ts";
import { successRedirect } from "./redirects.ts";
import { endWindow, type WindowEnv, type WindowRouteDeps } from "./window-context.ts";
import { formState, viewOf } from "./window-page.ts";

/** The first page of a card window. */
export function showCardStart(context: Context<WindowEnv>) {
  const view = viewOf(context.var.session);
  return show(context, cardPage(view, formState(view, typedAtFirst(context, samples.card))));
}

/** Routes below `/windows/{window}` for method CARD: the form is sent to the first page. */
export function cardRoutes({ state, sessions }: WindowRouteDeps): Hono<WindowEnv> {
  return new Hono<WindowEnv>().post("/", async (context) => {
    const view = viewOf(context.var.session);
    const { session } = view;
    const sent = readForm(cardForm, await context.req.parseBody());
    if (!sent.ok) {
      return show(context, cardPage(view, formState(view, sent.typed, sent.mistakes)), 422);
    }
    const reject = (refusal: Refusal) => {
      const reason = refusalText(refusal, session.language);
      return show(context, cardPage(view, formState(view, sent.typed), reason), 422);
    };

    const { number, expiryMonth, expiryYear, identityNumber, passwordTwoDigits } = sent.data;
    const card = state.registerCard({
      number,
      expiryMonth,
      expiryYear,
      birthDate: identityNumber,
      passwordTwoDigits,
    });
    if ("error" in card) return reject(card.error);
    const approval = state.approveBillingAuth(session.billingAuthId, { cardId: card.id });
    if ("error" in approval) return reject(approval.error);
    return endWindow(context, sessions, successRedirect(session.successUrl, approval));
  });
}
