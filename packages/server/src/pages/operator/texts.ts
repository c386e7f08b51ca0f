/** What the operator pages say, in Korean first and in English. */
import type { Language } from "../format.ts";

/** Key to [Korean, English]; `{name}` is replaced. */
const texts = {
  otherLanguage: ["English", "한국어"],
  test: ["테스트", "test"],
  live: ["라이브", "live"],
  logOut: ["로그아웃", "Log out"],
  logInTitle: ["운영자 로그인", "Operator log-in"],
  logInLead: [
    "이 계정의 API 키로 로그인하세요. 키는 저장되지 않아요.",
    "Log in with an API key of your account. The key itself is not kept.",
  ],
  apiKey: ["API 키", "API key"],
  logIn: ["로그인", "Log in"],
  wrongKey: [
    "쓸 수 없는 API 키예요. 끝까지 복사했는지 확인하세요. 새 키: maedal keys create",
    "This API key cannot be used. Check that all of it was copied. A new one: maedal keys create",
  ],
  linkOver: [
    "로그인 링크의 시간이 지났어요. 다시 열거나 API 키로 로그인하세요.",
    "The log-in link has expired. Open it again, or log in with an API key.",
  ],
  formOver: [
    "양식이 오래됐어요. 앞 화면을 새로고침하고 다시 하세요. 아무것도 바뀌지 않았어요.",
    "This form is too old. Reload the page before it and try again. Nothing was changed.",
  ],
  problemTitle: ["처리하지 못했어요", "That did not work"],
  notFound: ["그런 항목이 없어요.", "There is no such thing."],
  backToOverview: ["개요로", "To the overview"],

  overview: ["개요", "Overview"],
  subscriptions: ["구독", "Subscriptions"],
  charges: ["결제", "Charges"],
  reviews: ["검토", "Reviews"],
  connections: ["연결", "Connections"],
  clocks: ["테스트 시계", "Test clocks"],

  capturedToday: ["오늘 결제된 금액", "Captured today"],
  times: ["{count}건", "{count} charges"],
  activeSubscriptions: ["이용 중인 구독", "Active subscriptions"],
  pastDue: ["미납", "Past due or unpaid"],
  methodRequired: ["결제 수단 필요", "Needs a method"],
  inReview: ["사람의 검토 대기", "Waits for a person"],
  unresolved: ["결과 확인 중", "Outcome being asked"],
  nextDue: ["다음 결제 예정", "Due next"],
  refused: ["결제되지 않은 것", "Refused, not paid"],
  allGood: ["없어요.", "None."],
  stopped: [
    "긴급 정지 상태예요. 아무것도 결제하지 않아요.",
    "Emergency stop: nothing is being charged.",
  ],

  when: ["시각", "When"],
  customer: ["고객", "Customer"],
  plan: ["상품", "Plan"],
  amount: ["금액", "Amount"],
  status: ["상태", "Status"],
  why: ["이유", "Why"],
  method: ["결제 수단", "Method"],
  next: ["다음 결제", "Next payment"],
  all: ["전체", "All"],
  newestOf: ["최근 {count}건까지 보여요.", "The latest {count} at most."],
  onTestClock: ["테스트 시계", "test clock"],

  timeline: ["일어난 일", "What happened"],
  invoices: ["청구서", "Invoices"],
  period: ["기간", "Period"],
  due: ["결제일", "Due"],
  paidAt: ["결제됨", "Paid"],
  order: ["주문번호", "Order id"],
  actions: ["할 수 있는 일", "Actions"],
  cancelNow: ["지금 해지", "Cancel now"],
  cancelAtPeriodEnd: ["이용 기간 끝에 해지", "Cancel at period end"],
  keep: ["해지 예약 취소", "Keep the subscription"],
  askForMethod: ["새 결제 수단 요청", "Ask for a new method"],
  askedTitle: ["등록 링크를 만들었어요", "A registration link was made"],
  askedLead: [
    "이 링크를 고객에게 보내세요. 한 시간 동안, 처음 연 브라우저에서만 쓸 수 있어요.",
    "Send this link to the customer. It is good for an hour, in the first browser that opens it.",
  ],
  noConnection: [
    "쓸 수 있는 연결이 없어요. 연결을 먼저 만들거나 다시 시작하세요.",
    "There is no active connection. Make or resume one first.",
  ],

  charge: ["결제", "Charge"],
  attempts: ["시도", "Attempts"],
  lookUps: ["결과 조회", "Look-ups"],
  noLookUps: ["결과를 조회한 적이 없어요.", "Nothing had to be looked up."],
  evidence: ["주고받은 내용 (비밀은 지움)", "Request and answer (secrets removed)"],
  providerSays: ["결제사의 말", "The provider's words"],
  payment: ["결제사 결제번호", "Provider's payment id"],
  refunded: ["환불됨", "Refunded"],
  sentAt: ["보냄 (실제 시각)", "Sent (real time)"],
  outcome: ["결과", "Outcome"],

  reviewLead: [
    "돈이 움직였는지 기계가 판단할 수 없는 결제예요. 증거를 보고 결정하세요.",
    "Charges whose outcome a machine cannot decide. Look at the evidence, then decide.",
  ],
  reviewNone: ["검토할 결제가 없어요.", "Nothing waits for a review."],
  resolve: ["결정하기", "Decide"],
  decision: ["결정", "Decision"],
  lookUpAgain: ["결제사에 다시 조회", "Ask the provider again"],
  notPaid: [
    "결제되지 않았음을 결제사에서 확인했어요: 같은 주문번호로 다시 결제",
    "I made sure at the provider that nothing was paid: send the same order id again",
  ],
  giveUp: ["포기: 더 결제하지 않음", "Give up: never collect it"],
  note: ["근거 (기록에 남아요)", "What it rests on (kept on record)"],
  decide: ["결정 저장", "Save the decision"],

  resume: ["다시 시작", "Resume"],
  pausedBecause: ["멈춘 이유", "Paused because"],
  notificationUrl: ["웹훅 주소", "Webhook address"],
  notificationHint: [
    "결제사 개발자센터에 등록하세요. 다른 곳에는 알리지 마세요.",
    "Register it in the provider's developer centre, and tell nobody else.",
  ],
  observations: ["문서와 다른 점", "Seen to differ from the documents"],
  seen: ["{count}번, 마지막 {at}", "{count} times, last {at}"],
  host: ["서버", "Host"],

  clockLead: [
    "테스트 시계의 고객은 이 시간에 살아요. 앞으로 보내면 그사이의 결제가 차례로 이루어져요.",
    "Customers on a test clock live in its time. Advance it, and everything due on the way happens in order.",
  ],
  now: ["지금", "Now"],
  oneDay: ["하루 뒤로", "1 day later"],
  oneMonth: ["한 달 뒤로", "1 month later"],
  toDate: ["이 날까지", "To this date"],
  go: ["이동", "Go"],
  advancing: ["{target}까지 가는 중", "On its way to {target}"],
  waitsFor: ["결제 중 {open}건, 남은 일 {due}건", "{open} charges open, {due} things due"],
} as const satisfies Record<string, readonly [string, string]>;

