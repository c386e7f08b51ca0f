/**
 * The part that both Toss scripts share: the errors, the checks, and the window itself – an iframe
 * over the merchant's page, or the page's own tab. It follows the overlay script of all providers.
 *
 * Error codes: Toss Payments docs, SDK v2 error list for the payment window, as transcribed in
 * public projects (read 2026-11). Unverified: the code of "no window is open" and of a destroyed
 * window, inferred from the class names in the types of @tosspayments/tosspayments-sdk 2.8.1.
 */
export const windowScript = `
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

  /** An iframe cannot be used on mobile, nor by a page without an origin to send the outcome to. */
  function targetOf(wanted) {
    if (isMobile() || location.origin === "null") return "self";
    return wanted || "iframe";
  }

  function requestUrl(request, target, channel) {
    return windowUrl({
      ...request,
      windowTarget: target,
      merchantOrigin: location.origin,
      channel,
    });
  }

  function openFrame(owner, request) {
    const channel = newChannel();
    return new Promise((resolve, reject) => {
      const frame = frameFor(requestUrl(request, "iframe", channel));
      const giveUp = () => settle(() => reject(userCancel()));
      const overlay = overlayFor(frame, giveUp);
      const unmount = mount(overlay);
      show(overlay);

      function settle(finish) {
        window.removeEventListener("message", onMessage);
        open = null;
        unmount();
        finish();
      }
      function onMessage(event) {
        if (!isFromFrame(event, frame, channel)) return;
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
    location.assign(requestUrl(request, "self"));
    return Promise.resolve();
  }
`;
