/**
 * Payer details: what a provider is told of a customer. That is what it insists on
 * (`capabilities.payerDetails`) and nothing more: one that is told an address may write to it.
 */
import type { PayerDetail } from "@maedal/gateways";
import type { Customer } from "./customer.ts";

export type Payer = Pick<Customer, PayerDetail>;

/** As charges and windows take it. */
export interface PayerDetails {
  readonly customerName: string | undefined;
  readonly customerEmail: string | undefined;
  readonly customerPhone: string | undefined;
}

/** @param wanted What the provider insists on; the rest stays with us. */
export function payerDetailsOf(payer: Payer, wanted: readonly PayerDetail[]): PayerDetails {
  const told = (detail: PayerDetail) => (wanted.includes(detail) ? payer[detail] : undefined);
  return {
    customerName: told("name"),
    customerEmail: told("email"),
    customerPhone: told("phone"),
  };
}

/** What the provider insists on and nobody has told us. */
export function missingPayerDetails(
  payer: Payer,
  wanted: readonly PayerDetail[],
): readonly PayerDetail[] {
  return wanted.filter((detail) => payer[detail] === undefined);
}