export type TextKey = keyof typeof texts;
export type Say = (key: TextKey, values?: Readonly<Record<string, string | number>>) => string;

export function sayIn(language: Language): Say {
  const column = language === "ko" ? 0 : 1;
  return (key, values = {}) =>
    texts[key][column].replaceAll(/\{(\w+)\}/g, (name, value: string) =>
      String(values[value] ?? name),
    );
}

/** Statuses, outcomes, failure classes and events in plain words; an unknown word stays itself. */
const words: Readonly<Record<string, readonly [string, string]>> = {
  incomplete: ["시작 전", "not started"],
  trialing: ["무료 체험", "trial"],
  active: ["이용 중", "active"],
  past_due: ["미납", "past due"],
  paused: ["멈춤", "paused"],
  unpaid: ["결제 포기", "unpaid"],
  canceled: ["해지·취소", "canceled"],
  sunset: ["사용 종료", "sunset"],
  draft: ["작성 중", "draft"],
  open: ["받을 금액", "open"],
  paid: ["결제됨", "paid"],
  void: ["무효", "void"],
  uncollectible: ["회수 불가", "uncollectible"],
  awaiting_customer: ["고객 대기", "awaits the customer"],
  scheduled: ["예정", "scheduled"],
  in_flight: ["결제 중", "on its way"],
  reconciling: ["결과 확인 중", "being asked"],
  in_review: ["사람이 검토", "in review"],
  captured: ["결제됨", "captured"],
  failed: ["실패", "failed"],
  voided: ["취소됨", "voided"],
  declined: ["거절됨", "declined"],
  refused: ["거절됨", "refused"],
  not_sent: ["보내지 않음", "not sent"],
  unknown: ["결과 모름", "unknown"],
  pending: ["처리 중", "pending"],
  not_found: ["기록 없음", "not found"],
  no_answer: ["답 없음", "no answer"],
  soft_decline: [
    "지금은 안 되지만 나중에 될 수 있는 거절 (잔액·한도)",
    "declined for now; may work later",
  ],
  hard_decline: ["고객이 조치해야 하는 거절", "declined; the customer must act"],
  billing_key_invalid: [
    "결제 수단이 사라짐: 새로 등록해야 해요",
    "the method is gone; a new one is needed",
  ],
  outage: ["결제사 점검 중", "announced maintenance"],
  configuration: ["연결의 키나 계약 문제", "credentials or contract of the connection"],
  invalid_request: ["우리 요청이 잘못됨", "our own request was wrong"],
  mismatch: ["결제사의 답이 우리 주문과 다름", "the answer is not about our order"],
  outcome_unknown: ["돈이 움직였는지 모름: 조회로 확인", "the money may have moved: being asked"],
  outcome_unresolved: ["여러 번 조회해도 불분명", "still unclear after many look-ups"],
  resends_exhausted: [
    "여러 번 보냈지만 결제사에 기록 없음",
    "sent several times, unknown to the provider",
  ],
  provider_record_unclear: ["결제사 기록이 불분명", "the provider's record is unclear"],
  cannot_be_sent: [
    "우리 쪽 문제로 여러 번 보내지 못함 (돈은 움직이지 않음)",
    "could not be sent, for a reason of ours (no money moved)",
  ],
  refund_of_other_amount: [
    "결제사에 금액이 다른 환불이 있음",
    "the provider shows a refund of another amount",
  ],
  several_refunds_found: [
    "결제사에 같은 금액의 새 환불이 여럿 있음",
    "the provider shows several new refunds of this amount",
  ],
  refunded_elsewhere: [
    "다른 환불이 먼저 이루어져 남은 금액이 모자람",
    "another refund was faster: too little is left",
  ],
  given_up: ["사람이 포기함", "given up by a person"],
  "registration.completed": ["결제 수단 등록됨", "method registered"],
  "registration.failed": ["결제 수단 등록 실패", "registration failed"],
  "registration.canceled": ["결제 수단 등록 그만둠", "registration canceled"],
  "billing_key.created": ["빌링키 발급됨", "billing key created"],
  "billing_key.expiring": [
    "빌링키가 오래 쓰이지 않아 곧 사라짐",
    "billing key about to die of disuse",
  ],
  "billing_key.blocked": [
    "빌링키로 지금은 결제할 수 없음 (결제사 확인)",
    "billing key cannot be charged now, says the provider",
  ],
  "billing_key.suspended": ["빌링키 사용 중지", "billing key suspended"],
  "billing_key.dead": ["빌링키가 사라짐", "billing key dead"],
  "billing_key.revoked": ["빌링키 해지", "billing key revoked"],
  "gateway_connection.paused": ["연결이 멈춤", "connection paused"],
  "gateway_connection.resumed": ["연결 재개", "connection resumed"],
  "subscription.created": ["구독 생성", "subscription created"],
  "subscription.trial_started": ["무료 체험 시작", "trial started"],
  "subscription.activated": ["구독 시작", "subscription active"],
  "subscription.past_due": ["미납이 됨", "past due"],
  "subscription.recovered": ["미납 해소", "recovered"],
  "subscription.unpaid": ["결제를 포기함", "given up as unpaid"],
  "subscription.method_required": ["새 결제 수단이 필요함", "a new method is needed"],
  "subscription.method_replaced": ["결제 수단 교체", "method replaced"],
  "subscription.price_change_scheduled": ["요금 변경 예약", "price change scheduled"],
  "subscription.cancel_scheduled": ["해지 예약", "cancel scheduled"],
  "subscription.kept": ["해지 예약 취소", "kept"],
  "subscription.canceled": ["해지", "canceled"],
  "invoice.opened": ["청구", "invoice opened"],
  "invoice.paid": ["청구서 결제됨", "invoice paid"],
  "invoice.void": ["청구서 무효", "invoice void"],
  "invoice.uncollectible": ["청구서 회수 불가", "invoice uncollectible"],
  "charge.captured": ["결제됨", "charge captured"],
  "charge.declined": ["결제 거절, 다시 시도 예정", "declined, to be tried again"],
  "charge.failed": ["결제 실패", "charge failed"],
  "charge.in_review": ["사람의 검토가 필요함", "needs a review"],
  "charge.canceled": ["결제 취소됨 (돈은 움직이지 않음)", "charge canceled (no money moved)"],
  "charge.refunded": ["환불됨", "refunded"],
  "refund.failed": ["환불 실패", "refund failed"],
  "refund.in_review": ["환불: 사람의 검토가 필요함", "a refund needs a review"],
  "refund.review_resolved": ["환불: 사람이 결정함", "a refund was decided by a person"],
  "charge.review_resolved": ["사람이 결정함", "decided by a person"],
  "charge.paid_after_the_end": [
    "끝난 결제에 돈이 들어옴: 확인이 필요함",
    "paid after its end: somebody must look",
  ],
  "charge.paid_twice": [
    "한 청구서가 두 번 결제됨: 하나를 환불해야 해요",
    "one invoice was paid twice: refund one of them",
  ],
  "charge.captured_after_cancel": ["해지 뒤에 결제됨", "captured after the cancel"],
};

export function wordIn(language: Language, word: string): string {
  return words[word]?.[language === "ko" ? 0 : 1] ?? word;
}
