/** The card window: one form, then the card company's word. */
import { Hono } from "hono";
import { show } from "../../windows/page-answers.ts";
import { cardPage } from "./card-page.ts";
import { cardWindowForm, readForm } from "./forms.ts";
import { endWindow, type WindowEnv, type WindowRouteDeps } from "./window-context.ts";
import { formState } from "./window-page.ts";

/** Routes below `/windows/{window}` for a PG that asks for a card. */
export function cardRoutes(deps: WindowRouteDeps): Hono<WindowEnv> {
  const { state } = deps;
  return new Hono<WindowEnv>().post("/card", async (context) => {
    const { view } = context.var;
    const sent = readForm(cardWindowForm, await context.req.parseBody());
    if (!sent.ok) {
      return show(context, cardPage(view, formState(view, sent.typed, sent.mistakes)), 422);
    }
    const card = state.addCard(sent.data);
    if ("problem" in card) {
      const mistakes = { number: "cardUnknown" } as const;
      return show(context, cardPage(view, formState(view, sent.typed, mistakes)), 422);
    }
    return endWindow(context, deps, state.approveCheckout(view.session.impUid, card.id));
  });
}
