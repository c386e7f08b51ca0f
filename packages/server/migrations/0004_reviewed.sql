-- What reviews of the whole protocol brought to light.

-- ── Money that comes after the end ───────────────────────────────────────────────────────────────

-- What becomes of a payment that shows up for a charge that had ended without it, or for a subscription
-- that had: its invoice is paid, or the money goes back.
alter table accounts add column late_payments text not null default 'paid'
  check (late_payments in ('paid', 'refund'));

-- ── Recoveries ───────────────────────────────────────────────────────────────────────────────────

-- The last moment that the database remembered, by its journals, when the recovery was opened: whoever
-- wrote a journal not long before it is waited for, however old the backup.
alter table recoveries add column known_until timestamptz not null default protocol_now();

-- Under which server_history() the journal was compared: under another one it has to be compared again.
alter table recovery_journals add column history text default server_history();
-- What the journal can no longer tell, because its files are older than they are kept; a person decides.
alter table recovery_journals add column gap text;
