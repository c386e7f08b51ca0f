/**
 * Order id: what we call a charge in front of a provider (rules 1 and 2 of docs/charge-protocol.md). A pure function
 * of data that never changes, so that two databases restored from one backup compute the same order
 * id for the same period, and never the same one for another. The provider's refusal of a second
 * payment under one order id is the last lock against charging twice.
 *
 *   period        subscription (26) + period index (5) + generation (2)   33 characters
 *   invoice       "I" + invoice (26) + generation (2)                      29 characters
 *   registration  "R" + registration (26)                                  27 characters
 *
 * Digits and upper-case letters only, unique without case, fixed widths: the length says which of
 * the three it is. Toss takes 6 to 64 characters, PortOne V1 up to 40, LINE Pay up to 100.
 */
import { decodeBase32, encodeBase32 } from "./base32.ts";
import { type Id, idBodyWidth, isId, parseId } from "./id.ts";

const indexWidth = 5;
const generationWidth = 2;

/** 33,554,431: a daily subscription reaches it after 90,000 years. */
export const maximumPeriodIndex = 32 ** indexWidth - 1;
/** Generations are counted per invoice; each costs a definite decline, void or full refund. */
export const maximumGeneration = 32 ** generationWidth - 1;

export type OrderName =
  | {
      readonly kind: "period";
      readonly subscriptionId: Id<"sub">;
      readonly periodIndex: number;
      readonly generation: number;
    }
  | { readonly kind: "invoice"; readonly invoiceId: Id<"inv">; readonly generation: number }
  | { readonly kind: "registration"; readonly registrationId: Id<"reg"> };

/** @throws {RangeError} when the id, the index or the generation is out of range. */
export function periodOrderId(
  subscriptionId: Id<"sub">,
  periodIndex: number,
  generation: number,
): string {
  const period = encodeCount("period index", periodIndex, indexWidth);
  return bodyOf("sub", subscriptionId) + period + encodeGeneration(generation);
}

/**
 * For an invoice that belongs to no period.
 *
 * @throws {RangeError} when the id or the generation is out of range.
 */
export function invoiceOrderId(invoiceId: Id<"inv">, generation: number): string {
  return `I${bodyOf("inv", invoiceId)}${encodeGeneration(generation)}`;
}

/**
 * For a registration that pays nothing; one that pays a period uses the period's order id.
 *
 * @throws {RangeError} when the id is not a registration's.
 */
export function registrationOrderId(registrationId: Id<"reg">): string {
  return `R${bodyOf("reg", registrationId)}`;
}

/**
 * The order id of an invoice's charge.
 *
 * @param invoice Its period, if it belongs to one.
 * @throws {RangeError} when an id, the index or the generation is out of range.
 */
export function orderIdOf(
  invoice: {
    readonly invoiceId: string;
    readonly subscriptionId: string;
    readonly periodIndex: number | undefined;
  },
  generation: number,
): string {
  const { invoiceId, periodIndex, subscriptionId } = invoice;
  return periodIndex === undefined
    ? invoiceOrderId(parseId("inv", invoiceId), generation)
    : periodOrderId(parseId("sub", subscriptionId), periodIndex, generation);
}

/**
 * The order id of the same period or invoice in another generation.
 *
 * @throws {RangeError} when it is of neither, or the generation is out of range.
 */
export function inGeneration(orderId: string, generation: number): string {
  const order = readOrderId(orderId);
  if (order?.kind === "period") {
    return periodOrderId(order.subscriptionId, order.periodIndex, generation);
  }
  if (order?.kind === "invoice") return invoiceOrderId(order.invoiceId, generation);
  throw new RangeError(`The order id ${orderId} has no generations`);
}

/**
 * Which thing of ours an order id names, in either case: a provider that folds case is still
 * understood, and comparing the exact text is the verification's work (rule 7).
 *
 * @returns undefined when it is not one of ours. A defined answer proves the form only: whether such
 *   a subscription exists is for the caller to ask.
 */
export function readOrderId(text: string): OrderName | undefined {
  if (!/^[A-Z0-9]+$/i.test(text)) return undefined;
  const lower = text.toLowerCase();
  const isOneOf = (letter: string, width: number) =>
    lower.length === width && lower.startsWith(letter);

  if (isOneOf("r", 1 + idBodyWidth)) return readRegistration(lower.slice(1));
  if (isOneOf("i", 1 + idBodyWidth + generationWidth)) return readInvoice(lower.slice(1));
  if (isOneOf("", idBodyWidth + indexWidth + generationWidth)) return readPeriod(lower);
  return undefined;
}

function readRegistration(body: string): OrderName | undefined {
  const registrationId = `reg_${body}`;
  return isId("reg", registrationId) ? { kind: "registration", registrationId } : undefined;
}

function readInvoice(text: string): OrderName | undefined {
  const invoiceId = `inv_${text.slice(0, idBodyWidth)}`;
  const generation = decodeBase32(text.slice(idBodyWidth));
  if (!isId("inv", invoiceId) || generation === undefined) return undefined;
  return { kind: "invoice", invoiceId, generation: Number(generation) };
}

function readPeriod(text: string): OrderName | undefined {
  const subscriptionId = `sub_${text.slice(0, idBodyWidth)}`;
  const periodIndex = decodeBase32(text.slice(idBodyWidth, idBodyWidth + indexWidth));
  const generation = decodeBase32(text.slice(idBodyWidth + indexWidth));
  if (!isId("sub", subscriptionId) || periodIndex === undefined || generation === undefined) {
    return undefined;
  }
  return {
    kind: "period",
    subscriptionId,
    periodIndex: Number(periodIndex),
    generation: Number(generation),
  };
}

function bodyOf(prefix: "sub" | "inv" | "reg", id: string): string {
  return parseId(prefix, id)
    .slice(prefix.length + 1)
    .toUpperCase();
}

function encodeGeneration(generation: number): string {
  return encodeCount("generation", generation, generationWidth);
}

function encodeCount(name: string, count: number, width: number): string {
  const maximum = 32 ** width - 1;
  if (!Number.isSafeInteger(count) || count < 0 || count > maximum) {
    throw new RangeError(`The ${name} ${count} is not a whole number from 0 to ${maximum}`);
  }
  return encodeBase32(BigInt(count), width).toUpperCase();
}
