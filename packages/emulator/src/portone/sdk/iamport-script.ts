/**
 * `/v1/iamport.js` and the scripts of the jQuery days: `window.IMP` with `init`, `agency` and
 * `request_pay`. They are one script here, which needs no jQuery.
 *
 * Kept as text in a TypeScript module: the compiler emits only .ts files, and what is written here
 * is byte for byte what the browser gets. Its rules: no eval, no inline script, no <style> element,
 * no cookies and no fetch: a merchant's content security policy need only let in the script and a
 * frame of the emulator.
 *
 * PortOne developer documentation, "JavaScript SDK" V1, and the guide "차이 정기결제(빌링)" (read
 * 2026-11): an error before the browser leaves the page comes to the callback, with `success` false
 * and `error_msg`; CHAI leaves the page on computers too.
 */
export const iamportScript = `(() => {
  "use strict";
  if (!document.currentScript) {
    throw new Error("Load this script with a <script src> element: it learns its host from there.");
  }
  const providerOrigin = new URL(document.currentScript.src).origin;
  /** How long a frame that has loaded may say nothing, in milliseconds. */
  const patienceMs = 5000;
  let impCode = null;
  let isOpen = false;

  function isMobile() {
    if (navigator.userAgentData) return navigator.userAgentData.mobile;
    const isTablet = navigator.maxTouchPoints > 1 && /Macintosh/.test(navigator.userAgent);
    return isTablet || /Android|iPhone|iPad|iPod/i.test(navigator.userAgent);
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

  function frameFor(params, channel) {
    const frame = document.createElement("iframe");
    frame.title = "모의 결제창 (Maedal emulator)";
    const url = new URL("/windows/open", providerOrigin);
    const fields = { impCode, params: JSON.stringify(params), merchantOrigin: location.origin, channel };
    for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
    if (isMobile()) url.searchParams.set("isMobile", "yes");
    frame.src = url.href;
    setStyles(frame, { width: "100%", height: "100%", border: "0", display: "block" });
    return frame;
  }

  /** A dialog, closed until the window inside says that it is one to stay. */
  function overlayFor(frame, onClose) {
    const overlay = document.createElement("dialog");
    overlay.setAttribute("aria-label", frame.title);
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

  function show(overlay) {
    if (overlay.open) return;
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
    document.documentElement.style.overflow = "hidden";
    overlay.showModal();
  }

  function failure(params, code, message) {
    const error = { success: false, imp_success: false, imp_uid: null, error_code: code };
    return { ...error, merchant_uid: params.merchant_uid, error_msg: message };
  }

  function requestPay(params, callback) {
    const tell = (rsp) => {
      if (typeof callback === "function") callback(rsp);
    };
    const refuse = (message) => setTimeout(() => tell(failure(params, "F500", message)), 0);
    if (typeof params !== "object" || params === null) {
      throw new Error("IMP.request_pay의 첫 번째 값으로 파라미터 객체를 넘기세요.");
    }
    if (impCode === null) return refuse("결제 창 호출에 실패하였습니다. IMP.init을 먼저 부르세요.");
    if (isOpen) return refuse("결제 창 호출에 실패하였습니다. 이미 열린 결제창이 있습니다.");
    isOpen = true;

    const channel = Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join("-");
    const overflow = document.documentElement.style.overflow;
    const giveUp = () => {
      finish();
      tell(failure(params, "F0005", "F0005:결제가 중단되었습니다.01 | 사용자가 결제를 취소하셨습니다."));
    };
    const frame = frameFor(params, channel);
    const overlay = overlayFor(frame, giveUp);
    let hasSpoken = false;

    function finish() {
      window.removeEventListener("message", onMessage);
      isOpen = false;
      if (overlay.open) overlay.close();
      overlay.remove();
      document.documentElement.style.overflow = overflow;
    }
    function onMessage(event) {
      const isOurs = event.origin === providerOrigin && event.source === frame.contentWindow;
      if (!isOurs || !event.data || event.data.channel !== channel) return;
      hasSpoken = true;
      const { type, url, rsp } = event.data;
      if (type === "opened") show(overlay);
      if (type === "closed") giveUp();
      if (type === "ended") {
        finish();
        tell(rsp);
      }
      if (type === "leave") {
        finish();
        location.assign(url);
      }
    }
    window.addEventListener("message", onMessage);
    frame.addEventListener("load", () => {
      setTimeout(() => {
        if (hasSpoken || !overlay.isConnected) return;
        finish();
        tell(failure(params, "F500", "결제 창 호출에 실패하였습니다."));
      }, patienceMs);
    });
    document.body.append(overlay);
  }

  const notPlayed = (call) => () => {
    throw new Error(call + "는 모의 환경에 없습니다. 여기서는 IMP.request_pay()만 쓸 수 있습니다.");
  };

  window.IMP = {
    init(code) {
      impCode = String(code);
    },
    agency(code) {
      impCode = String(code);
    },
    request_pay: requestPay,
    certification: notPlayed("IMP.certification()"),
    loadUI: notPlayed("IMP.loadUI()"),
    updateLoadUIRequest: notPlayed("IMP.updateLoadUIRequest()"),
  };
})();
`;
