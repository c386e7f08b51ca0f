/**
 * Every return code of LINE Pay that is documented or was seen for the Online API, one row each:
 * data, read by `failures.ts`. A code means what its row says for an operation, and nothing for an
 * operation that its row does not name: there it is as good as unknown.
 *
 * Sources (all read 2026-11): the Online API v3 and v4 result codes and API pages, in part through a
 * third party's copy; the guide "자동 결제 구현하기", which names the codes that discard a key; the v2
 * manual; public reports of what the sandbox answers. The verdicts are our own judgement except where
 * the basis is `D`.
 */
import type { FailureClass } from "../gateway-error.ts";
import type { LinePayOperation } from "./transport.ts";

/**
 * What a code says in answer to an operation: a failure class, or one of the answers:
 * - `done`: it succeeded.
 * - `waiting`, `approved`, `over`, `paid`: where the customer stands; `no_such_request`: LINE Pay has
 *   no such window, which alone does not tell whether it was paid before.
 * - `not_found`: no such payment now.
 * - `usable`, `blocked`, `gone`: the key.
 * - `voided`: the capture failed and LINE Pay gave the authorization up.
 */
export type LinePayVerdict =
  | FailureClass
  | "done"
  | "waiting"
  | "approved"
  | "over"
  | "paid"
  | "no_such_request"
  | "not_found"
  | "usable"
  | "blocked"
  | "gone"
  | "voided";

/** Meaning and handling documented; meaning documented; seen by a third party; judged. */
export type ReturnCodeBasis = "D" | "d" | "O" | "J";

/**
 * The source of a row: the v3 and v4 result codes of today, manuals of v2 and early v3 only, the
 * Offline API's result codes only, none that could be found.
 */
export type ReturnCodeLists = "current" | "old" | "offline" | "none";

export type LinePayVerdicts = Readonly<Partial<Record<LinePayOperation, LinePayVerdict>>>;

export interface LinePayReturnCode {
  readonly code: string;
  readonly lists: ReturnCodeLists;
  readonly basis: ReturnCodeBasis;
  /** Operations that are not named here: `outcome_unknown`. */
  readonly verdicts: LinePayVerdicts;
  /** After a declined charge only the key itself tells whether it still lives: ask. */
  readonly asksKey: boolean;
  /** For people: the cause, and the fix where there is one. */
  readonly note: string;
}

type Columns = readonly [string, ReturnCodeLists, ReturnCodeBasis, LinePayVerdicts, string];

/** Where the customer's method is asked for money. */
function paying(failure: FailureClass): LinePayVerdicts {
  return { confirm: failure, charge: failure };
}

/** A card's refusal; on capture LINE Pay gives the authorization up (documented for 1280 to 1298). */
function card(failure: FailureClass): LinePayVerdicts {
  return { ...paying(failure), capture: "voided" };
}

/** LINE Pay discards the key; before there is one, in confirm, it is the method that was refused. */
const deadKey: LinePayVerdicts = { charge: "billing_key_invalid", expire: "gone" };
const deadCard: LinePayVerdicts = { ...card("hard_decline"), ...deadKey };
const perhapsDeadCard: LinePayVerdicts = { ...card("hard_decline"), expire: "gone" };

/** Every call but the two that ask about money, which then learn nothing of it. */
const ourSetup: LinePayVerdicts = {
  request: "configuration",
  confirm: "configuration",
  charge: "configuration",
  capture: "configuration",
  void: "configuration",
  refund: "configuration",
  check_key: "configuration",
  expire: "configuration",
};
const ourMistake: LinePayVerdicts = {
  request: "invalid_request",
  confirm: "invalid_request",
  charge: "invalid_request",
  capture: "invalid_request",
  void: "invalid_request",
  refund: "invalid_request",
  check_key: "invalid_request",
  expire: "invalid_request",
};
const amountRefused: LinePayVerdicts = {
  request: "invalid_request",
  confirm: "invalid_request",
  charge: "invalid_request",
};
const unclear: LinePayVerdicts = {};

// prettier-ignore
const answerCodes: readonly Columns[] = [
  ["0000", "current", "D", { request: "done", check_request: "waiting", confirm: "done", charge: "done", capture: "done", void: "done", refund: "done", details: "done", check_key: "usable", expire: "gone" },
    "Success; asked about a window: the customer has not finished."],
  ["0110", "current", "D", { check_request: "approved" }, "The customer has approved: confirm."],
  ["0121", "current", "D", { check_request: "over" }, "The customer canceled, or 20 minutes passed."],
  ["0122", "current", "D", { check_request: "over" }, "The payment failed; also after a confirm that came before the approval."],
  ["0123", "current", "D", { check_request: "paid" }, "The payment was confirmed."],
];

