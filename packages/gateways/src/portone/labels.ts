/** A method of PortOne's in words for people: never a card number, never an account number. */
import { findChannel } from "./channels.ts";

interface MethodDetails {
  readonly pg_provider?: string | null | undefined;
  readonly card_name?: string | null | undefined;
  readonly card_number?: string | null | undefined;
  readonly bank_name?: string | null | undefined;
}

/**
 * Such as `신한카드 ****1234`, `국민은행`, or the company's name, `차이`, where a wallet does not say more.
 * Undefined when nothing is known.
 */
export function methodLabel(details: MethodDetails): string | undefined {
  const { card_name, card_number, bank_name, pg_provider } = details;
  if (card_name) {
    // Masked in places that differ by company: only an end in the clear is an ending.
    const ending = /\*[\d-]*(\d{4})$/.exec(card_number ?? "")?.[1];
    return ending === undefined ? card_name : `${card_name} ****${ending}`;
  }
  return bank_name || findChannel(pg_provider)?.label;
}
