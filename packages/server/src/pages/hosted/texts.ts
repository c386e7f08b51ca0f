/** What the hosted pages say, in Korean first and in English. */
import type { Language } from "../format.ts";

/** Key to [Korean, English]; `{name}` is replaced. */
const texts = {
  otherLanguage: ["English", "한국어"],
  testMode: ["테스트 모드 · 실제 돈은 움직이지 않아요", "Test mode · no real money moves"],
  poweredBy: ["매달(Maedal)이 안전하게 처리해요", "Handled safely by Maedal"],

  titleTransfer: ["자동결제 계좌를 등록해 주세요", "Register your bank account"],
  titleCard: ["자동결제 카드를 등록해 주세요", "Register your card"],
  titleLinePay: ["LINE Pay로 자동결제를 등록해 주세요", "Register LINE Pay for automatic payment"],
  titleReplace: ["새 결제 수단을 등록해 주세요", "Register a new payment method"],
  hello: ["{name}님, 안녕하세요", "Hello {name}"],
  plan: ["이용 상품", "Plan"],
  price: ["이용 금액", "Price"],
  firstPayment: ["첫 결제", "First payment"],
  firstPaymentNow: ["등록하면 바로 {amount}", "{amount}, right after registering"],
  firstPaymentAfterTrial: [
    "{days}일 무료 체험 뒤 {amount}",
    "{amount}, after a free trial of {days} days",
  ],
  owed: ["밀린 금액", "Amount due"],
  owedNow: ["등록하면 바로 {amount}", "{amount}, right after registering"],
  nextPayment: ["다음 결제일", "Next payment"],
  storedOnly: [
    "지금은 결제되지 않아요. 결제 수단만 등록해 둬요.",
    "Nothing is charged now. Your method is only stored.",
  ],
  consentTitle: ["등록하면 이렇게 돼요", "What you agree to"],
  consentCharge: [
    "{interval} {amount}이 등록한 {method}에서 자동으로 결제돼요.",
    "{amount} is collected from your {method} automatically, {interval}.",
  ],
  consentChargeLater: [
    "{merchant}에서 이용 금액을 등록한 {method}로 결제할 수 있어요.",
    "{merchant} can collect what you owe from your {method}.",
  ],
  consentCancel: [
    "언제든지 {merchant}에서 해지할 수 있고, 해지하면 더 결제되지 않아요.",
    "You can cancel at {merchant} at any time; nothing is collected after that.",
  ],
  consentSecret: [
    "{method} 번호는 토스페이먼츠 창에만 입력해요. {merchant}에는 전체 번호가 전달되지 않아요.",
    "You enter the number of your {method} at Toss Payments only. {merchant} never sees all of it.",
  ],
  account: ["계좌", "bank account"],
  card: ["카드", "card"],
  buttonTransfer: ["계좌 등록하기", "Register my account"],
  buttonCard: ["카드 등록하기", "Register my card"],
  linePay: ["LINE Pay", "LINE Pay"],
  buttonLinePay: ["LINE Pay로 계속하기", "Continue to LINE Pay"],
  leavingTitle: ["결제사로 이동하고 있어요", "Taking you to the payment page"],
  leavingLead: [
    "승인이 끝나면 이 브라우저로 돌아와요.",
    "You come back to this browser when you have approved.",
  ],
  leavingLink: ["바로 이동하기", "Go there now"],
  opening: ["결제창을 여는 중…", "Opening the window…"],
  giveUp: ["그만두기", "Not now"],
  needsScript: [
    "결제창을 열려면 브라우저의 자바스크립트를 켜 주세요.",
    "Please turn on JavaScript: the provider's window needs it.",
  ],
  noticeCanceled: [
    "등록을 취소했어요. 원하면 다시 시작할 수 있어요.",
    "You canceled. You can start again whenever you like.",
  ],
  noticeMismatch: [
    "결제창의 결과가 이 등록의 것이 아니에요. 다시 등록해 주세요.",
    "What came back was not of this registration. Please register again.",
  ],
  noticeWaiting: [
    "아직 승인되지 않았어요. 결제된 금액은 없어요.",
    "It is not approved yet. Nothing was charged.",
  ],
  noticeOver: [
    "승인 시간이 지났거나 취소됐어요. 결제된 금액은 없으니 다시 시작해 주세요.",
    "The approval was canceled or took too long. Nothing was charged; please start again.",
  ],
  noticeBusy: [
    "앞선 결제의 결과를 확인하고 있어요. 두 번 결제되지 않으니 잠시 뒤에 다시 시도해 주세요.",
    "We are still checking an earlier payment. You will not be charged twice; please try again later.",
  ],
  noticeUnavailable: [
    "지금은 결제사에 연결할 수 없어요. 결제된 금액은 없으니 잠시 뒤에 다시 시도해 주세요.",
    "The payment provider cannot be reached. Nothing was charged; please try again in a moment.",
  ],
  scriptMissing: [
    "결제창을 불러오지 못했어요. 인터넷 연결을 확인하고 새로고침해 주세요.",
    "The window could not be loaded. Check your connection and reload the page.",
  ],
  windowProblem: ["결제창을 열지 못했어요:", "The window could not be opened:"],

  registeringTitle: ["결제 수단을 등록하고 있어요", "Registering your method"],
  registeringLead: ["잠시만 기다려 주세요. 몇 초면 끝나요.", "Just a moment, a few seconds."],
  payingTitle: ["결제하고 있어요", "Your payment is on its way"],
  payingLead: [
    "결제 수단은 등록됐어요. 결제 결과를 기다리고 있어요.",
    "Your method is registered. Waiting for the payment.",
  ],
  checkingTitle: ["결제 결과를 확인하고 있어요", "We are checking your payment"],
  checkingLead: [
    "결제 수단은 등록됐고, 결제됐는지 은행에 확인하고 있어요. 두 번 결제되지 않으니 이 창을 닫아도 괜찮아요.",
    "Your method is registered. We are asking the bank whether it paid. You will not be charged twice; you may close this page.",
  ],
  slow: [
    "생각보다 오래 걸려요. 이 창을 닫아도 처리는 계속돼요.",
    "This takes longer than usual. It goes on even if you close this page.",
  ],
  paidTitle: ["구독이 시작됐어요", "Your subscription is active"],
  paidAgainTitle: ["새 결제 수단으로 결제했어요", "Paid with your new method"],
  paidLead: ["{amount} 결제가 끝났어요.", "{amount} has been paid."],
  changedTitle: ["결제 수단을 바꿨어요", "Your method has been changed"],
  changedLead: ["다음 결제부터 새 결제 수단을 써요.", "It is used from the next payment on."],
  trialingTitle: ["무료 체험이 시작됐어요", "Your free trial has begun"],
  trialingLead: [
    "체험이 끝나는 날 첫 결제가 이루어져요.",
    "The first payment is on the day it ends.",
  ],
  storedTitle: ["결제 수단을 등록했어요", "Your method is registered"],
  storedLead: ["지금 결제된 금액은 없어요.", "Nothing was charged."],
  declinedTitle: ["결제되지 않았어요", "Your payment was declined"],
  declinedLead: [
    "결제 수단은 등록됐지만 은행이나 카드사가 이번 결제를 거절했어요.",
    "Your method is registered, but the bank or card company declined this payment.",
  ],
  declinedAdvice: [
    "잔액과 한도를 확인해 주세요. {merchant}에서 다른 결제 수단을 등록할 수도 있어요.",
    "Please check the balance and limits. You can also register another method at {merchant}.",
  ],
  declinedRetry: ["{date}에 다시 결제해요.", "We will try again on {date}."],
  endedTitle: ["해지된 구독이에요", "This subscription has ended"],
  endedLead: ["결제된 금액은 없어요.", "Nothing was charged."],
  failedTitle: ["등록하지 못했어요", "We could not register your method"],
  failedLead: [
    "결제된 금액은 없어요. 다시 등록해 주세요.",
    "Nothing was charged. Please try again.",
  ],
  busyTitle: ["지금은 등록할 수 없어요", "Registering is not possible right now"],
  busyLead: [
    "{merchant}에 알렸어요. 결제된 금액은 없으니 나중에 다시 시도해 주세요.",
    "{merchant} has been told. Nothing was charged; please try again later.",
  ],
  providerSays: ["결제사 안내", "The provider says"],
  unresolved: ["결제사의 답을 받지 못했어요.", "The provider did not answer."],
  retry: ["다시 등록하기", "Try again"],
  canceledTitle: ["등록을 그만뒀어요", "You stopped registering"],
  canceledLead: ["결제된 금액은 없어요.", "Nothing was charged."],
  paidFrom: ["결제 수단", "Paid from"],
  paidAmount: ["결제 금액", "Paid"],
  returnTo: ["돌아가기 · {host}", "Return to {host}"],
  closePage: ["이제 이 창을 닫아도 돼요.", "You can close this page now."],

  expiredTitle: ["시간이 지난 링크예요", "This link has expired"],
  expiredLead: [
    "등록 링크는 한 시간 동안만 쓸 수 있어요. 가게에서 새 링크를 받아 주세요.",
    "A registration link is good for an hour. Please ask the shop for a new one.",
  ],
  overTitle: ["이미 사용한 링크예요", "This link has been used"],
  overLead: [
    "등록 링크는 한 번만 쓸 수 있어요. 가게에서 새 링크를 받아 주세요.",
    "A registration link can be used once. Please ask the shop for a new one.",
  ],
  otherBrowserTitle: ["다른 브라우저에서 연 링크예요", "This link was opened in another browser"],
  otherBrowserLead: [
    "안전을 위해 등록은 처음 연 브라우저에서만 할 수 있어요. 그 브라우저에서 계속하거나 가게에서 새 링크를 받아 주세요.",
    "For your safety a registration stays in the browser that opened it first. Go on there, or ask the shop for a new link.",
  ],
  notFoundTitle: ["없는 링크예요", "There is no such link"],
  notFoundLead: [
    "주소가 잘렸을 수 있어요. 받은 링크를 다시 눌러 주세요.",
    "The address may have been cut off. Please use the link you were given again.",
  ],
  previewTitle: ["결제 수단 등록", "Register a payment method"],
  previewLead: ["링크를 눌러 등록을 시작하세요.", "Open the link to begin."],
} as const satisfies Record<string, readonly [string, string]>;

export type TextKey = keyof typeof texts;

/** Says one text in one language, its `{names}` filled in. */
export type Say = (key: TextKey, values?: Readonly<Record<string, string>>) => string;

export function sayIn(language: Language): Say {
  const column = language === "ko" ? 0 : 1;
  return (key, values = {}) =>
    texts[key][column].replaceAll(/\{(\w+)\}/g, (name, key_: string) => values[key_] ?? name);
}
