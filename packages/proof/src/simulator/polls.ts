/**
 * Polls: for those that can find nothing while no row of a table is so and so, what a row must be.
 * They need not be asked then. A condition may let through more than the poll finds, and never less: a
 * simulation in thirty asks all polls, and is a failure when one finds what its condition rules out.
 */
export interface Poll {
  readonly table: string;
  /** About the table's columns; `$1` is the present. */
  readonly condition: string;
  /** It finds nothing itself: it begins the transactions that look for such rows, and no others. */
  readonly isOpening: boolean;
}

const scheduled = "status = 'scheduled' and (due_at <= $1 or test_clock_id is not null)";
const leaseIsOver = "lease_until <= $1";
const toLookUp = "status = 'reconciling' and look_up_at <= $1";
const held = "status in ('capturing', 'voiding', 'expired')";
const any = "true";

const conditions: Readonly<Record<string, readonly [table: string, condition: string]>> = {
  charges_due: ["charges", scheduled],
  charges_due_on_test_clocks: ["test_clocks", any],
  charges_expire_leases: ["charges", `status = 'in_flight' and ${leaseIsOver}`],
  charges_expire_look_up_leases: ["charges", `status = 'reconciling' and ${leaseIsOver}`],
  charges_claim_look_ups: ["charges", toLookUp],
  charges_abandoned_in_windows: ["charges", "status = 'awaiting_customer'"],
  authorization_expire_leases: ["charges", held],
  authorization_claim_look_ups: ["charges", held],
  authorization_expire: ["charges", "status = 'authorized'"],
  authorization_reminders_due: ["charges", "status = 'authorized'"],
  refunds_lanes: ["refunds", "status = 'requested' and (held_until is null or held_until <= $1)"],
  refunds_expire_leases: ["refunds", `status = 'in_flight' and ${leaseIsOver}`],
  refunds_expire_look_up_leases: ["refunds", `status = 'reconciling' and ${leaseIsOver}`],
  refunds_claim_look_ups: ["refunds", toLookUp],
  payment_windows_claim_checks: ["payment_windows", "status = 'open' and check_after <= $1"],
  registrations_expire: ["registrations", "status = 'open' and expires_at <= $1"],
  registrations_claim_windows: [
    "registrations",
    "status = 'open' and (window_check_after <= $1 or expires_at <= $1)",
  ],
  registrations_waiting_for_exchange: [
    "registrations",
    "status = 'open' and auth_key_hash is not null and (exchange_until is null or exchange_until <= $1)",
  ],
  notifications_claim: ["inbound_notifications", "status = 'received' and process_after <= $1"],
  billing_keys_claim_to_delete: [
    "billing_keys",
    "status = 'revoked' and deleted_at_provider_at is null and (delete_after is null or delete_after <= $1)",
  ],
  subscriptions_due: ["subscriptions", "next_due_at <= $1 and test_clock_id is null"],
  subscriptions_due_by_test_clock: ["test_clocks", any],
  billing_keys_claim_checks_on_test_clocks: ["test_clocks", any],
  billing_keys_claim_untold_on_test_clocks: ["test_clocks", any],
  test_clocks_advancing: ["test_clocks", any],
  sweep_claim: ["sweeps", "status = 'running' and held_until <= $1"],
  sweep_findings_adopted: ["sweep_findings", any],
};

const openings: Readonly<Record<string, readonly [table: string, condition: string]>> = {
  charges_lock_lane: ["charges", scheduled],
};

const pollsOf = (of: typeof conditions, isOpening: boolean): readonly [string, Poll][] =>
  Object.entries(of).map(([name, [table, condition]]) => [name, { table, condition, isOpening }]);

/** By the names of their statements. */
export const polls: ReadonlyMap<string, Poll> = new Map([
  ...pollsOf(conditions, false),
  ...pollsOf(openings, true),
]);

/** The conditions on rows of this table, each once. */
export function conditionsOn(table: string): readonly string[] {
  const all = [...polls.values()].filter((poll) => poll.table === table);
  return [...new Set(all.map(({ condition }) => condition))];
}
