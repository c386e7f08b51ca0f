/**
 * The browser scripts of the hosted pages, as text, so that the published package needs no asset
 * files. They run in modules of their own page only, under its nonce.
 */

/**
 * Opens the provider's window on a click, with the provider's official global. The promise rejects
 * when the customer closes the window (`USER_CANCEL`) or it cannot be opened; every other end is a
 * redirect.
 *
 * @see @tosspayments/tosspayments-sdk 2.8.1, types (read 2026-11).
 */
export const windowScript = `
  const button = document.querySelector("#register");
  const notice = document.querySelector("#notice");
  const { clientKey, customerKey, request, texts } = JSON.parse(
    document.querySelector("#window-request").textContent,
  );
  const label = button.textContent;

  function tell(text, isBad) {
    notice.textContent = text;
    notice.className = isBad ? "notice bad" : "notice";
    notice.scrollIntoView({ block: "nearest" });
  }

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
    button.disabled = true;
    button.textContent = texts.opening;
    tell("", false);
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

  function release() {
    button.disabled = false;
    button.textContent = label;
  }

  button.addEventListener("click", openWindow);
  // The browser's back button may bring this page back as it was left, with the button waiting.
  window.addEventListener("pageshow", release);
`;

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
