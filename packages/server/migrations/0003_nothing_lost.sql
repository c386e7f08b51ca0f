-- Nothing lost: one clock for everything that is written, the daily comparison with the providers, and
-- what tells a database that went back in time from one that did not.

-- A simulator owns protocol_now(); a default that asks another clock would be out of its reach.
alter table accounts alter column created_at set default protocol_now();
alter table api_keys alter column created_at set default protocol_now();
alter table idempotent_requests alter column created_at set default protocol_now();
alter table gateway_connections alter column created_at set default protocol_now();
alter table observations alter column first_seen_at set default protocol_now();
alter table observations alter column last_seen_at set default protocol_now();
alter table test_clocks alter column created_at set default protocol_now();
alter table customers alter column created_at set default protocol_now();
alter table plans alter column created_at set default protocol_now();
alter table prices alter column created_at set default protocol_now();
alter table billing_keys alter column created_at set default protocol_now();
alter table subscriptions alter column created_at set default protocol_now();
alter table invoices alter column created_at set default protocol_now();
alter table registrations alter column created_at set default protocol_now();
alter table charges alter column created_at set default protocol_now();
alter table charges alter column updated_at set default protocol_now();
alter table refunds alter column created_at set default protocol_now();
alter table refunds alter column updated_at set default protocol_now();
alter table inbound_notifications alter column received_at set default protocol_now();

-- ── Sweep: our order ids against the providers' lists ────────────────────────────────────────────

create table sweeps (
  account_id text not null,
  id text not null,
  connection_id text not null,
  -- Half-open, in real time: what was sent, and what the provider did, in it.
  from_at timestamptz not null,
  to_at timestamptz not null,
  -- All before this is compared: a process that takes the sweep over goes on here.
  done_until timestamptz not null,
  -- `daily`, or who asked for it.
  requested_by text not null,
  status text not null default 'running' check (status in ('running', 'finished', 'failed')),
  -- One process at a time; whoever dies leaves it to the next.
  lease_token uuid,
  lease_until timestamptz,
  -- Real time before which it is not taken up (again); how often it was given back, and why.
  held_until timestamptz not null default protocol_now(),
  failures integer not null default 0,
  failure text,
  -- Movements in the provider's list, how many of them are not of ours, and questions asked one by one.
  listed integer not null default 0,
  foreign_listed integer not null default 0,
  asked integer not null default 0,
  created_at timestamptz not null default protocol_now(),
  finished_at timestamptz,
  primary key (account_id, id),
  foreign key (account_id, connection_id) references gateway_connections,
  check (from_at < to_at),
  check (done_until between from_at and to_at),
  check ((status = 'running') = (finished_at is null)),
  check (status <> 'finished' or done_until = to_at),
  check (status <> 'failed' or failure is not null),
  check ((lease_token is null) = (lease_until is null)),
  check (lease_token is null or status = 'running')
);

create index sweeps_of_connection on sweeps (account_id, connection_id, to_at);
create index sweeps_by_creation on sweeps (account_id, created_at, id);
create index sweeps_running on sweeps (held_until) where status = 'running';
create unique index sweeps_one_daily on sweeps (account_id, connection_id)
  where status = 'running' and requested_by = 'daily';

-- Attempts are written in the order of time, so this is small, and costs a claim next to nothing.
create index attempts_by_time on attempts using brin (claimed_at) with (autosummarize = on);

-- What was found, once each, however often it is looked at.
create table sweep_findings (
  account_id text not null,
  id text not null,
  -- The sweep that found it first.
  sweep_id text not null,
  connection_id text not null,
  kind text not null
    check (kind in ('late_success', 'orphan', 'second_payment', 'refund_elsewhere',
                    'amount_differs', 'missing_at_provider', 'state_differs')),
  order_id text,
  payment_id text,
  -- Of a refund.
  transaction_id text,
  charge_id text,
  amount_minor minor_units,
  currency currency,
  detail text not null,
  -- What Maedal did about it by itself.
  action text not null
    check (action in ('told', 'looked_up', 'connection_paused', 'booked')),
  -- When nothing was left to do, and by whose word: a person's, or `maedal`.
  settled_at timestamptz,
  settled_by text,
  note text,
  created_at timestamptz not null default protocol_now(),
  primary key (account_id, id),
  foreign key (account_id, sweep_id) references sweeps,
  foreign key (account_id, connection_id) references gateway_connections,
  foreign key (account_id, charge_id) references charges,
  check ((amount_minor is null) = (currency is null)),
  check (num_nonnulls(settled_at, settled_by, note) in (0, 3))
);

create unique index sweep_findings_once on sweep_findings
  (account_id, connection_id, kind, coalesce(payment_id, ''), coalesce(order_id, ''),
   coalesce(transaction_id, ''));
create index sweep_findings_open on sweep_findings (account_id, created_at) where settled_at is null;
create index sweep_findings_by_creation on sweep_findings (account_id, created_at, id);

-- ── Journals: what was sent, kept outside the database ───────────────────────────────────────────

-- Which server writes this, and which of its histories: another cluster, or another timeline after a
-- failover or a restore, may lack what was committed before. Null: this role may not know, or the
-- server is a standby. One function, so that a simulator can play a failover.
create function server_history() returns text
language plpgsql stable
as $$
begin
  return (select system_identifier::text from pg_control_system())
    || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
