/**
 * What the windows say, in Korean first and in English. The wording is our own. A form's schema
 * names its errors by key, so that a mistake reads well in both languages.
 */
import {
  commonTexts,
  sayFrom,
  type Language,
  type Say as SayText,
  type Texts,
} from "../../windows/texts.ts";

/** Key to [Korean, English]. */
const texts = {
  ...commonTexts,

  stepLogIn: ["로그인", "Log in"],
  stepMeans: ["결제수단", "Method"],
  order: ["주문", "Order"],
  amount: ["표시 금액", "Amount shown"],
  amountNow: ["지금 결제할 금액", "To pay now"],
  means: ["결제수단", "Payment method"],
  won: ["{amount}원", "KRW {amount}"],
  nothingNow: [
    "결제수단만 등록해요. 지금은 출금되지 않아요.",
    "This registers a payment method only. Nothing is taken now.",
  ],
  chargedNow: [
    "등록하면서 위 금액이 바로 결제돼요.",
    "The amount above is paid as soon as you agree.",
  ],

  logInTitle: ["{pg}에 로그인하세요", "Log in to {pg}"],
  logInLead: [
    "한 번 등록하면 결제일마다 따로 인증하지 않아도 돼요.",
    "Register once; later payments need no further step from you.",
  ],
  phoneHint: [
    "미리 있는 구매자는 010-1234-5678이에요. 다른 번호는 새로 가입돼요.",
    "010-1234-5678 is there already. Any other number signs up.",
  ],
  logIn: ["로그인", "Log in"],
  newPayer: ["새 고객", "New customer"],

  meansTitle: ["자동결제에 쓸 결제수단을 고르세요", "Choose how to pay"],
  noMeans: ["아직 등록된 결제수단이 없어요.", "No payment method is registered yet."],
  addAccount: ["계좌 등록하기", "Register an account"],
  addCard: ["카드 등록하기", "Register a card"],
  balance: ["잔액 {amount}원", "Balance KRW {amount}"],
  declines: ["거절됨: {code}", "Declines: {code}"],
  addCardTitle: ["카드 등록", "Register a card"],
  cardTitle: ["{pg} 카드 정보 입력", "{pg}: your card"],
  expiry: ["유효기간 (YYYY-MM)", "Expiry (YYYY-MM)"],
  birth: [
    "생년월일 6자리 (법인카드는 사업자등록번호 10자리)",
    "Date of birth YYMMDD (corporate card: 10-digit business number)",
  ],

  consentTitle: ["자동결제에 동의하세요", "Consent to automatic payments"],
  payTitle: ["결제 내용을 확인하세요", "Check your payment"],
  agreeRecurring: [
    "[필수] {merchant}의 자동결제에 동의합니다",
    "[Required] I agree to automatic payments to {merchant}",
  ],
  agreePayment: ["[필수] 결제에 동의합니다", "[Required] I agree to this payment"],
  password: ["결제 비밀번호 6자리", "Six-digit payment password"],
  passwordHint: [
    "000000은 틀린 비밀번호, 다른 여섯 자리는 맞는 비밀번호예요.",
    "000000 is wrong, any other six digits are right.",
  ],
  register: ["동의하고 등록하기", "Agree and register"],
  pay: ["동의하고 결제하기", "Agree and pay"],
  changeMeans: ["결제수단 바꾸기", "Change the method"],

  cancel: ["취소하고 상점으로 돌아가기", "Cancel and return to the shop"],
  failMessage: ["상점에 보낼 실패 사유", "Reason for the merchant"],
  meansInvalid: ["결제수단을 하나 골라 주세요.", "Choose one payment method."],
  cardNumberInvalid: ["카드 번호 14~16자리를 넣어 주세요.", "Enter 14 to 16 digits."],
  expiryInvalid: ["2029-12처럼 넣어 주세요.", "Enter it like 2029-12."],
  cardUnknown: ["쓸 수 없는 카드예요.", "This card cannot be used."],
  birthInvalid: [
    "생년월일 6자리, 법인카드는 사업자등록번호 10자리예요.",
    "Six digits (YYMMDD), or ten for a corporate card.",
  ],
  twoDigitsInvalid: ["숫자 두 자리를 넣어 주세요.", "Enter two digits."],
  passwordInvalid: ["숫자 여섯 자리를 넣어 주세요.", "Enter six digits."],
  passwordWrong: ["비밀번호가 틀렸어요.", "The password is wrong."],
  amountInvalid: ["0 이상의 정수(원)를 넣어 주세요.", "Enter a whole number of won, 0 or more."],

  finishedTitle: ["결과를 상점에 보내고 있어요", "Returning to the merchant"],
  finishedLead: [
    "상점의 페이지가 결과를 받아요. 이 창은 닫아도 돼요.",
    "The merchant's page takes the outcome. You may close this window.",
  ],
  lostTitle: ["돌아갈 주소가 없어요", "There is nowhere to return to"],
  lostLead: [
    "상점이 m_redirect_url을 주지 않아서 결과({outcome})를 전할 수 없어요. 결제 기록은 남아 있어요.",
    "The merchant gave no m_redirect_url, so the outcome ({outcome}) is lost. The payment record stays.",
  ],
  outcomeDone: ["성공", "done"],
  outcomeFailed: ["실패", "failed"],
  usedLead: [
    "결과는 상점에 한 번만 전달돼요. 다시 하려면 상점에서 새 창을 여세요.",
    "Its outcome went to the merchant once. To try again, open a new window there.",
  ],
  brokenLead: ["IMP.request_pay()로 여세요. 고칠 곳:", "Open it with IMP.request_pay(). To fix:"],

  myTitle: ["내 결제수단과 자동결제", "My methods and automatic payments"],
  myLead: [
    "여기서 해지해도 상점은 알림을 받지 않아요. 다음 결제에서 알게 돼요.",
    "No merchant is told when you end one here. They find out at the next charge.",
  ],
  myMeans: ["결제수단", "Payment methods"],
  myKeys: ["자동결제", "Automatic payments"],
  noKeys: ["등록된 자동결제가 없어요.", "There are no automatic payments."],
  newBalance: ["잔액 (원)", "Balance (KRW)"],
  endKey: ["해지하기", "End it"],
  endedKey: ["해지됨", "Ended"],
} as const satisfies Texts<string>;

export type TextKey = keyof typeof texts;
export type Say = SayText<TextKey>;

/** What the windows say in this language. */
export function sayIn(language: Language): Say {
  return sayFrom(texts, language);
}

/** `9,900`, in any language. */
export function wholeWon(amount: number): string {
  return amount.toLocaleString("en-US");
}

/** Whether a form's error, as its schema names it, is one of our texts. */
export function isTextKey(text: string): text is TextKey {
  return Object.hasOwn(texts, text);
}
