/**
 * `/v1`: what a merchant's page loads as SDK v1, with `TossPayments(clientKey)
 * .requestBillingAuth(method, params)`. Only billing is played; the other calls of the SDK are
 * there and say so.
 *
 * @see @tosspayments/payment-sdk 1.9.3 and @tosspayments/payment__types 1.69.0, types (read
 *   2026-11). The types know the method '카드' only; the v1 edition of the quick-transfer guide
 *   uses '계좌이체', so both are played. Unverified: the codes of errors other than USER_CANCEL and
 *   INVALID_PARAMETER, taken from SDK v2.
 */
import { classicScript, overlayScript } from "../../windows/browser-script.ts";
import { windowScript } from "./window-script.ts";

const legacyScriptBody = `
  const methods = { 카드: "CARD", CARD: "CARD", 계좌이체: "TRANSFER", TRANSFER: "TRANSFER" };

  const invalidParameter = (what) =>
    tossError("InvalidParameterError", "INVALID_PARAMETER", what);

  function checkParams(params) {
    if (typeof params !== "object" || params === null) {
      throw invalidParameter("requestBillingAuth의 두 번째 값으로 파라미터 객체를 넘기세요.");
    }
    checkCustomerKey(params.customerKey);
    checkRedirects(params.successUrl, params.failUrl);
    const { windowTarget } = params;
    if (windowTarget && windowTarget !== "iframe" && windowTarget !== "self") {
      throw invalidParameter("windowTarget은 iframe 또는 self입니다.");
    }
  }

  function TossPayments(clientKey) {
    checkClientKey(clientKey);
    const payments = {
      async requestBillingAuth(method, params) {
        if (!Object.hasOwn(methods, method)) {
          throw tossError(
            "NotSupportedMethodError",
            "NOT_SUPPORTED_METHOD",
            "method는 '카드' 또는 '계좌이체'입니다.",
          );
        }
        checkParams(params);
        const { customerKey, successUrl, failUrl, customerName, customerEmail } = params;
        await openWindow(payments, {
          clientKey,
          customerKey,
          method: methods[method],
          successUrl,
          failUrl,
          customerName,
          customerEmail,
          windowTarget: params.windowTarget,
        });
      },
      async requestPayment() {
        throw notPlayed("requestPayment");
      },
      /** Closes the open window, as the buyer's close button does. */
      cancelPayment() {
        if (open) open.abort(userCancel());
      },
    };
    return payments;
  }
  window.TossPayments = TossPayments;
`;

/** JavaScript text of SDK v1 as the browser gets it. */
export const legacyScript = classicScript(overlayScript, windowScript, legacyScriptBody);
