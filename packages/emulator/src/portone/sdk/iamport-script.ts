/**
 * `/v1/iamport.js` and the scripts of the jQuery days: `window.IMP` with `init`, `agency` and
 * `request_pay`. They are one script here, which needs no jQuery.
 *
 * A merchant's content security policy need only let in the script and a frame of the emulator.
 *
 * PortOne developer documentation, "JavaScript SDK" V1, and the guide "차이 정기결제(빌링)" (read
 * 2026-11): an error before the browser leaves the page comes to the callback, with `success` false
 * and `error_msg`; CHAI leaves the page on computers too.
 */
import { classicScript, overlayScript } from "../../windows/browser-script.ts";

const iamportScriptBody = `
  /** How long a frame that has loaded may say nothing, in milliseconds. */
  const patienceMs = 5000;
  let impCode = null;
  let isOpen = false;

  function requestUrl(params, channel) {
    return windowUrl({
      impCode,
      params: JSON.stringify(params),
      merchantOrigin: location.origin,
      channel,
      isMobile: isMobile() ? "yes" : undefined,
    });
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

    const channel = newChannel();
    const giveUp = () => {
      finish();
      tell(failure(params, "F0005", "F0005:결제가 중단되었습니다.01 | 사용자가 결제를 취소하셨습니다."));
    };
    const frame = frameFor(requestUrl(params, channel));
    const overlay = overlayFor(frame, giveUp);
    const unmount = mount(overlay);
    let hasSpoken = false;

    function finish() {
      window.removeEventListener("message", onMessage);
      isOpen = false;
      unmount();
    }
    function onMessage(event) {
      if (!isFromFrame(event, frame, channel)) return;
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
        location.assign(new URL(url, providerOrigin));
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
`;

/** JavaScript text of the script as the browser gets it. */
export const iamportScript = classicScript(overlayScript, iamportScriptBody);
