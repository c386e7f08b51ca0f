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
  -- Half-open, in real time: what the provider did in it.
  from_at timestamptz not null,
  to_at timestamptz not null,
  -- `daily`, or who asked for it.
  requested_by text not null,
  status text not null default 'running' check (status in ('running', 'finished', 'failed')),
  -- One process at a time; whoever dies leaves it to the next.
  lease_token uuid,
  lease_until timestamptz,
  listed integer not null default 0,
  checked integer not null default 0,
  failure text,
  started_at timestamptz not null default protocol_now(),
  finished_at timestamptz,
  primary key (account_id, id),
  foreign key (account_id, connection_id) references gateway_connections,
  check (from_at < to_at),
  check ((status = 'running') = (finished_at is null)),
  check ((lease_token is null) = (lease_until is null))
);

create index sweeps_of_connection on sweeps (account_id, connection_id, to_at);
create index sweeps_running on sweeps (lease_until) where status = 'running';

-- What was found, once each, however often it is looked at.
create table sweep_findings (
  account_id text not null,
  id text not null,
  sweep_id text not null,
  connection_id text not null,
  kind text not null
    check (kind in ('late_success', 'orphan', 'second_payment', 'refund_elsewhere',
                    'amount_differs', 'missing_at_provider', 'state_differs')),
  order_id text,
  payment_id text,
  charge_id text,
  amount_minor minor_units,
  currency currency,
  detail text not null,
  -- What Maedal did about it by itself.
  action text not null,
  -- A person's word that nothing is left to do.
  settled_at timestamptz,
  settled_by text,
  note text,
  found_at timestamptz not null default protocol_now(),
  primary key (account_id, id),
  foreign key (account_id, sweep_id) references sweeps,
  foreign key (account_id, connection_id) references gateway_connections,
  foreign key (account_id, charge_id) references charges,
  check ((settled_at is null) = (settled_by is null))
);

create unique index sweep_findings_once on sweep_findings
  (account_id, connection_id, kind, coalesce(payment_id, ''), coalesce(order_id, ''));
create index sweep_findings_open on sweep_findings (account_id, found_at) where settled_at is null;

-- ── Journals: what was sent, kept outside the database ───────────────────────────────────────────

-- One row for each process's place that writes a send journal. Its epoch is counted up in both at every
-- start: a database whose epoch is behind its journal has lost what came after.
create table journals (
  id text primary key,
  -- Where it is kept, for people: a host and a directory.
  home text not null,
  epoch bigint not null check (epoch > 0),
  started_at timestamptz not null default protocol_now(),
  last_seen_at timestamptz not null default protocol_now()
);

-- While there is an open row nothing is sent, whatever the connection: order ids that may have been sent
-- and are not in this database are looked up first.
create table recoveries (
  id text primary key,
  journal_id text,
  reason text not null,
  started_at timestamptz not null default protocol_now(),
  -- Order ids to look up, and how many of them have been.
  sends integer not null default 0,
  looked_up integer not null default 0,
  finished_at timestamptz,
  finished_by text
);

create unique index recoveries_one_open on recoveries ((true)) where finished_at is null;
