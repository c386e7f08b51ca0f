/**
 * Driving tables: polls that can find nothing while no row of a table is in one of these statuses.
 * They need not be asked then. A simulation in thirty asks them all the same, and is a failure when
 * one of them finds something (`checkIdle` in virtual-database.ts).
 */
import { everyStatus } from "./statement-shape.ts";

const held = ["capturing", "voiding", "expired"] as const;

export const drivingTables: ReadonlyMap<string, readonly [table: string, ...string[]]> = new Map<
  string,
  readonly [string, ...string[]]
>([
  ["charges_due", ["charges", "scheduled"]],
  ["charges_due_on_test_clocks", ["test_clocks", everyStatus]],
  ["charges_expire_leases", ["charges", "in_flight"]],
  ["charges_expire_look_up_leases", ["charges", "reconciling"]],
  ["charges_claim_look_ups", ["charges", "reconciling"]],
  ["charges_abandoned_in_windows", ["charges", "awaiting_customer"]],
  ["authorization_expire_leases", ["charges", ...held]],
  ["authorization_claim_look_ups", ["charges", ...held]],
  ["authorization_expire", ["charges", "authorized"]],
  ["authorization_reminders_due", ["charges", "authorized"]],
  ["refunds_lanes", ["refunds", "requested"]],
  ["refunds_expire_leases", ["refunds", "in_flight"]],
  ["refunds_expire_look_up_leases", ["refunds", "reconciling"]],
  ["refunds_claim_look_ups", ["refunds", "reconciling"]],
  ["payment_windows_claim_checks", ["payment_windows", "open"]],
  ["registrations_expire", ["registrations", "open"]],
  ["registrations_claim_windows", ["registrations", "open"]],
  ["registrations_waiting_for_exchange", ["registrations", "open"]],
  ["notifications_claim", ["inbound_notifications", "received"]],
  ["billing_keys_claim_to_delete", ["billing_keys", "revoked"]],
  ["subscriptions_due_by_test_clock", ["test_clocks", everyStatus]],
  ["billing_keys_claim_checks_on_test_clocks", ["test_clocks", everyStatus]],
  ["billing_keys_claim_untold_on_test_clocks", ["test_clocks", everyStatus]],
  ["test_clocks_advancing", ["test_clocks", everyStatus]],
  ["sweep_claim", ["sweeps", "running"]],
  ["sweep_findings_adopted", ["sweep_findings", everyStatus]],
]);
