/**
 * The secrets of a billing key as one encrypted field. LINE Pay has one; Toss has two, billingKey and
 * customerKey, each worthless without the other. The additional data binds it to its row and its
 * customer, so an envelope copied to another customer's row does not open.
 */
import type { BillingKeySecret } from "@maedal/gateways";
import { z } from "zod";
import type { Random } from "../effects.ts";
import { blindIndex } from "../security/blind-index.ts";
import {
  decryptField,
  encryptField,
  type DataKey,
  type FieldContext,
} from "../security/encryption.ts";
import { Secret } from "../security/secret.ts";

interface KeyRow {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
}

const secretSchema = z.strictObject({
  billingKey: z.string(),
  customerKey: z.string().optional(),
});

export function sealBillingKey(
  dataKey: DataKey,
  secret: BillingKeySecret,
  row: KeyRow,
  random: Random,
): { readonly secret: Uint8Array; readonly blindIndex: Uint8Array } {
  const { billingKey, customerKey } = secret;
  const text = new Secret(JSON.stringify({ billingKey, customerKey }));
  return {
    secret: encryptField(dataKey, text, contextOf(row), random),
    blindIndex: blindIndex(dataKey, "billing_key", new Secret(billingKey)),
  };
}

/** @throws {EncryptionError} when the envelope is not this row's. */
export function openBillingKey(
  dataKey: DataKey,
  envelope: Uint8Array,
  row: KeyRow,
): BillingKeySecret {
  const text = decryptField(dataKey, envelope, contextOf(row)).reveal();
  return secretSchema.parse(JSON.parse(text));
}

function contextOf({ accountId, id, customerId }: KeyRow): FieldContext {
  return { table: "billing_keys", column: "secret", rowId: id, accountId, customerId };
}