// prettier-ignore
const customerCodes: readonly Columns[] = [
  ["1101", "current", "d", { ...paying("soft_decline"), refund: "hard_decline", check_key: "blocked" }, "The customer is not a LINE Pay user any more; usually ends in a new registration."],
  ["1102", "current", "d", { ...paying("soft_decline"), refund: "soft_decline", check_key: "blocked" }, "The customer cannot transact now: the account may be suspended."],
  ["1110", "current", "d", { ...paying("soft_decline"), check_key: "blocked" }, "The card cannot be used."],
  ["1141", "current", "D", { ...deadKey, confirm: "hard_decline", check_key: "gone" }, "The account's status forbids it; for a key: the customer removed the key or its method."],
  ["1142", "current", "d", paying("soft_decline"), "Not enough balance."],
  ["1154", "current", "d", { ...paying("soft_decline"), check_key: "blocked" }, "The method behind the key is unavailable: the customer mends it in LINE Pay."],
  ["1170", "current", "d", { ...paying("soft_decline"), capture: "soft_decline" }, "The customer's balance changed meanwhile."],
  ["1190", "current", "d", { ...deadKey, check_key: "gone" }, "LINE Pay knows no such key."],
  ["1193", "current", "d", { ...deadKey, check_key: "gone" }, "The key has expired."],
  ["1264", "old", "d", paying("soft_decline"), "iPASS MONEY failed (Taiwan, until the end of 2025)."],
  ["2020", "offline", "d", paying("soft_decline"), "A limit of the e-payment institution."],
  ["2021", "offline", "d", paying("soft_decline"), "A limit of the e-payment institution."],
  ["2022", "offline", "d", paying("soft_decline"), "A limit of the e-payment institution."],
  ["2023", "offline", "d", paying("soft_decline"), "The e-payment institution's pre-authorization failed."],
];

// prettier-ignore
const cardCodes: readonly Columns[] = [
  ["1280", "current", "d", card("soft_decline"), "A temporary fault of the card payment."],
  ["1281", "current", "d", card("soft_decline"), "The card payment failed. The v2 manual discards the key."],
  ["1282", "current", "D", deadCard, "The card's authorization failed: the generic decline. LINE Pay discards the key."],
  ["1283", "current", "D", deadCard, "Refused for suspected fraud. LINE Pay discards the key."],
  ["1284", "current", "D", deadCard, "Payments with the card are suspended. LINE Pay discards the key."],
  ["1285", "current", "D", deadCard, "Details of the card are missing. LINE Pay discards the key."],
  ["1286", "current", "D", deadCard, "Details of the card are wrong. LINE Pay discards the key."],
  ["1287", "current", "D", deadCard, "The card has expired. LINE Pay discards the key."],
  ["1288", "current", "d", card("soft_decline"), "Not enough money on the card."],
  ["1289", "current", "d", card("soft_decline"), "The card's limit is exceeded."],
  ["1290", "current", "D", perhapsDeadCard, "The card's limit per payment is exceeded. Today's documents discard the key, the older guide does not."],
  ["1291", "current", "D", perhapsDeadCard, "The card is reported stolen. Today's documents discard the key, the older guide does not."],
  ["1292", "current", "D", perhapsDeadCard, "The card is suspended. Today's documents discard the key, the older guide does not."],
  ["1293", "current", "D", perhapsDeadCard, "The CVN is wrong. Today's documents discard the key, the older guide does not."],
  ["1294", "current", "D", perhapsDeadCard, "The card is on a blacklist. Today's documents discard the key, the older guide does not."],
  ["1295", "current", "D", perhapsDeadCard, "The card number is wrong. Today's documents discard the key, older ones do not."],
  ["1296", "current", "d", card("soft_decline"), "The card does not take this amount: check it first."],
  ["1297", "none", "J", unclear, "In no list that could be found."],
  ["1298", "current", "d", card("soft_decline"), "The card was declined."],
  ["1299", "none", "J", unclear, "In no list that could be found."],
];

/** An earlier try of ours may be what it collides with, or be what has already happened. */
// prettier-ignore
const duplicateCodes: readonly Columns[] = [
  ["1145", "current", "d", unclear, "A payment is in progress."],
  ["1152", "current", "d", unclear, "The transaction was completed before."],
  ["1164", "current", "d", unclear, "More than what is left to refund, perhaps after an earlier try of this refund: look the refunds up."],
  ["1165", "current", "d", unclear, "Refunded, or voided, before: look it up."],
  ["1172", "current", "d", unclear, "A transaction with this order id exists, and the answer does not carry it: look it up."],
  ["1179", "current", "d", unclear, "The payment's state does not allow it: look it up."],
  ["1196", "none", "J", unclear, "In no list that could be found."],
  ["1197", "old", "d", unclear, "The key is being charged at this moment."],
  ["1198", "current", "d", unclear, "The same call is in progress or was repeated; on capture: the card is being authorized anew. Minutes later."],
  ["1199", "current", "d", { capture: "voided" }, "An internal fault of LINE Pay. On capture the payment is canceled (documented)."],
  ["1900", "current", "d", unclear, "A temporary fault."],
  ["1902", "current", "d", unclear, "A temporary fault."],
  ["1903", "current", "d", unclear, "A temporary fault."],
  ["1999", "current", "d", unclear, "Differs from the earlier request that this one repeats."],
  ["9000", "current", "d", unclear, "An internal fault of LINE Pay."],
];

