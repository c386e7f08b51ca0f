/**
 * The part that the browser scripts of Toss and PortOne share: the emulator's window in a frame over
 * the merchant's page, and the headers all scripts are served with.
 *
 * The scripts are kept as text in TypeScript modules. The compiler emits only .ts files, so a .js
 * asset would be missing from the published package; the text needs no build step, no file read at
 * the start and no type stripping, and what is written here is byte for byte what the browser gets.
 * Its rules: no eval, no fetch, no inline script and no <style> element (merchants have strict
 * content security policies; styles are set through the CSSOM), and no cookies (a browser blocks
 * them in a third-party iframe; the window's session is in its path).
 */

/** A merchant's page on any other origin loads the scripts, also one that is isolated. */
export const scriptHeaders = {
  "Content-Type": "text/javascript; charset=utf-8",
  "Cache-Control": "no-cache",
  "Access-Control-Allow-Origin": "*",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "X-Content-Type-Options": "nosniff",
};

/** Wraps script text so that it runs as a classic script and leaves only its own globals behind. */
export function classicScript(...parts: readonly string[]): string {
  return `(() => {\n  "use strict";\n${parts.join("\n")}})();\n`;
}

/** Script text that every browser script begins with. */
export const overlayScript = `
  if (!document.currentScript) {
    throw new Error("Load this script with a <script src> element: it learns its host from there.");
  }
  const providerOrigin = new URL(document.currentScript.src).origin;

  function isMobile() {
    if (navigator.userAgentData) return navigator.userAgentData.mobile;
    const isTablet = navigator.maxTouchPoints > 1 && /Macintosh/.test(navigator.userAgent);
    return isTablet || /Android|iPhone|iPad|iPod/i.test(navigator.userAgent);
  }

  /** Where the window opens, with the fields that have a value in its query. */
  function windowUrl(fields) {
    const url = new URL("/windows/open", providerOrigin);
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined && value !== null) url.searchParams.set(name, String(value));
    }
    return url.href;
  }

  /** A name that only this window and its frame know. */
  function newChannel() {
    return Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join("-");
  }

  function isFromFrame(event, frame, channel) {
    const isOurs = event.origin === providerOrigin && event.source === frame.contentWindow;
    return isOurs && Boolean(event.data) && event.data.channel === channel;
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

  /** A dialog that is closed at first. */
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

  /** Loads the window, unseen; returns what removes it and gives the page back as it was. */
  function mount(overlay) {
    const page = document.documentElement;
    const overflow = page.style.overflow;
    document.body.append(overlay);
    return () => {
      if (overlay.open) overlay.close();
      overlay.remove();
      page.style.overflow = overflow;
    };
  }

  /** Lays it over the whole page, modal: the browser keeps focus inside and gives it back. */
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
`;
