/**
 * Billing key: the encrypted token that charges a registered method. `active` can be charged;
 * `suspended` was refused for good reason and waits for the customer; `dead` is gone at the
 * provider; `revoked` is no longer wanted by us, and is deleted at the provider when nothing of it is
 * on its way. Dead and revoked never come back: another registration makes another key.
 */
import type { Temporal } from "temporal-polyfill";

export type BillingKeyStatus = "active" | "suspended" | "dead" | "revoked";

export interface BillingKey {
  readonly accountId: string;
  readonly id: string;
  readonly customerId: string;
  readonly connectionId: string;
  readonly status: BillingKeyStatus;
  readonly method: string;
  /** For people: `토스뱅크 ****1234`. Undefined until the first charge tells. */
  readonly methodLabel: string | undefined;
  readonly statusReason: string | undefined;
  /** When money last moved with it; on the customer's clock, as the next. Undefined: never yet. */
  readonly lastPaidAt: Temporal.Instant | undefined;
  /** When the provider was last asked about it. Undefined: never, or it cannot be asked. */
  readonly checkedAt: Temporal.Instant | undefined;
  readonly createdAt: Temporal.Instant;
}
