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

  transferTitle: ["퀵계좌이체 자동결제 등록", "Register quick transfer for recurring payments"],
  cardTitle: ["카드 자동결제 등록", "Register a card for recurring payments"],
  stepIdentity: ["본인 확인", "Identity"],
  stepAccount: ["계좌", "Account"],
  stepCard: ["카드", "Card"],

  startLead: [
    "계좌를 한 번만 등록하면, 결제일마다 따로 인증하지 않아도 돼요.",
    "Register an account once; payments then need no further step from you.",
  ],
  firstTime: ["처음이에요", "I am new here"],
  firstTimeHint: ["가입하고 계좌를 등록해요", "Sign up and register an account"],
  alreadyMember: ["이미 사용 중이에요", "I already use it"],
  alreadyMemberHint: ["로그인하고 계좌를 골라요", "Log in and choose an account"],
  manageLink: ["내 퀵계좌이체 관리", "Manage my quick transfer"],

  signUpTitle: ["퀵계좌이체 가입", "Sign up for quick transfer"],
  logInTitle: ["퀵계좌이체 로그인", "Log in to quick transfer"],
  name: ["이름", "Name"],
  identityCode: ["인증번호 6자리", "Six-digit identity code"],
  identityCodeHint: [
    "테스트에서는 문자를 보내지 않아요. 000000을 넣으세요.",
    "No message is sent in tests. Enter 000000.",
  ],
  knownMemberHint: [
    "미리 가입된 구매자: 010-1234-5678",
    "A member who exists already: 010-1234-5678",
  ],
  agreements: ["약관", "Terms"],
  agreeService: ["[필수] 퀵계좌이체 이용약관", "[Required] Quick transfer terms of use"],
  agreePrivacy: ["[필수] 개인정보 수집·이용", "[Required] Collection and use of personal data"],
  agreeIdentity: ["[필수] 본인확인 서비스 이용", "[Required] Use of identity verification"],
  agreeCard: ["[필수] 카드 자동결제 이용약관", "[Required] Terms of recurring card payments"],
  agreeAll: ["모두 동의", "Agree to all"],
  alreadySignedUp: [
    "이미 가입된 번호예요. 로그인해 주세요.",
    "This number is a member already. Please log in.",
  ],
  notSignedUp: [
    "가입되지 않은 번호예요. 처음이라면 가입해 주세요.",
    "No member has this number. Sign up if you are new.",
  ],
  toSignUp: ["가입하러 가기", "Sign up instead"],
  toLogIn: ["로그인하러 가기", "Log in instead"],

  accountsTitle: ["자동결제에 쓸 계좌를 고르세요", "Choose the account for recurring payments"],
  noAccounts: ["아직 등록된 계좌가 없어요.", "No account is registered yet."],
  addAccount: ["다른 계좌 등록하기", "Register another account"],
  stateOpen: ["사용 가능", "Usable"],
  stateClosed: ["해지된 계좌", "Closed"],
  stateOnHold: ["거래 정지", "On hold"],

  consentTitle: ["자동결제 동의", "Consent to recurring payments"],
  consentLead: [
    "아래 상점이 결제일마다 이 계좌에서 이용 금액을 출금하는 데 동의해 주세요.",
    "Please agree that this merchant withdraws what you owe from this account on each due date.",
  ],
  account: ["출금 계좌", "Account"],
  payer: ["구매자", "Buyer"],
  changeAccount: ["계좌 바꾸기", "Change account"],
  agreeRecurring: [
    "[필수] 자동결제와 출금에 동의합니다",
    "[Required] I agree to recurring withdrawals",
  ],
  consentFinish: ["동의하고 등록하기", "Agree and register"],
  consentNote: [
    "지금은 출금되지 않아요. 상점이나 내 퀵계좌이체에서 언제든 해지할 수 있어요.",
    "Nothing is withdrawn now. You can end it at the merchant or under My quick transfer.",
  ],

  cardType: ["카드 종류", "Kind of card"],
  personalCard: ["개인카드", "Personal card"],
  corporateCard: ["법인카드", "Corporate card"],
  expiryMonth: ["유효기간 월", "Expiry month"],
  expiryYear: ["유효기간 연도", "Expiry year"],
  identityNumber: [
    "생년월일 6자리 (법인카드는 사업자등록번호 10자리)",
    "Date of birth YYMMDD (corporate card: 10-digit business number)",
  ],
  cardFinish: ["카드 등록하기", "Register the card"],
  cardRejected: [
    "카드사가 이 카드를 거절했어요. 다른 카드를 넣거나 상점으로 돌아가세요.",
    "The card company rejected this card. Enter another one or return to the merchant.",
  ],
  backWithRejection: ["거절 결과로 상점에 돌아가기", "Return to the merchant as rejected"],

  cancel: ["취소하고 상점으로 돌아가기", "Cancel and return to the merchant"],
  failMessage: ["상점에 보낼 실패 메시지", "Failure message for the merchant"],
  reject: ["카드사 거절로 끝내기", "End as rejected by the card company"],
  nameInvalid: ["이름을 1~50자로 넣어 주세요.", "Enter a name of 1 to 50 characters."],
  codeInvalid: [
    "인증번호가 달라요. 테스트에서는 000000이에요.",
    "Wrong code. In tests it is 000000.",
  ],
  accountChoiceInvalid: ["계좌를 하나 골라 주세요.", "Choose one account."],
  cardTypeInvalid: ["카드 종류를 골라 주세요.", "Choose the kind of card."],
  cardNumberInvalid: ["카드 번호 14~20자리를 넣어 주세요.", "Enter 14 to 20 digits."],
  monthInvalid: ["01~12 중에서 넣어 주세요.", "Enter 01 to 12."],
  yearInvalid: ["연도 두 자리를 넣어 주세요. 예: 29", "Enter two digits, such as 29."],
  identityNumberInvalid: [
    "생년월일 6자리, 법인카드는 사업자등록번호 10자리예요.",
    "Six digits (YYMMDD), or ten for a corporate card.",
  ],
  passwordInvalid: ["숫자 두 자리를 넣어 주세요.", "Enter two digits."],
  balanceInvalid: ["0 이상의 정수(원)를 넣어 주세요.", "Enter a whole number of won, 0 or more."],

  finishedTitle: ["등록 결과를 상점에 보내고 있어요", "Returning to the merchant"],
  finishedLead: ["자동으로 이동하지 않으면 아래를 누르세요.", "Use the link if nothing happens."],
  toMerchant: ["상점으로 돌아가기", "Return to the merchant"],
  usedLead: [
    "결과는 상점에 한 번만 전달돼요. 다시 등록하려면 상점에서 새 창을 여세요.",
    "Its outcome went to the merchant once. To register again, open a new window there.",
  ],
  brokenRequestTitle: ["결제창 요청이 올바르지 않아요", "The request for this window is wrong"],
  brokenRequestLead: [
    "SDK의 requestBillingAuth()로 여세요. 고칠 곳:",
    "Open it with requestBillingAuth() of the SDK. To fix:",
  ],

  meTitle: ["내 퀵계좌이체", "My quick transfer"],
  meLead: [
    "계좌와 잔액, 등록된 상점을 보고 퀵계좌이체에서 탈퇴할 수 있어요.",
    "See accounts, balances and merchants, or withdraw from quick transfer.",
  ],
  myAccounts: ["내 계좌", "My accounts"],
  balance: ["잔액 (원)", "Balance (KRW)"],
  myMerchants: ["등록된 상점", "Registered merchants"],
  noMerchants: ["자동결제를 등록한 상점이 없어요.", "No merchant has a billing key."],
  billingKey: ["빌링키", "Billing key"],
  keyActive: ["사용 중", "Active"],
  keyRemoved: ["삭제됨", "Removed"],
  withdraw: ["퀵계좌이체 탈퇴", "Withdraw from quick transfer"],
  withdrawLead: [
    "탈퇴하면 모든 빌링키가 바로 무효가 되고, 상점은 BILLING_DELETED 웹훅을 받아요. 되돌릴 수 없어요.",
    "All billing keys die at once and the merchants receive the BILLING_DELETED webhook. This cannot be undone.",
  ],
  withdrawConfirm: ["위 내용을 이해했고 탈퇴합니다", "I understand and want to withdraw"],
  withdrawnTitle: ["탈퇴했어요", "You have withdrawn"],
  withdrawnLead: [
    "이 번호로 다시 가입하면 새 회원이 되고, 예전 빌링키는 살아나지 않아요.",
    "Signing up again makes a new member; the old billing keys stay dead.",
  ],
} as const satisfies Texts<string>;

export type TextKey = keyof typeof texts;
export type Say = SayText<TextKey>;

/** What the windows say in this language. */
export function sayIn(language: Language): Say {
  return sayFrom(texts, language);
}

/** Whether a form's error, as its schema names it, is one of our texts. */
export function isTextKey(text: string): text is TextKey {
  return Object.hasOwn(texts, text);
}
