/**
 * The part that both browser scripts share: the errors, and the window itself – an iframe over the
 * merchant's page, or the page's own tab.
 *
 * The scripts are kept as text in TypeScript modules. The compiler emits only .ts files, so a .js
 * asset would be missing from the published package; the text needs no build step, no file read at
 * the start and no type stripping, and what is written here is byte for byte what the browser gets.
 * Its rules: no eval, no inline script and no <style> element (merchants have strict content
 * security policies; styles are set through the CSSOM), and no cookies (a browser blocks them in a
 * third-party iframe; the window's session is in its path).
 *
 * Error codes: Toss Payments docs, SDK v2 error list for the payment window, as transcribed in
 * public projects (read 2026-11). Unverified: the code of "no window is open" and of a destroyed
 * window, inferred from the class names in the types of @tosspayments/tosspayments-sdk 2.8.1.
 */
export const windowScript = `
  if (!document.currentScript) {
    throw new Error("Load this script with a <script src> element: it learns its host from there.");
  }
  const providerOrigin = new URL(document.currentScript.src).origin;

  /** The one window that is open on this page: { owner, abort(error) }. */
  let open = null;

  function tossError(name, code, message) {
    const error = new Error(message);
    error.name = name;
    error.code = code;
    return error;
  }

  const userCancel = () =>
    tossError("UserCancelError", "USER_CANCEL", "구매자가 결제창을 닫았습니다.");

  const windowIsOpen = () =>
    tossError(
      "InvalidMethodTransactionError",
      "INVALID_METHOD_TRANSACTION",
      "이미 열린 결제창이 있습니다. 그 창이 끝난 뒤 다시 요청하세요.",
    );

  const notPlayed = (call) =>
    tossError(
      "NotPlayedError",
      "NOT_PLAYED_BY_EMULATOR",
      call + "는 모의 환경에 없습니다. 여기서는 자동결제의 requestBillingAuth()만 쓸 수 있습니다.",
    );

  function isSecretKey(value) {
    return /^(test|live)_g?sk_/.test(value);
  }

  const insecureKey = () =>
    tossError(
      "InsecureKeyUsageError",
      "INSECURE_KEY_USAGE",
      "시크릿 키를 브라우저에 넣지 마세요. clientKey에는 클라이언트 키, customerKey에는 구매자 ID를 넣습니다.",
    );

  function checkClientKey(clientKey) {
    if (isSecretKey(clientKey)) throw insecureKey();
    if (/^(test|live)_gck_/.test(clientKey)) {
      throw tossError(
        "NotSupportedWidgetKeyError",
        "NOT_SUPPORTED_WIDGET_KEY",
        "결제위젯 키로는 자동결제를 할 수 없습니다. API 개별 연동 키의 클라이언트 키를 쓰세요.",
      );
    }
    if (typeof clientKey !== "string" || !/^(test|live)_ck_[A-Za-z0-9_-]+$/.test(clientKey)) {
      throw tossError(
        "InvalidClientKeyError",
        "INVALID_CLIENT_KEY",
        "클라이언트 키는 test_ck_ 또는 live_ck_로 시작합니다.",
      );
    }
  }

  const invalidCustomerKey = (what) =>
    tossError("InvalidCustomerKeyError", "INVALID_CUSTOMER_KEY", what);

  function checkCustomerKey(customerKey) {
    if (isSecretKey(customerKey)) throw insecureKey();
    if (typeof customerKey !== "string" || !/^[A-Za-z0-9_=.@-]{2,50}$/.test(customerKey)) {
      throw invalidCustomerKey(
        "customerKey는 영문, 숫자, - _ = . @ 로 된 2자 이상 50자 이하의 문자열입니다.",
      );
    }
  }

  function hasOrigin(url) {
    try {
      return /^https?:$/.test(new URL(url).protocol);
    } catch {
      return false;
    }
  }

  function checkRedirects(successUrl, failUrl) {
    if (!hasOrigin(successUrl)) {
      throw tossError(
        "IncorrectSuccessUrlFormatError",
        "INCORRECT_SUCCESS_URL_FORMAT",
        "successUrl에는 오리진이 있어야 합니다. 예: https://shop.example/success",
      );
    }
    if (!hasOrigin(failUrl)) {
      throw tossError(
        "IncorrectFailUrlFormatError",
        "INCORRECT_FAIL_URL_FORMAT",
        "failUrl에는 오리진이 있어야 합니다. 예: https://shop.example/fail",
      );
    }
  }

  function isMobile() {
    if (navigator.userAgentData) return navigator.userAgentData.mobile;
    const isTablet = navigator.maxTouchPoints > 1 && /Macintosh/.test(navigator.userAgent);
    return isTablet || /Android|iPhone|iPad|iPod/i.test(navigator.userAgent);
  }

  /** An iframe cannot be used on mobile, nor by a page without an origin to send the outcome to. */
  function targetOf(wanted) {
    if (isMobile() || location.origin === "null") return "self";
    return wanted || "iframe";
  }

  function windowUrl(request, target, channel) {
    const url = new URL("/windows/open", providerOrigin);
    const fields = { ...request, windowTarget: target, merchantOrigin: location.origin, channel };
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined && value !== null) url.searchParams.set(name, String(value));
    }
    return url.href;
  }

  function setStyles(element, styles) {
    for (const [name, value] of Object.entries(styles)) element.style.setProperty(name, value);
  }

  function closeButton(onClose) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "×";
    button.setAttribute("aria-label", "결제창 닫기");
    setStyles(button, {
      position: "absolute",
      top: "10px",
      right: "10px",
      width: "40px",
      height: "40px",
      border: "0",
      "border-radius": "20px",
      background: "rgba(0, 0, 0, 0.06)",
      color: "#333d4b",
      font: "24px/40px sans-serif",
      padding: "0",
      cursor: "pointer",
    });
    button.addEventListener("click", onClose);
    return button;
  }

  function frameFor(url) {
    const frame = document.createElement("iframe");
    frame.title = "모의 결제창 (Maedal emulator)";
    frame.src = url;
    setStyles(frame, { width: "100%", height: "100%", border: "0", display: "block" });
    return frame;
  }

  /** A modal dialog over the whole page: the browser keeps focus inside and gives it back. */
  function overlayFor(frame, onClose) {
    const overlay = document.createElement("dialog");
    overlay.setAttribute("aria-label", frame.title);
    setStyles(overlay, {
      position: "fixed",
      inset: "0",
      width: "100%",
      height: "100%",
      "max-width": "none",
      "max-height": "none",
      margin: "0",
      padding: "0",
      border: "0",
      display: "flex",
      "align-items": "center",
      "justify-content": "center",
      background: "rgba(15, 23, 42, 0.55)",
    });
    const panel = document.createElement("div");
    setStyles(panel, {
      position: "relative",
      width: "min(480px, 100%)",
      height: "min(780px, 100%)",
      background: "#ffffff",
      "border-radius": "16px",
      overflow: "hidden",
      "box-shadow": "0 24px 64px rgba(0, 0, 0, 0.35)",
    });
    panel.append(frame, closeButton(onClose));
    overlay.append(panel);
    overlay.addEventListener("cancel", (event) => {
      event.preventDefault();
      onClose();
    });
    return overlay;
  }

  /** Lays the window over the page; returns what removes it and gives the page back as it was. */
  function mount(overlay) {
    const page = document.documentElement;
    const overflow = page.style.overflow;
    page.style.overflow = "hidden";
    document.body.append(overlay);
    overlay.showModal();
    return () => {
      overlay.close();
      overlay.remove();
      page.style.overflow = overflow;
    };
  }

  function openFrame(owner, request) {
    const channel = Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join("-");
    return new Promise((resolve, reject) => {
      const frame = frameFor(windowUrl(request, "iframe", channel));
      const giveUp = () => settle(() => reject(userCancel()));
      const unmount = mount(overlayFor(frame, giveUp));

      function settle(finish) {
        window.removeEventListener("message", onMessage);
        open = null;
        unmount();
        finish();
      }
      function onMessage(event) {
        const isOurs = event.origin === providerOrigin && event.source === frame.contentWindow;
        if (!isOurs || !event.data || event.data.channel !== channel) return;
        const { type, url, code, message } = event.data;
        if (type === "closed") giveUp();
        if (type === "refused") settle(() => reject(tossError("PaymentError", code, message)));
        if (type === "finished" && hasOrigin(url)) {
          settle(() => {
            location.assign(url);
            resolve();
          });
        }
      }

      open = { owner, abort: (error) => settle(() => reject(error)) };
      window.addEventListener("message", onMessage);
      frame.focus();
    });
  }

  /**
   * Opens the window for a checked request. Resolves when the browser leaves for successUrl or
   * failUrl; rejects when the buyer closes the iframe or the provider refuses to open the window.
   */
  function openWindow(owner, request) {
    if (open) return Promise.reject(windowIsOpen());
    if (targetOf(request.windowTarget) === "iframe") return openFrame(owner, request);
    location.assign(windowUrl(request, "self"));
    return Promise.resolve();
  }
`;

/** Wraps script text so that it runs as a classic script and leaves only its own globals behind. */
export function classicScript(...parts: readonly string[]): string {
  return `(() => {\n  "use strict";\n${parts.join("\n")}})();\n`;
}
