/**
 * Opening a window: the script loads `/windows/open` in a frame, with the parameters of
 * `request_pay` in the query. What comes of it, the page there tells the merchant's page: an error,
 * that the browser has to leave for the window, or that the frame is the window.
 */
import type { Context } from "hono";
import { z } from "zod";
import { askedLanguage, show } from "../../windows/page-answers.ts";
import type { FrameParent } from "../../windows/page.ts";
import type { Language } from "../../windows/texts.ts";
import { channelTraits } from "../channels.ts";
import { requestPaySchema, type Browser, type WindowError } from "../checkouts.ts";
import { brokenRequestPage, handingOverPage, refusedPage } from "./closed-pages.ts";
import { failureRedirect, failureRsp } from "./redirects.ts";
import type { WindowRouteDeps } from "./window-context.ts";
import { windowPath } from "./window-page.ts";

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: "custom", message: "must be JSON" });
    return z.NEVER;
  }
});

/** The query of `/windows/open`, as our own script writes it. */
const openRequestSchema = z.object({
  impCode: z.string(),
  params: jsonText,
  isMobile: z.literal("yes").optional(),
  /** `null` for a page without an origin, such as a file. */
  merchantOrigin: z.union([z.literal("null"), z.url({ protocol: /^https?$/ })]).optional(),
  channel: z.string().max(100).optional(),
});

/** What of the parameters is needed even when they are wrong. */
const hintsSchema = requestPaySchema.pick({ merchant_uid: true, m_redirect_url: true }).extend({
  language: z.string().optional().catch(undefined),
});

export function openWindow(context: Context, deps: WindowRouteDeps) {
  const parsed = openRequestSchema.safeParse(context.req.query());
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join(".")}: ${message}`,
    );
    return show(context, brokenRequestPage(askedLanguage(context) ?? "ko", problems), 422);
  }
  const { impCode, params, isMobile, merchantOrigin, channel } = parsed.data;
  const browser = {
    isMobile: isMobile === "yes",
    userAgent: context.req.header("user-agent") ?? null,
  };
  const parent = parentOf(merchantOrigin, channel);
  const hints = hintsSchema.safeParse(params).data;
  const asked = askedLanguage(context) ?? (hints?.language === "en" ? "en" : "ko");
  const opened = deps.state.openCheckout(impCode, params, browser);
  if ("error" in opened) return refuse(context, deps, { ...opened, hints, parent, browser, asked });

  const { payment, merchant, redirectUrl } = opened;
  const returns = channelTraits[payment.channel.pgProvider].returns;
  const isFrame =
    parent !== undefined && returns[payment.origin === "pc" ? "pc" : "mobile"] === "callback";
  const session = deps.sessions.open({
    impUid: payment.impUid,
    merchantName: merchant.name,
    redirectUrl,
    parent: isFrame ? parent : undefined,
    language: asked,
  });
  const path = windowPath(session);
  if (isFrame || parent === undefined) return context.redirect(path, 303);
  return show(context, handingOverPage(asked, parent, { type: "leave", url: path }));
}

/** Undefined for a window that was opened without a page around it. */
function parentOf(
  merchantOrigin: string | undefined,
  channel: string | undefined,
): FrameParent | undefined {
  if (merchantOrigin === undefined || channel === undefined) return undefined;
  const origin = merchantOrigin === "null" ? "*" : new URL(merchantOrigin).origin;
  return { merchantOrigin: origin, channel };
}

interface Refusing {
  readonly error: WindowError;
  readonly hints: z.infer<typeof hintsSchema> | undefined;
  readonly parent: FrameParent | undefined;
  readonly browser: Browser;
  readonly asked: Language;
}

/** On phones the error may go to m_redirect_url instead of the callback. */
function refuse(
  context: Context,
  { state }: WindowRouteDeps,
  { error, hints, parent, browser, asked }: Refusing,
) {
  const ids = { impUid: null, merchantUid: hints?.merchant_uid ?? "" };
  const redirectUrl = hints?.m_redirect_url ?? "";
  const switches = state.switches();
  const isRedirected =
    browser.isMobile && redirectUrl !== "" && switches.mobileEarlyErrors === "redirect";
  if (isRedirected) {
    const url = failureRedirect(redirectUrl, ids, error, switches);
    return show(context, refusedPage(asked, error, parent, { type: "leave", url }), 422);
  }
  const rsp = failureRsp(ids, error);
  return show(context, refusedPage(asked, error, parent, { type: "ended", rsp }), 422);
}
