/**
 * What the windows say, in Korean first and in English. The wording is our own. A form's schema
 * names its errors by key, so that a mistake reads well in both languages.
 */
export const languages = ["ko", "en"] as const;
export type Language = (typeof languages)[number];

/** Key to [Korean, English]. */
const texts = {
  notice: [
    "모의 결제창(emulated window)이에요. 실제 돈은 움직이지 않아요.",
    "Emulated window (모의 결제창). No real money moves.",
  ],
  switchLanguage: ["English", "한국어"],
  steps: ["진행 단계", "Progress"],
  stepLogIn: ["로그인", "Log in"],
  stepMeans: ["결제수단", "Method"],
  stepConsent: ["동의", "Consent"],

  merchant: ["상점", "Merchant"],
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
  phone: ["휴대폰 번호", "Mobile phone number"],
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
  next: ["다음", "Next"],
  back: ["이전으로", "Back"],
  fillSample: ["예시로 채우기", "Fill in an example"],

  addAccountTitle: ["계좌 등록", "Register an account"],
  bank: ["은행", "Bank"],
  chooseBank: ["은행을 고르세요", "Choose a bank"],
  accountNumber: ["계좌번호", "Account number"],
  accountNumberHint: ["숫자 10~14자리, 하이픈은 없어도 돼요", "10 to 14 digits, hyphens optional"],
  addCardTitle: ["카드 등록", "Register a card"],
  cardTitle: ["{pg} 카드 정보 입력", "{pg}: your card"],
  cardNumber: ["카드 번호", "Card number"],
  expiry: ["유효기간 (YYYY-MM)", "Expiry (YYYY-MM)"],
  birth: [
    "생년월일 6자리 (법인카드는 사업자등록번호 10자리)",
    "Date of birth YYMMDD (corporate card: 10-digit business number)",
  ],
  passwordTwoDigits: ["카드 비밀번호 앞 2자리", "First two digits of the card password"],

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
  otherOutcomes: ["테스트: 다른 결과로 끝내기", "Test: end with another outcome"],
  failMessage: ["상점에 보낼 실패 사유", "Reason for the merchant"],
  fail: ["실패로 끝내기", "End as failed"],
  close: ["창 닫기", "Close the window"],

  checkFields: ["입력한 내용을 확인해 주세요.", "Please check what you entered."],
  required: ["꼭 필요한 항목이에요.", "This is required."],
  phoneInvalid: [
    "010으로 시작하는 휴대폰 번호를 넣어 주세요.",
    "Enter a Korean mobile number such as 010-1234-5678.",
  ],
  meansInvalid: ["결제수단을 하나 골라 주세요.", "Choose one payment method."],
  bankInvalid: ["목록에서 은행을 골라 주세요.", "Choose a bank from the list."],
  accountNumberInvalid: [
    "계좌번호는 숫자 10~14자리예요.",
    "An account number has 10 to 14 digits.",
  ],
  cardNumberInvalid: ["카드 번호 14~16자리를 넣어 주세요.", "Enter 14 to 16 digits."],
  expiryInvalid: ["2029-12처럼 넣어 주세요.", "Enter it like 2029-12."],
  cardUnknown: ["쓸 수 없는 카드예요.", "This card cannot be used."],
  birthInvalid: [
    "생년월일 6자리, 법인카드는 사업자등록번호 10자리예요.",
    "Six digits (YYMMDD), or ten for a corporate card.",
  ],
  twoDigitsInvalid: ["숫자 두 자리를 넣어 주세요.", "Enter two digits."],
  mustAgree: ["동의해야 계속할 수 있어요.", "You need to agree to continue."],
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
  usedTitle: ["이미 끝난 결제창이에요", "This window has already ended"],
  usedLead: [
    "결과는 상점에 한 번만 전달돼요. 다시 하려면 상점에서 새 창을 여세요.",
    "Its outcome went to the merchant once. To try again, open a new window there.",
  ],
  expiredTitle: ["시간이 지나 닫힌 결제창이에요", "This window has expired"],
  expiredLead: [
    "열린 지 30분이 지났거나 없는 창이에요. 상점에서 다시 시작해 주세요.",
    "It was opened more than 30 minutes ago, or never. Please start again at the merchant.",
  ],
  refusedTitle: ["결제창을 열 수 없어요", "The window cannot be opened"],
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
  setBalance: ["잔액 바꾸기", "Set balance"],
  endKey: ["해지하기", "End it"],
  endedKey: ["해지됨", "Ended"],
  logOut: ["로그아웃", "Log out"],
} as const satisfies Record<string, readonly [string, string]>;

export type TextKey = keyof typeof texts;

/**
 * Says one text in one language.
 *
 * @param values What stands in for each `{name}`. Never parsed again.
 */
export type Say = (key: TextKey, values?: Readonly<Record<string, string>>) => string;

/** What the windows say in this language. */
export function sayIn(language: Language): Say {
  const column = language === "ko" ? 0 : 1;
  return (key, values = {}) =>
    texts[key][column].replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** `9,900`, in any language. */
export function wholeWon(amount: number): string {
  return amount.toLocaleString("en-US");
}

/** Whether a form's error, as its schema names it, is one of our texts. */
export function isTextKey(text: string): text is TextKey {
  return Object.hasOwn(texts, text);
}
