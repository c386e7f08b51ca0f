/**
 * What the windows of Toss and PortOne both say, in Korean first and in English, and how a text is
 * said. The wording is our own.
 */
export const languages = ["ko", "en"] as const;
export type Language = (typeof languages)[number];

/** Key to [Korean, English]. */
export type Texts<Key extends string> = Readonly<Record<Key, readonly [string, string]>>;

/** What both say word for word. A provider adds its own. */
export const commonTexts = {
  notice: [
    "모의 결제창(emulated window)이에요. 실제 돈은 움직이지 않아요.",
    "Emulated window (모의 결제창). No real money moves.",
  ],
  switchLanguage: ["English", "한국어"],
  steps: ["진행 단계", "Progress"],
  stepConsent: ["동의", "Consent"],
  phone: ["휴대폰 번호", "Mobile phone number"],
  next: ["다음", "Next"],
  back: ["이전으로", "Back"],
  fillSample: ["예시로 채우기", "Fill in an example"],
  addAccountTitle: ["계좌 등록", "Register an account"],
  bank: ["은행", "Bank"],
  chooseBank: ["은행을 고르세요", "Choose a bank"],
  accountNumber: ["계좌번호", "Account number"],
  accountNumberHint: ["숫자 10~14자리, 하이픈은 없어도 돼요", "10 to 14 digits, hyphens optional"],
  merchant: ["상점", "Merchant"],
  cardNumber: ["카드 번호", "Card number"],
  passwordTwoDigits: ["카드 비밀번호 앞 2자리", "First two digits of the card password"],
  otherOutcomes: ["테스트: 다른 결과로 끝내기", "Test: end with another outcome"],
  fail: ["실패로 끝내기", "End as failed"],
  close: ["창 닫기", "Close the window"],

  checkFields: ["입력한 내용을 확인해 주세요.", "Please check what you entered."],
  required: ["꼭 필요한 항목이에요.", "This is required."],
  phoneInvalid: [
    "010으로 시작하는 휴대폰 번호를 넣어 주세요.",
    "Enter a Korean mobile number such as 010-1234-5678.",
  ],
  mustAgree: ["동의해야 계속할 수 있어요.", "You need to agree to continue."],
  bankInvalid: ["목록에서 은행을 골라 주세요.", "Choose a bank from the list."],
  accountNumberInvalid: [
    "계좌번호는 숫자 10~14자리예요.",
    "An account number has 10 to 14 digits.",
  ],
  usedTitle: ["이미 끝난 결제창이에요", "This window has already ended"],
  expiredTitle: ["시간이 지나 닫힌 결제창이에요", "This window has expired"],
  expiredLead: [
    "열린 지 30분이 지났거나 없는 창이에요. 상점에서 다시 시작해 주세요.",
    "It was opened more than 30 minutes ago, or never. Please start again at the merchant.",
  ],
  refusedTitle: ["결제창을 열 수 없어요", "The window cannot be opened"],
  setBalance: ["잔액 바꾸기", "Set balance"],
  logOut: ["로그아웃", "Log out"],
} as const satisfies Texts<string>;

export type CommonKey = keyof typeof commonTexts;

/**
 * Says one text in one language.
 *
 * @param values What stands in for each `{name}`. Never parsed again.
 */
export type Say<Key extends string> = (
  key: Key,
  values?: Readonly<Record<string, string>>,
) => string;

/** How these texts are said in this language. */
export function sayFrom<Key extends string>(texts: Texts<Key>, language: Language): Say<Key> {
  const column = language === "ko" ? 0 : 1;
  return (key, values = {}) =>
    texts[key][column].replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
