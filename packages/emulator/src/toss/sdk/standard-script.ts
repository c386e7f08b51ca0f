/**
 * `/v2/standard`: what a merchant's page loads as SDK v2, with `TossPayments(clientKey)
 * .payment({ customerKey }).requestBillingAuth(request)`. Only billing is played; the other calls
 * of the SDK are there and say so.
 *
 * @see @tosspayments/tosspayments-sdk 2.8.1, types; Toss Payments docs, "자동결제(빌링) 결제창
 *   연동하기" (read 2026-11). Unverified: which check comes first when a request breaks several
 *   rules, and that the anonymous customer key is refused for billing (the documents only advise
 *   against it). The types say both that `destroy()` without a window is safe and that it throws;
 *   the stricter reading is played.
 */
import { classicScript, overlayScript } from "../../windows/browser-script.ts";
import { windowScript } from "./window-script.ts";

const standardScriptBody = `
  const anonymous = "@@ANONYMOUS";
  const isMissing = (value) => value === undefined || value === null;
  const oneOf = (...values) => (value) => isMissing(value) || values.includes(value);
  const isText = (value) => isMissing(value) || (typeof value === "string" && value.length <= 100);

  const commonFields = {
    method: () => true,
    successUrl: (value) => typeof value === "string",
    failUrl: (value) => typeof value === "string",
    customerName: isText,
    customerEmail: isText,
    windowTarget: oneOf("iframe", "self"),
  };
  const fieldsByMethod = {
    CARD: {
      ...commonFields,
      selectableCardTypes: (value) =>
        isMissing(value) ||
        (Array.isArray(value) &&
          value.length > 0 &&
          value.every((type) => type === "PERSONAL" || type === "CORPORATE")),
      flowMode: oneOf("DEFAULT", "DIRECT"),
      easyPay: oneOf("TOSSPAY", "토스페이", "NAVERPAY", "네이버페이"),
      cardCompany: isText,
    },
    TRANSFER: { ...commonFields, transfer: (value) => isMissing(value) || typeof value === "object" },
  };

  const invalidParameters = (what) =>
    tossError("InvalidParametersError", "INVALID_PARAMETERS", what);

  const notSupported = (what) => tossError("NotSupportedMethodError", "NOT_SUPPORTED_METHOD", what);

  function checkRequest(request) {
    if (typeof request !== "object" || request === null) {
      throw invalidParameters("requestBillingAuth에 요청 객체를 넘기세요.");
    }
    if (!Object.hasOwn(fieldsByMethod, request.method)) {
      throw notSupported("method는 CARD 또는 TRANSFER입니다.");
    }
    const fields = fieldsByMethod[request.method];
    for (const name of Object.keys(request)) {
      if (!Object.hasOwn(fields, name)) {
        throw invalidParameters(request.method + " 요청에 없는 파라미터입니다: " + name);
      }
    }
    for (const [name, isValid] of Object.entries(fields)) {
      if (!isValid(request[name])) throw invalidParameters("파라미터 값을 확인하세요: " + name);
    }
    checkRedirects(request.successUrl, request.failUrl);
    if (request.flowMode === "DIRECT") {
      throw notSupported("간편결제 자체창(flowMode DIRECT)은 모의 결제창에 없습니다.");
    }
  }

  class Payment {
    #clientKey;
    #customerKey;

    constructor(clientKey, customerKey) {
      this.#clientKey = clientKey;
      this.#customerKey = customerKey;
    }

    async requestBillingAuth(request) {
      checkRequest(request);
      if (this.#customerKey === anonymous) {
        throw invalidCustomerKey("자동결제에는 ANONYMOUS가 아닌 구매자별 customerKey가 필요합니다.");
      }
      const { method, successUrl, failUrl, customerName, customerEmail } = request;
      const { windowTarget, selectableCardTypes } = request;
      await openWindow(this, {
        clientKey: this.#clientKey,
        customerKey: this.#customerKey,
        method,
        successUrl,
        failUrl,
        customerName,
        customerEmail,
        windowTarget,
        selectableCardTypes,
      });
    }

    async requestPayment() {
      throw notPlayed("requestPayment");
    }

    async destroy() {
      if (!open || open.owner !== this) {
        throw tossError(
          "NoActivePaymentRequestError",
          "NO_ACTIVE_PAYMENT_REQUEST",
          "닫을 결제창이 없습니다.",
        );
      }
      open.abort(
        tossError(
          "PaymentRequestAbortedError",
          "PAYMENT_REQUEST_ABORTED",
          "destroy()가 호출되어 결제창을 닫았습니다.",
        ),
      );
    }
  }

  function TossPayments(clientKey) {
    return {
      payment(params) {
        checkClientKey(clientKey);
        const customerKey = params ? params.customerKey : undefined;
        checkCustomerKey(customerKey);
        return new Payment(clientKey, customerKey);
      },
      widgets() {
        throw notPlayed("widgets()");
      },
      brandpay() {
        throw notPlayed("brandpay()");
      },
    };
  }
  TossPayments.ANONYMOUS = anonymous;
  window.TossPayments = TossPayments;
`;

/** JavaScript text of SDK v2 as the browser gets it. */
export const standardScript = classicScript(overlayScript, windowScript, standardScriptBody);