// prettier-ignore
const setupCodes: readonly Columns[] = [
  ["1104", "current", "d", ourSetup, "LINE Pay knows no such merchant: the channel id is wrong, or belongs to the other environment."],
  ["1105", "current", "d", ourSetup, "The merchant may not use LINE Pay now: ask LINE Pay."],
  ["1106", "current", "D", ourSetup, "A header is wrong, almost always the signature: enter the channel secret again."],
  ["1178", "current", "d", { request: "configuration", confirm: "configuration", charge: "configuration" }, "The merchant's contract is for another currency."],
  ["1194", "current", "d", { request: "configuration", confirm: "configuration", charge: "configuration" }, "The merchant has no contract for preapproved payments (자동 결제, 自動付款): apply for it at LINE Pay."],
  ["2024", "current", "d", { request: "configuration", confirm: "configuration", charge: "configuration" }, "The merchant's own limit per payment, day or month is reached: ask LINE Pay to raise it."],
  ["2103", "offline", "O", ourSetup, "A parameter is not allowed. Seen for separate capture without its contract: apply for it at LINE Pay."],
];

// prettier-ignore
const requestCodes: readonly Columns[] = [
  ["1115", "offline", "d", { refund: "invalid_request" }, "Not refundable in part because of coupons or fees: refund all of it."],
  ["1124", "current", "d", { ...amountRefused, refund: "invalid_request", capture: "invalid_request" }, "The amount is wrong: TWD takes whole numbers only."],
  ["1133", "offline", "d", unclear, "A wrong one-time code: not of these calls."],
  ["1150", "current", "d", { details: "not_found", confirm: "invalid_request", capture: "invalid_request", void: "invalid_request", refund: "invalid_request" }, "LINE Pay knows no such transaction now."],
  ["1153", "current", "d", { confirm: "invalid_request" }, "The amount is not the one of the request."],
  ["1155", "current", "d", { refund: "invalid_request" }, "The transaction is of the wrong kind. An authorization may be captured or voided already: look it up."],
  ["1159", "current", "d", { check_request: "no_such_request", confirm: "hard_decline" }, "LINE Pay has no such window: it is over, or of the other environment."],
  ["1163", "current", "d", { refund: "hard_decline" }, "The time for refunds is over: pay the customer back in another way."],
  ["1169", "current", "d", { confirm: "hard_decline" }, "The customer had not approved yet, and this window is lost now: open a new one."],
  ["1177", "current", "D", unclear, "More than 100 transactions asked for."],
  ["1180", "current", "d", { confirm: "hard_decline" }, "The time for approval is over: open a new window."],
  ["1183", "current", "d", { ...amountRefused, capture: "invalid_request" }, "The amount is below the minimum."],
  ["1184", "current", "d", { ...amountRefused, capture: "invalid_request" }, "The amount is above the maximum; on capture: more than was authorized."],
  ["2042", "offline", "d", { refund: "soft_decline" }, "The merchant's reserve for refunds is too low: fill it up, then again."],
  ["2101", "current", "d", ourMistake, "A parameter is wrong; seen when amounts do not add up."],
  ["2102", "current", "d", ourMistake, "LINE Pay calls the JSON malformed."],
  ["2104", "offline", "d", ourMistake, "LINE Pay calls the request invalid."],
];

/**
 * Declines after which the key may be dead or alive: documents of three generations disagree on 1290
 * to 1295 and 1281, and the others name a state of the customer or the method.
 */
const codesThatAskTheKey: ReadonlySet<string> = new Set(
  "1101 1102 1110 1154 1281 1290 1291 1292 1293 1294 1295 1298".split(" "),
);

/** Every known code, once. */
export const linePayReturnCodes: readonly LinePayReturnCode[] = [
  ...answerCodes,
  ...customerCodes,
  ...cardCodes,
  ...duplicateCodes,
  ...setupCodes,
  ...requestCodes,
].map(([code, lists, basis, verdicts, note]) => ({
  code,
  lists,
  basis,
  verdicts,
  asksKey: codesThatAskTheKey.has(code),
  note,
}));
