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

-- ── Sunsets ──────────────────────────────────────────────────────────────────────────────────────

-- One that had nothing to do is looked through again only then: its keys may be very many.
alter table sunsets add column tend_at timestamptz not null default protocol_now();

-- What windows offer, apart from the many charges that are over.
create index charges_in_windows on charges (connection_id) where status = 'awaiting_customer';

-- ── Audit ────────────────────────────────────────────────────────────────────────────────────────

-- The end of a chain only moves on: entries that were cut off cannot be forgotten with it.
create function audit_heads_go_forward() returns trigger
language plpgsql
as $$
begin
  if tg_op <> 'UPDATE' or new.account_id <> old.account_id or new.n < old.n
    or new.n = old.n and new.hash <> old.hash
  then
    raise exception 'the end of the chain of % only moves on', old.account_id
      using errcode = 'integrity_constraint_violation', constraint = 'audit_heads_go_forward';
  end if;
  return new;
end
$$;

create trigger audit_heads_go_forward before update or delete on audit_heads
  for each row execute function audit_heads_go_forward();

create trigger audit_entries_are_kept before truncate on audit_entries
  for each statement execute function refuse_change('a chain', 'audit_entries_are_kept');
create trigger audit_heads_are_kept before truncate on audit_heads
  for each statement execute function refuse_change('an end', 'audit_heads_are_kept');

-- ── Refunds ──────────────────────────────────────────────────────────────────────────────────────

-- How often it was claimed: a journal names its calls by this. `sends` goes back when a call turns out
-- not to have been sent, and a database that has counted back has not forgotten the call.
alter table refunds add column calls integer not null default 0;
update refunds set calls = sends;

-- Charges that are made for a period, or an invoice, of which sends were forgotten: without the
-- generation, which is the end of an order id.
create index recovery_sends_of_order on recovery_sends (account_id, left(order_id, -2));
