/**
 * The browser scripts of the hosted pages, as text, so that the published package needs no asset
 * files. They run in modules of their own page only, under its nonce.
 */
import type { ScriptWindow } from "@maedal/gateways";

/** What every window of a script needs of its page: the button, and where things are said. */
const windowFrame = `
  const button = document.querySelector("#register");
  const notice = document.querySelector("#notice");
  const { clientKey, customerKey, request, returnUrl, texts } = JSON.parse(
    document.querySelector("#window-request").textContent,
  );
  const label = button.textContent;

  function tell(text, isBad) {
    notice.textContent = text;
    notice.className = isBad ? "notice bad" : "notice";
    notice.scrollIntoView({ block: "nearest" });
  }

  function begin() {
    button.disabled = true;
    button.textContent = texts.opening;
    tell("", false);
  }

  function release() {
    button.disabled = false;
    button.textContent = label;
  }

  button.addEventListener("click", () => openWindow());
  // The browser's back button may bring this page back as it was left, with the button waiting.
  window.addEventListener("pageshow", release);
`;

/**
 * Toss Payments, with its official global. The promise rejects when the customer closes the window
 * (`USER_CANCEL`) or it cannot be opened; every other end is a redirect.
 *
 * @see @tosspayments/tosspayments-sdk 2.8.1, types (read 2026-11).
 */
const tossWindow = `
  function describe(error) {
    if (error?.code === "USER_CANCEL" || error?.code === "PAY_PROCESS_CANCELED") {
      tell(texts.canceled, false);
      return;
    }
    tell([texts.problem, error?.message ?? "", error?.code ?? ""].join(" ").trim(), true);
  }

  async function openWindow() {
    if (typeof window.TossPayments !== "function") {
      tell(texts.scriptMissing, true);
      return;
    }
    begin();
    try {
      const { origin, pathname } = location;
      await window.TossPayments(clientKey).payment({ customerKey }).requestBillingAuth({
        ...request,
        successUrl: origin + pathname + "/success",
        failUrl: origin + pathname + "/fail",
      });
    } catch (error) {
      describe(error);
      release();
    }
  }

`;

/**
 * PortOne V1. The window ends in a redirect or, at some companies, in the callback, which then goes
 * where the redirect would. The callback without an id of the payment is an error from before the
 * window was opened, or a window that was closed.
 *
 * @see PortOne V1 JavaScript SDK, "결제 요청 파라미터" and "결제 응답 파라미터" (read 2026-08).
 */
const impWindow = `
  const carried = ["imp_uid", "merchant_uid", "imp_success", "success", "error_code", "error_msg"];

  function takeAnswer(answer) {
    const said = answer ?? {};
    const { error_code: code, error_msg: text, imp_uid: paymentId } = said;
    const isRefused = said.success === false || said.imp_success === false || Boolean(code);
    if (!paymentId && isRefused) {
      const isCanceled = /(사용자|고객|구매자).{0,10}취소/.test(text ?? "");
      tell(isCanceled ? texts.canceled : [texts.problem, text ?? code ?? ""].join(" "), !isCanceled);
      release();
      return;
    }
    const query = new URLSearchParams();
    for (const name of carried) if (said[name] != null) query.set(name, String(said[name]));
    location.assign(returnUrl + "?" + query);
  }

  function openWindow() {
    if (typeof window.IMP?.request_pay !== "function") {
      tell(texts.scriptMissing, true);
      return;
    }
    begin();
    window.IMP.init(clientKey);
    window.IMP.request_pay(request, takeAnswer);
  }
`;

/** Opens the provider's window on a click, by the global that its script leaves. */
export const windowScripts: Readonly<Record<ScriptWindow["script"]["global"], string>> = {
  TossPayments: windowFrame + tossWindow,
  IMP: windowFrame + impWindow,
};

/** Asks how far things are and shows the page anew when they have moved on. */
export const waitScript = `
  const { outcome, slowText, status } = JSON.parse(
    document.querySelector("#waiting").textContent,
  );
  const startedAt = performance.now();

  async function ask() {
    const seconds = (performance.now() - startedAt) / 1000;
    if (seconds > 20) document.querySelector("#slow").textContent = slowText;
    try {
      const answer = await fetch(status, { headers: { accept: "application/json" } });
      if (!answer.ok || (await answer.json()).outcome !== outcome) {
        location.reload();
        return;
      }
    } catch {
      // Offline for a moment: asked again.
    }
    setTimeout(ask, seconds < 20 ? 700 : 5000);
  }

  setTimeout(ask, 400);
`;

/**
 * The customer approves in an app or another browser: this page goes on by itself. The provider is
 * asked each time, so calmly, and only while somebody looks.
 */
export const approvalScript = `
  const { status } = JSON.parse(document.querySelector("#waiting").textContent);

  async function ask() {
    try {
      const answer = await fetch(status, { headers: { accept: "application/json" } });
      if (answer.ok && (await answer.json()).outcome !== "open") {
        location.reload();
        return;
      }
    } catch {
      // Offline for a moment: asked again.
    }
    askLater();
  }

  function askLater() {
    setTimeout(() => (document.hidden ? askLater() : ask()), 5000);
  }

  askLater();
`;
