/** What the demo shop says, in Korean first and in English, whatever its customers read elsewhere. */
export const shopLanguages = ["ko", "en"] as const;
export type ShopLanguage = (typeof shopLanguages)[number];

const texts = {
  otherLanguage: ["English", "한국어"],
  shopName: ["달빛우유", "Moonlight Milk"],
  tagline: ["매달 아침, 문 앞에 우유", "Milk at your door, every month"],
  demoNote: [
    "데모 상점이에요. 매달(Maedal)의 공개 API만 쓰고, 실제 돈은 움직이지 않아요.",
    "A demo shop. It uses Maedal's public API only, and no real money moves.",
  ],
  choosePlan: ["상품을 골라 보세요", "Choose a plan"],
  chooseMarket: ["어디에 사는 손님인가요?", "Where does the customer live?"],
  korea: ["한국", "Korea"],
  taiwan: ["대만", "Taiwan"],
  thailand: ["태국", "Thailand"],
  abroad: ["해외", "Abroad"],
  wonWays: ["계좌 · 카드 · 차이 · 카카오페이", "Bank account · card · CHAI · KakaoPay"],
  linePay: ["LINE Pay", "LINE Pay"],
  guideTitle: ["이렇게 해 보세요", "What to try"],
  guideSubscribe: [
    "상품을 구독하고, 모의 토스페이먼츠 창에서 계좌를 등록하세요. 인증번호는 000000이에요.",
    "Subscribe, and register an account in the emulated Toss Payments window. The code is 000000.",
  ],
  guidePortOne: [
    "차이나 카카오페이로도 구독해 보세요. 포트원 V1을 거치고, 모의 창에 로그인할 번호와 비밀번호가 적혀 있어요.",
    "Or subscribe with CHAI or KakaoPay, through PortOne V1. The emulated window says what to log in with.",
  ],
  guideSubscribeLinePay: [
    "상품을 구독하고, 모의 LINE Pay 화면에서 로그인해 승인하세요. 비밀번호는 아무 숫자 여섯 자리예요.",
    "Subscribe, log in to the emulated LINE Pay and approve. Any six digits are the password.",
  ],
  guideCapture: [
    "출고할 때 결제하는 상품은 승인만 돼요. 운영자 화면의 ‘결제’에서 매입하세요.",
    "What is paid when it ships is only held: capture it on the operator pages, under Charges.",
  ],
  guideTime: [
    "내 구독에서 ‘한 달 뒤’를 눌러 다음 결제가 한 번만 이루어지는지 보세요.",
    "Press “One month later” and see the next payment happen, once.",
  ],
  guideTrouble: [
    "내 퀵계좌이체나 내 차이·카카오페이에서 잔액을 비우거나 해지해 보고, 다음 달에 무슨 일이 생기는지 보세요.",
    "Empty the account, or end the automatic payments at the provider, and see what the next month brings.",
  ],
  guideTroubleLinePay: [
    "내 LINE Pay에서 잔액을 비우거나 자동 결제를 지우고, 다음 달에 무슨 일이 생기는지 보세요.",
    "Empty the balance at My LINE Pay, or delete the automatic payment, and see what the next month brings.",
  ],
  guideBehind: [
    "운영자 화면과 모의 결제사의 장부에서 같은 결제를 다른 쪽에서 확인하세요.",
    "Look at the same payments as the merchant sees them, and in the emulator's ledger.",
  ],
  fillUp: ["{wallet}에서 잔액 채우기", "Fill up the balance at {wallet}"],
  byTransfer: ["계좌로", "by bank account"],
  byCard: ["카드로", "by card"],
  withChai: ["차이로", "with CHAI"],
  withKakaoPay: ["카카오페이로", "with KakaoPay"],
  withLinePay: ["LINE Pay로", "with LINE Pay"],
  subscribe: ["{way} 구독하기", "Subscribe {way}"],
  register: ["{way} 등록하기", "Pay {way}"],
  change: ["{way} 바꾸기", "Change to paying {way}"],
  trial: ["{days}일 무료 체험", "{days} days free"],
  paidWhenShipped: ["승인 먼저, 출고할 때 결제", "Held first, paid when it ships"],
  signInTitle: ["누구로 구독할까요?", "Who are you today?"],
  signInLead: [
    "데모 손님을 하나 만들어요. 손님마다 자기만의 시계가 있어서 시간을 마음대로 앞으로 보낼 수 있어요.",
    "This makes a customer for the demo, with a clock of their own, so that you can send their time forward.",
  ],
  signInWay: ["이어서 {way} 구독해요.", "Next you subscribe {way}."],
  name: ["이름", "Name"],
  signIn: ["이 이름으로 시작하기", "Start as this customer"],
  signOut: ["다른 손님으로", "Be somebody else"],
  myAccount: ["내 구독", "My subscription"],
  none: ["아직 구독이 없어요.", "You have no subscription yet."],
  toPlans: ["상품 보러 가기", "See the plans"],
  today: ["이 손님의 오늘", "Today for this customer"],
  method: ["결제 수단", "Method"],
  noMethod: ["없음", "none"],
  next: ["다음 결제일", "Next payment"],
  price: ["이용 금액", "Price"],
  status: ["상태", "Status"],
  endsOn: ["{date}에 끝나요", "Ends on {date}"],

  incomplete: ["결제 수단 등록 전", "Waiting for a method"],
  incompleteLead: [
    "결제 수단을 등록하면 바로 시작해요.",
    "It begins as soon as you register a method.",
  ],
  trialing: ["무료 체험 중", "Free trial"],
  active: ["이용 중", "Active"],
  past_due: ["미납", "Past due"],
  past_dueLead: [
    "이번 결제가 되지 않았어요. 잔액을 채우면 다음 시도 때 결제돼요.",
    "The payment did not go through. Fill up the balance, and the next try will.",
  ],
  retryOn: ["다음 시도: {date}", "Next try: {date}"],
  unpaid: ["결제 포기됨", "Given up"],
  unpaidLead: [
    "여러 번 시도했지만 결제되지 않았어요. 새 결제 수단을 등록하면 다시 이어져요.",
    "Every try failed. Register a new method to go on.",
  ],
  paused: ["멈춤", "Paused"],
  canceled: ["해지됨", "Canceled"],
  methodTitle: ["결제 수단을 새로 등록해 주세요", "Please register a new method"],
  methodDead: [
    "등록한 결제 수단을 더는 쓸 수 없어요. 새로 등록할 때까지 결제되지 않아요.",
    "The method you registered can no longer be used. Nothing is charged until you register another.",
  ],
  heldTitle: ["승인된 금액이 있어요", "An amount is held"],
  heldOpenEndedLead: [
    "{amount}은 아직 결제되지 않았어요. 운영자 화면에서 매입하면 결제돼요.",
    "{amount} is held and not taken yet. Capture it on the operator pages.",
  ],
  heldLead: [
    "{amount}은 아직 결제되지 않았어요. {date}까지 운영자 화면에서 매입하면 결제되고, 아니면 풀려요.",
    "{amount} is held and not taken yet. Capture it on the operator pages by {date}, or it is released.",
  ],
  cancel: ["구독 해지", "Cancel the subscription"],
  keep: ["해지 취소", "Keep the subscription"],

  timeTitle: ["시간 여행", "Time travel"],
  timeLead: [
    "매달의 테스트 시계와 모의 결제사의 시계가 함께 움직여요.",
    "Maedal's test clock and the emulated providers move together.",
  ],
  oneDay: ["하루 뒤", "One day later"],
  oneMonth: ["한 달 뒤", "One month later"],
  moving: ["시간을 보내는 중…", "Time is passing…"],
  stillMoving: [
    "시간이 아직 흐르고 있어요. 잠시 뒤 새로고침하세요.",
    "Time is still passing. Reload in a moment.",
  ],

  payments: ["결제 내역", "Payments"],
  noPayments: ["아직 결제가 없어요.", "No payments yet."],
  date: ["날짜", "Date"],
  amount: ["금액", "Amount"],
  result: ["결과", "Result"],
  captured: ["결제됨", "Paid"],
  scheduled: ["결제 예정", "Scheduled"],
  declined: ["거절됨, 다시 시도 예정", "Declined, to be tried again"],
  in_flight: ["결제 중", "On its way"],
  awaiting_customer: ["승인을 기다리는 중", "Waiting for your approval"],
  authorized: ["승인됨, 매입 전", "Held, not taken yet"],
  capturing: ["매입 중", "Being taken"],
  voiding: ["푸는 중", "Being released"],
  released: ["승인 취소됨", "Released"],
  refunded: ["환불됨", "Refunded"],
  refundedPart: ["{amount} 환불됨", "{amount} refunded"],
  forRegistration: ["등록을 위한 금액", "To register the method"],
  reconciling: ["결과 확인 중", "Being checked"],
  in_review: ["확인 중", "Being checked"],
  failed: ["실패", "Failed"],
  chargeCanceled: ["취소됨", "Canceled"],
  waitsForMethod: ["결제 수단을 기다리는 중", "Waiting for a method"],

  behind: ["무대 뒤", "Behind the scenes"],
  myQuickTransfer: ["내 퀵계좌이체", "My quick transfer"],
  myQuickTransferHint: [
    "계좌 잔액을 바꾸거나 탈퇴해 보세요",
    "Change balances, or withdraw from the service",
  ],
  myPortOne: ["내 차이·카카오페이", "My CHAI and KakaoPay"],
  myPortOneHint: [
    "잔액을 바꾸거나 자동결제를 해지해 보세요",
    "Change balances, or end automatic payments",
  ],
  myLinePay: ["내 LINE Pay", "My LINE Pay"],
  myLinePayHint: [
    "잔액을 채우거나 자동 결제를 지워 보세요",
    "Top up, or delete the automatic payment",
  ],
  operator: ["운영자 화면", "Operator pages"],
  operatorHint: ["상점 주인이 보는 매달", "Maedal as the merchant sees it"],
  ledger: ["모의 결제사의 장부", "The emulator's ledger"],
  ledgerHint: ["실제로 나간 돈의 기록", "What really was paid"],
  problemTitle: ["처리하지 못했어요", "That did not work"],
  back: ["돌아가기", "Back"],
} as const satisfies Record<string, readonly [string, string]>;

export type TextKey = keyof typeof texts;
export type Say = (key: TextKey, values?: Readonly<Record<string, string | number>>) => string;

export function sayIn(language: ShopLanguage): Say {
  const column = language === "ko" ? 0 : 1;
  return (key, values = {}) =>
    texts[key][column].replaceAll(/\{(\w+)\}/g, (name, value: string) =>
      String(values[value] ?? name),
    );
}
