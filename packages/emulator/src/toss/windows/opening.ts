/**
 * Opening a window: the SDK sends the buyer to `/windows/open` with the request in the query. A
 * navigation needs nothing of the merchant's page but permission to frame us, so it also works
 * where a fetch would be stopped by a content security policy.
 */
import type { Context } from "hono";
import { z } from "zod";
import { askedLanguage, show } from "../../windows/page-answers.ts";
import type { FrameParent } from "../../windows/page.ts";
import { billingMethods } from "../records.ts";
import { brokenRequestPage, refusedPage } from "./closed-pages.ts";
import { failureRedirect } from "./redirects.ts";
import { cardOwners } from "./sessions.ts";
import type { WindowRouteDeps } from "./window-context.ts";
import { windowPath } from "./window-page.ts";

const webAddress = z.url({ protocol: /^https?$/, error: "must be an absolute http(s) address" });

/** The query of `/windows/open`, as our own scripts write it; limits as in the SDK's types. */
const openRequestSchema = z
  .object({
    clientKey: z.string(),
    customerKey: z.string(),
    method: z.enum(billingMethods),
    successUrl: webAddress,
    failUrl: webAddress,
    customerName: z.string().max(100).optional(),
    customerEmail: z.string().max(100).optional(),
    selectableCardTypes: z
      .string()
      .transform((list) => list.split(","))
      .pipe(z.array(z.enum(cardOwners)).min(1))
      .default([...cardOwners]),
    windowTarget: z.enum(["iframe", "self"]).default("self"),
    merchantOrigin: webAddress.optional(),
    channel: z.string().max(100).optional(),
  })
  .refine((request) => request.windowTarget === "self" || parentOf(request) !== undefined, {
    path: ["merchantOrigin"],
    message: "an iframe needs merchantOrigin and channel",
  });

/** Opens a session for a request and goes to its first page, or says why not. */
export function openWindow(context: Context, { state, sessions }: WindowRouteDeps) {
  const language = askedLanguage(context) ?? "ko";
  const parsed = openRequestSchema.safeParse(context.req.query());
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join(".")}: ${message}`,
    );
    return show(context, brokenRequestPage(language, problems), 422);
  }
  const request = parsed.data;
  const parent = parentOf(request);
  const { clientKey, customerKey, method, customerName, customerEmail } = request;
  const auth = state.openBillingAuth({
    clientKey,
    customerKey,
    method,
    customerName,
    customerEmail,
  });
  if ("error" in auth) {
    const { message } = auth.error;
    const failUrl = failureRedirect(request.failUrl, { code: "PAY_PROCESS_ABORTED", message });
    return show(context, refusedPage(auth.error, language, failUrl, parent), 422);
  }
  const session = sessions.open({
    billingAuthId: auth.id,
    method,
    cardOwners: request.selectableCardTypes,
    successUrl: request.successUrl,
    failUrl: request.failUrl,
    parent,
    language,
  });
  return context.redirect(windowPath(session), 303);
}

/** Undefined for a window that has the tab to itself. */
function parentOf(request: {
  readonly windowTarget: "iframe" | "self";
  readonly merchantOrigin?: string | undefined;
  readonly channel?: string | undefined;
}): FrameParent | undefined {
  const { windowTarget, merchantOrigin, channel } = request;
  const isFramed = windowTarget === "iframe";
  if (!isFramed || merchantOrigin === undefined || channel === undefined) return undefined;
  return { merchantOrigin: new URL(merchantOrigin).origin, channel };
}