exception
  when insufficient_privilege or undefined_function or feature_not_supported
    or object_not_in_prerequisite_state then
    return null;
end
$$;

-- One row for each place that a sending process keeps a journal in. The epoch is counted up in both at
-- every start; a claim is made under the epoch and the history that its process has compared.
create table journals (
  id text primary key,
  -- Where it is kept, for people: a host and a directory.
  home text not null,
  epoch bigint not null check (epoch > 0),
  -- server_history() when journal and database were last compared.
  history text,
  -- Counted up every minute and read back on a new connection: a commit that can be trusted.
  canary bigint not null default 0,
  -- Why its process sends nothing at present, by its own word; null while it does.
  trouble text,
  -- Until somebody has vouched for a place, live accounts send nothing from there.
  accepted_at timestamptz,
  accepted_by text,
  started_at timestamptz not null default protocol_now(),
  last_seen_at timestamptz not null default protocol_now(),
  check ((accepted_at is null) = (accepted_by is null))
);

-- While there is an open row nothing is sent, whatever the connection: order ids that may have been sent
-- and are not in this database are looked up first.
create table recoveries (
  id text primary key,
  reason text not null,
  started_at timestamptz not null default protocol_now(),
  finished_at timestamptz,
  -- `maedal`, or the person who ended it early, and why.
  finished_by text,
  note text,
  check ((finished_at is null) = (finished_by is null))
);

create unique index recoveries_one_open on recoveries ((true)) where finished_at is null;

-- Which journals were compared for a recovery: it is not over before all of them have been.
create table recovery_journals (
  recovery_id text not null references recoveries,
  journal_id text not null,
  compared_at timestamptz not null default protocol_now(),
  primary key (recovery_id, journal_id)
);

-- Calls that a journal names and this database had forgotten.
create table recovery_sends (
  account_id text not null,
  -- As the journal names the call: an attempt, or a refund and how often it was sent.
  attempt_id text not null,
  recovery_id text not null references recoveries,
  journal_id text not null,
  kind text not null check (kind in ('charge', 'confirm', 'capture', 'void', 'refund')),
  connection_id text not null,
  charge_id text not null,
  order_id text not null,
  via text,
  amount_minor minor_units not null,
  currency currency not null,
  sent_at timestamptz not null,
  -- `open`: nothing was done about it yet. `written_in`: its charge or refund knows of it again and is
  -- being looked up. `settled`: what came of it is known, or can be done to nobody here.
  state text not null default 'open' check (state in ('open', 'written_in', 'settled')),
  detail text,
  -- Only of those that no charge can be looked up for: asked about by their order id.
  look_up_after timestamptz not null default protocol_now(),
  not_found_count integer not null default 0,
  not_found_at timestamptz,
  primary key (account_id, attempt_id)
);

create index recovery_sends_undecided on recovery_sends (recovery_id, sent_at) where state <> 'settled';

create function sends_are_held() returns boolean
language sql stable parallel safe
as $$ select exists (select from recoveries where finished_at is null) $$;

create or replace function may_charge(it gateway_connections) returns boolean
language sql stable parallel safe
as $$
  select (it.state = 'active' or it.state = 'sunset' and it.charges_until > protocol_now())
    and not sends_are_held()
$$;

-- ── Runs: more charges at once than usual wait for a person ──────────────────────────────────────

create table run_holds (
  account_id text not null,
  id uuid not null,
  connection_id text not null,
  -- Charges of that day, sent or due, when the run was held; and the most of a day before.
  charges integer not null,
  usual integer not null,
  held_at timestamptz not null default protocol_now(),
  confirmed_at timestamptz,
  confirmed_by text,
  primary key (account_id, id),
  foreign key (account_id, connection_id) references gateway_connections,
  check ((confirmed_at is null) = (confirmed_by is null))
);

create unique index run_holds_one_open on run_holds (account_id, connection_id)
  where confirmed_at is null;

-- How many charges a connection began with on each day, UTC: what a run is compared with.
create table run_days (
  account_id text not null,
  connection_id text not null,
  day date not null,
  charges integer not null,
  primary key (account_id, connection_id, day),
  foreign key (account_id, connection_id) references gateway_connections
);

-- ── Audit: what people decided ───────────────────────────────────────────────────────────────────

-- Who decided what, when, why and over which evidence. Each entry holds the hash of the one before: none
-- can be changed, left out or put in without the chain telling.
create table audit_entries (
  account_id text not null references accounts,
  n integer not null check (n > 0),
  id text not null unique,
  -- Who: a person, by the name that was given, and how they came in.
  actor text not null,
  action text not null,
  subject_id text not null,
  reason text not null,
  -- JSON exactly as it was hashed, so text: jsonb would reorder it.
  evidence text not null,
  recorded_at timestamptz not null,
  previous_hash text not null,
  hash text not null,
  primary key (account_id, n)
);

create index audit_entries_of_subject on audit_entries (account_id, subject_id);

create trigger audit_entries_are_append_only before update or delete on audit_entries
  for each row execute function refuse_change('an entry', 'audit_entries_are_append_only');

-- The end of each account's chain: entries are appended one at a time, and a chain that was cut short
-- no longer ends here.
create table audit_heads (
  account_id text primary key references accounts,
  n integer not null,
  hash text not null
);
