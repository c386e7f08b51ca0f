-- The model of recurring payments. Every key starts with the account, so that rows of two merchants
-- (or of one merchant's test and live accounts) can never be joined by accident, and so that the
-- tables can be split by account later. What must never happen is a constraint here, not an `if`.

-- The clock of the charge protocol: leases, settle windows and the look-up ladder. One function, so
-- that a simulator can replace it in its own database and production has no branch at all.
create function protocol_now() returns timestamptz
language sql stable parallel safe
as $$ select clock_timestamp() $$;

create domain minor_units as bigint
  check (value >= 0 and value <= 9007199254740991);

create domain currency as text
  check (value in ('KRW', 'JPY', 'TWD', 'THB', 'USD'));

create function refuse_change() returns trigger
language plpgsql
as $$
begin
  raise exception '% of % cannot be changed', tg_argv[0], tg_table_name
    using errcode = 'integrity_constraint_violation', constraint = tg_argv[1];
end
$$;

-- ── Merchants ────────────────────────────────────────────────────────────────────────────────────

create table accounts (
  id text primary key,
  name text not null,
  mode text not null check (mode in ('test', 'live')),
  -- The account's own data key, wrapped by the master key.
  wrapped_data_key bytea not null,
  -- Emergency stop: while set, nothing of this account is claimed.
  charging_stopped_at timestamptz,
  -- What to do when several periods fell due at once, after a long standstill.
  overdue_periods text not null default 'collect_each'
    check (overdue_periods in ('collect_each', 'collect_latest')),
  created_at timestamptz not null default now(),
  unique (id, mode)
);

create table api_keys (
  account_id text not null references accounts,
  id text not null,
  name text not null,
  key_hash bytea not null unique,
  hint text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (account_id, id)
);

create table idempotent_requests (
  account_id text not null references accounts,
  idempotency_key text not null,
  request_hash bytea not null,
  -- Null while the first request is still running.
  status integer,
  body jsonb,
  created_at timestamptz not null default now(),
  primary key (account_id, idempotency_key)
);

create index idempotent_requests_by_age on idempotent_requests (created_at);

create table gateway_connections (
  account_id text not null,
  id text not null,
  mode text not null,
  provider text not null check (provider in ('toss', 'line_pay')),
  name text not null,
  -- Merchant identity: other credentials are another connection.
  api_host text not null,
  -- The public half of the credentials: Toss's client key, LINE Pay's channel id.
  public_id text not null,
  credentials bytea not null,
  -- The provider's browser script; null where there is none.
  script_url text,
  api_version text,
  -- What the merchant's contract adds; each provider's own schema reads it.
  settings jsonb not null default '{}',
  state text not null default 'active' check (state in ('active', 'paused', 'sunset')),
  paused_reason text,
  paused_at timestamptz,
  -- How many charges of this connection may be on their way at once, over all workers.
  concurrency integer not null default 10 check (concurrency between 1 and 1000),
  -- Unguessable segment of the URL that the provider's webhooks come to.
  notification_token text not null unique,
  created_at timestamptz not null default now(),
  primary key (account_id, id),
  foreign key (account_id, mode) references accounts (id, mode),
  check ((state = 'paused') = (paused_reason is not null and paused_at is not null))
);

create trigger gateway_connections_identity_is_fixed
  before update of account_id, id, mode, provider, api_host, public_id, credentials
  on gateway_connections for each row
  when (
    (old.account_id, old.id, old.mode, old.provider, old.api_host, old.public_id, old.credentials)
    is distinct from
    (new.account_id, new.id, new.mode, new.provider, new.api_host, new.public_id, new.credentials)
  )
  execute function refuse_change('the merchant identity', 'gateway_connections_identity_is_fixed');

-- What a provider does differently from its documents; read by `maedal doctor`.
create table observations (
  account_id text not null,
  connection_id text not null,
  code text not null,
  detail text not null,
  occurrences bigint not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  primary key (account_id, connection_id, code),
  foreign key (account_id, connection_id) references gateway_connections
);

-- ── Test clocks, customers, methods ──────────────────────────────────────────────────────────────

create table test_clocks (
  account_id text not null,
  id text not null,
  mode text not null default 'test' check (mode = 'test'),
  name text not null,
  now_at timestamptz not null,
  -- Set while the clock is on its way: all due work up to here runs first, in order.
  target_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (account_id, id),
  foreign key (account_id, mode) references accounts (id, mode),
  check (target_at is null or target_at >= now_at)
);

create function test_clocks_never_go_back() returns trigger
language plpgsql
as $$
begin
  if new.now_at < old.now_at then
    raise exception 'test clock % cannot go back', old.id
      using errcode = 'integrity_constraint_violation', constraint = 'test_clocks_never_go_back';
  end if;
  return new;
end
$$;

create trigger test_clocks_never_go_back before update of now_at on test_clocks
  for each row execute function test_clocks_never_go_back();

create table customers (
  account_id text not null references accounts,
  id text not null,
  external_id text,
  name text,
  email text,
  locale text not null default 'ko',
  zone text not null default 'Asia/Seoul',
  test_clock_id text,
  created_at timestamptz not null default now(),
  primary key (account_id, id),
  unique (account_id, external_id),
  foreign key (account_id, test_clock_id) references test_clocks
);

create index customers_by_creation on customers (account_id, created_at, id);

create table plans (
  account_id text not null references accounts,
  id text not null,
  name text not null check (char_length(name) between 1 and 100),
  status text not null default 'active' check (status in ('active', 'retired')),
  price_id text not null,
  created_at timestamptz not null default now(),
  primary key (account_id, id)
);

create table prices (
  account_id text not null,
  id text not null,
  plan_id text not null,
  amount_minor minor_units not null check (amount_minor > 0),
  currency currency not null,
  interval_unit text not null check (interval_unit in ('day', 'week', 'month', 'year')),
  interval_count integer not null check (interval_count between 1 and 1200),
  trial_days integer not null default 0 check (trial_days between 0 and 3650),
  -- `manual`: a charge only authorizes, and somebody captures or voids it.
  capture text not null default 'automatic' check (capture in ('automatic', 'manual')),
  -- What a window that must take money takes when nothing is owed, given back at once; null lets the
  -- server take the currency's smallest usual coin.
  registration_minor minor_units check (registration_minor > 0),
  -- The merchant knows that billing keys may die of disuse within one interval.
  outlives_unused_keys boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (account_id, id),
  foreign key (account_id, plan_id) references plans deferrable initially deferred
);

alter table plans
  add foreign key (account_id, price_id) references prices deferrable initially deferred;

create trigger prices_are_immutable before update on prices
  for each row execute function refuse_change('a price', 'prices_are_immutable');

create table billing_keys (
  account_id text not null,
  id text not null,
  customer_id text not null,
  connection_id text not null,
  status text not null default 'active' check (status in ('active', 'suspended', 'dead', 'revoked')),
  method text not null,
  -- For people, never an account number. Null until the first charge tells (Toss quick transfer).
  method_label text,
  secret bytea not null,
  blind_index bytea not null,
  status_reason text,
  -- When the provider was told, or told us, that the key is gone.
  deleted_at_provider_at timestamptz,
  -- When money last moved with it, on the customer's clock: some keys die of disuse.
  last_paid_at timestamptz,
  -- The last time the provider was asked about it; real time before which it is not asked (again).
  checked_at timestamptz,
  check_after timestamptz,
  -- When somebody was told that it will die of disuse; null again once it has paid.
  expiry_told_at timestamptz,
  -- Real time before which the deletion of a revoked key is not tried (again).
  delete_after timestamptz,
  created_at timestamptz not null default now(),
  primary key (account_id, id),
  unique (account_id, connection_id, blind_index),
  foreign key (account_id, customer_id) references customers,
  foreign key (account_id, connection_id) references gateway_connections
);

create index billing_keys_to_delete on billing_keys (delete_after)
  where status = 'revoked' and deleted_at_provider_at is null;

create function billing_keys_do_not_come_back() returns trigger
language plpgsql
as $$
begin
  raise exception 'billing key % is % for good', old.id, old.status
    using errcode = 'integrity_constraint_violation', constraint = 'billing_keys_do_not_come_back';
end
$$;

create trigger billing_keys_do_not_come_back before update of status on billing_keys
  for each row when (old.status = 'dead' and new.status <> 'dead'
                     or old.status = 'revoked' and new.status not in ('revoked', 'dead'))
  execute function billing_keys_do_not_come_back();

-- ── Subscriptions and invoices ───────────────────────────────────────────────────────────────────

create table subscriptions (
  account_id text not null,
  id text not null,
  customer_id text not null,
  price_id text not null,
  -- The price from the next period on; the present one when null.
  next_price_id text,
  billing_key_id text,
  status text not null
    check (status in ('incomplete', 'trialing', 'active', 'past_due', 'paused', 'unpaid', 'canceled')),
  -- Period n (counted over the whole life) is number n − anchor_period from anchor_on.
  anchor_on date,
  anchor_period integer not null default 0,
  zone text not null,
  charge_time time not null default '10:00',
  next_period integer not null default 0 check (next_period between 0 and 33554431),
  -- When the next period falls due. Null: nothing is due until something else happens.
  next_due_at timestamptz,
  -- The customer must bring a (new) method before anything can be collected.
  method_required boolean not null default false,
  cancels_at_period_end boolean not null default false,
  canceled_at timestamptz,
  cancel_reason text,
  test_clock_id text,
  event_sequence bigint not null default 0,
  created_at timestamptz not null default now(),
  primary key (account_id, id),
  foreign key (account_id, customer_id) references customers,
  foreign key (account_id, price_id) references prices,
  foreign key (account_id, next_price_id) references prices,
  foreign key (account_id, billing_key_id) references billing_keys,
  foreign key (account_id, test_clock_id) references test_clocks,
  check (status in ('incomplete', 'canceled') or anchor_on is not null),
  check ((status = 'canceled') = (canceled_at is not null)),
  check (status not in ('incomplete', 'canceled', 'unpaid') or next_due_at is null)
);

create index subscriptions_due on subscriptions (next_due_at, id)
  where next_due_at is not null and test_clock_id is null;
create index subscriptions_due_by_test_clock on subscriptions (account_id, test_clock_id, next_due_at)
  where next_due_at is not null and test_clock_id is not null;
create index subscriptions_by_creation on subscriptions (account_id, created_at, id);
create index subscriptions_of_customer on subscriptions (account_id, customer_id);
create index subscriptions_of_billing_key on subscriptions (account_id, billing_key_id)
  where billing_key_id is not null;

create trigger subscriptions_stay_canceled before update of status on subscriptions
  for each row when (old.status = 'canceled' and new.status <> 'canceled')
  execute function refuse_change('the end', 'subscriptions_stay_canceled');

create table invoices (
  account_id text not null,
  id text not null,
  subscription_id text not null,
  -- `registration`: what a window took to register a method while nothing was owed. It belongs to no
  -- period, is never owed, and is given back.
  kind text not null default 'period' check (kind in ('period', 'registration')),
  period_index integer check (period_index between 0 and 33554431),
  customer_id text not null,
  -- `draft`: a window offers to pay it; nobody owes it yet.
  status text not null check (status in ('draft', 'open', 'paid', 'void', 'uncollectible')),
  amount_minor minor_units not null,
  currency currency not null,
  lines jsonb not null,
  -- How its charges are captured, as its price said when it was billed.
  capture text not null default 'automatic' check (capture in ('automatic', 'manual')),
  period_starts_on date,
  -- Exclusive: the first day of the next period.
  period_ends_on date,
  due_at timestamptz not null,
  paid_at timestamptz,
  -- The last generation of order ids used for this invoice, over all its charges.
  generation integer not null default 0 check (generation between 0 and 1023),
  created_at timestamptz not null default now(),
  primary key (account_id, id),
  constraint invoices_one_per_period unique (account_id, subscription_id, period_index),
  foreign key (account_id, subscription_id) references subscriptions,
  check (period_starts_on < period_ends_on),
  check (num_nulls(period_index, period_starts_on, period_ends_on)
         = case kind when 'period' then 0 else 3 end),
  check (kind = 'period' or status in ('draft', 'paid', 'void')),
  check ((status = 'paid') = (paid_at is not null))
);

create index invoices_by_creation on invoices (account_id, created_at, id);

create trigger invoices_are_frozen
  before update of amount_minor, currency, lines, period_starts_on, period_ends_on, subscription_id,
    period_index
  on invoices for each row
  when (old.status <> 'draft' and
    (old.amount_minor, old.currency, old.lines, old.period_starts_on, old.period_ends_on,
     old.subscription_id, old.period_index)
    is distinct from
    (new.amount_minor, new.currency, new.lines, new.period_starts_on, new.period_ends_on,
     new.subscription_id, new.period_index))
  execute function refuse_change('a finalized invoice', 'invoices_are_frozen');

create function invoices_go_forward() returns trigger
language plpgsql
as $$
begin
  if new.generation < old.generation then
    raise exception 'the generation of invoice % cannot fall', old.id
      using errcode = 'integrity_constraint_violation', constraint = 'invoices_go_forward';
  end if;
  if old.status = 'paid' and new.status <> 'paid' then
    raise exception 'invoice % is paid', old.id
      using errcode = 'integrity_constraint_violation', constraint = 'invoices_go_forward';
  end if;
  return new;
end
$$;

create trigger invoices_go_forward before update of generation, status on invoices
  for each row execute function invoices_go_forward();

-- ── Registrations ────────────────────────────────────────────────────────────────────────────────

create table registrations (
  account_id text not null,
  id text not null,
  customer_id text not null,
  connection_id text not null,
  -- The subscription that waits for the method; null when the method is only stored.
  subscription_id text,
  method text not null,
  status text not null default 'open'
    check (status in ('open', 'completed', 'failed', 'canceled', 'expired')),
  -- Random per registration and as secret as the billing key: with it, the key can be charged.
  customer_key bytea not null,
  -- Set by the first browser that opens the page; every other browser is refused.
  browser_hash bytea,
  return_url text,
  -- What the window handed back: exchanged once, ever.
  auth_key bytea,
  auth_key_hash bytea,
  idempotency_key text not null,
  billing_key_id text,
  failure_code text,
  failure_message text,
  -- The registration that this one follows after a cancel or a failure.
  retry_of text,
  expires_at timestamptz not null,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  -- One process at a time exchanges the auth key. Nobody has confirmed that issuing replays under an
  -- idempotency key; a second call beside the first could be told that the auth key is spent, and
  -- would call a registration failed that succeeded.
  exchange_token uuid,
  -- Real time before which nobody else takes the exchange over.
  exchange_until timestamptz,
  primary key (account_id, id),
  constraint registrations_exchange_has_auth_key
    check (exchange_token is null or auth_key_hash is not null),
  constraint registrations_auth_key_once unique (account_id, connection_id, auth_key_hash),
  foreign key (account_id, customer_id) references customers,
  foreign key (account_id, connection_id) references gateway_connections,
  foreign key (account_id, subscription_id) references subscriptions,
  foreign key (account_id, billing_key_id) references billing_keys,
  check ((status = 'completed') = (billing_key_id is not null)),
  check ((status = 'open') = (finished_at is null))
);

create unique index registrations_by_id on registrations (id);
-- Those that no browser comes back for: exchanges to repeat, windows that nobody went through.
create index registrations_open on registrations (expires_at) where status = 'open';

create trigger registrations_end_once before update of status on registrations
  for each row when (old.status <> 'open' and new.status <> old.status)
  execute function refuse_change('a finished registration', 'registrations_end_once');

-- ── Charges: the queue ───────────────────────────────────────────────────────────────────────────

create table charges (
  account_id text not null,
  id text not null,
  invoice_id text not null,
  subscription_id text not null,
  customer_id text not null,
  connection_id text not null,
  -- The key of the latest attempt; before the first one, the key the charge was made for. Null while
  -- only a window can pay it: the key is what the window gives.
  billing_key_id text,
  status text not null
    check (status in ('awaiting_customer', 'scheduled', 'in_flight', 'reconciling', 'in_review',
                      'authorized', 'capturing', 'voiding', 'expired',
                      'captured', 'failed', 'canceled', 'voided')),
  amount_minor minor_units not null check (amount_minor > 0),
  currency currency not null,
  order_name text not null,
  capture text not null default 'automatic' check (capture in ('automatic', 'manual')),
  generation integer not null,
  order_id text not null,
  test_clock_id text,
  -- When it may be claimed next, on the test clock where there is one.
  due_at timestamptz,
  -- While a window may pay it: when it is due again if nobody comes back from there.
  resumes_at timestamptz,
  -- Real time before which it is not claimed, whatever the test clock says (provider unreachable).
  held_until timestamptz,
  declines integer not null default 0,
  -- How often the present order id was sent again after its outcome stayed unknown.
  resends integer not null default 0,
  -- Attempts in a row that were provably not sent.
  unsent integer not null default 0,
  -- Non-null only while a call is open. Every write of a call's result names it.
  lease_token uuid,
  lease_until timestamptz,
  -- Looking up: the next question, how many were asked, what they found.
  look_up_at timestamptz,
  look_ups integer not null default 0,
  not_found_count integer not null default 0,
  not_found_at timestamptz,
  -- After this instant no request of ours for the present order id can still be on its way.
  last_send_over_at timestamptz,
  payment_id text,
  -- The order id that was paid, and where: an earlier one of the invoice may turn out to be the one.
  paid_order_id text,
  paid_connection_id text,
  captured_at timestamptz,
  -- Less than the amount after a partial capture.
  captured_minor minor_units not null default 0,
  refunded_minor minor_units not null default 0,
  -- Asked for and not decided yet: counted, so that no two refunds promise the same money.
  refunding_minor minor_units not null default 0,
  -- What is held but not taken, and until when, by the provider's own word.
  authorized_at timestamptz,
  authorization_expires_at timestamptz,
  -- When somebody was told that the authorization is about to expire.
  expiry_told_at timestamptz,
  failure_class text,
  failure_code text,
  failure_message text,
  review_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id),
  constraint charges_order_id_once unique (account_id, connection_id, order_id),
  foreign key (account_id, invoice_id) references invoices,
  foreign key (account_id, subscription_id) references subscriptions,
  foreign key (account_id, connection_id) references gateway_connections,
  foreign key (account_id, billing_key_id) references billing_keys,
  check ((status = 'scheduled') = (due_at is not null)),
  check (status <> 'in_flight' or lease_token is not null),
  check (status <> 'scheduled' or billing_key_id is not null),
  check (resumes_at is null or status in ('awaiting_customer', 'in_flight', 'reconciling', 'in_review')),
  check (lease_token is null
         or status in ('in_flight', 'reconciling', 'capturing', 'voiding', 'expired')),
  check ((lease_token is null) = (lease_until is null)),
  check (status <> 'reconciling' or look_up_at is not null),
  check (look_up_at is null or status in ('reconciling', 'capturing', 'voiding', 'expired')),
  check ((status = 'captured') = (captured_at is not null)),
  check ((status = 'captured') = (captured_minor > 0)),
  check (captured_minor <= amount_minor),
  check (status not in ('captured', 'authorized', 'capturing', 'voiding', 'expired')
         or payment_id is not null and paid_order_id is not null and paid_connection_id is not null),
  check (status not in ('authorized', 'capturing', 'voiding', 'expired') or authorized_at is not null),
  check ((status = 'in_review') = (review_reason is not null)),
  check (status <> 'failed' or failure_class is not null),
  check (refunded_minor + refunding_minor <= captured_minor)
) with (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- At most one live charge per invoice; a captured charge is live for ever, so an invoice is paid once.
create unique index charges_one_live_per_invoice on charges (account_id, invoice_id)
  where status not in ('failed', 'canceled', 'voided');
-- One payment at the provider belongs to one charge.
create unique index charges_payment_once on charges (account_id, paid_connection_id, payment_id)
  where payment_id is not null;
-- One call in flight per billing key.
create unique index charges_one_in_flight_per_billing_key on charges (account_id, billing_key_id)
  where status = 'in_flight';
-- The queue: due charges by lane.
create index charges_due on charges (connection_id, due_at, id)
  where status = 'scheduled' and test_clock_id is null;
create index charges_due_by_test_clock on charges (connection_id, test_clock_id, due_at)
  where status = 'scheduled' and test_clock_id is not null;
create index charges_in_flight on charges (connection_id, lease_until) where status = 'in_flight';
create index charges_to_look_up on charges (look_up_at) where status = 'reconciling';
-- Authorizations: those that run out, and calls about them whose outcome is open.
create index charges_authorized on charges (authorization_expires_at) where status = 'authorized';
create index charges_being_settled on charges (look_up_at)
  where status in ('capturing', 'voiding', 'expired');
create index charges_of_subscription on charges (account_id, subscription_id);
create index charges_by_creation on charges (account_id, created_at, id);
create index charges_of_test_clock on charges (account_id, test_clock_id)
  where test_clock_id is not null
    and status in ('scheduled', 'in_flight', 'reconciling', 'authorized', 'capturing', 'voiding',
                   'expired');

create function charges_go_the_way() returns trigger
language plpgsql
as $$
begin
  if not (old.status || '>' || new.status) = any (array[
    'awaiting_customer>scheduled', 'scheduled>awaiting_customer', 'awaiting_customer>in_flight',
    'awaiting_customer>in_review', 'awaiting_customer>reconciling', 'scheduled>reconciling',
    'scheduled>in_flight', 'scheduled>canceled', 'awaiting_customer>canceled', 'scheduled>failed',
    'scheduled>in_review',
    'in_flight>captured', 'in_flight>failed', 'in_flight>scheduled', 'in_flight>reconciling',
    'in_flight>in_review', 'in_flight>canceled', 'in_flight>awaiting_customer',
    'in_flight>authorized',
    'reconciling>captured', 'reconciling>failed', 'reconciling>scheduled', 'reconciling>in_review',
    'reconciling>canceled', 'reconciling>awaiting_customer', 'reconciling>authorized',
    'reconciling>voided',
    'in_review>captured', 'in_review>failed', 'in_review>reconciling', 'in_review>scheduled',
    'in_review>canceled', 'in_review>awaiting_customer',
    'authorized>capturing', 'authorized>voiding', 'authorized>expired',
    'capturing>captured', 'capturing>authorized', 'capturing>voided', 'capturing>in_review',
    'voiding>voided', 'voiding>authorized', 'voiding>captured', 'voiding>in_review',
    'expired>voided', 'expired>captured', 'expired>authorized', 'expired>in_review',
    'in_review>capturing', 'in_review>voiding', 'in_review>expired', 'in_review>voided'])
  then
    raise exception 'charge % cannot go from % to %', old.id, old.status, new.status
      using errcode = 'integrity_constraint_violation', constraint = 'charges_go_the_way';
  end if;
  return new;
end
$$;

create trigger charges_go_the_way before update of status on charges
  for each row when (old.status <> new.status) execute function charges_go_the_way();

create trigger charges_promise_is_fixed
  before update of invoice_id, subscription_id, amount_minor, currency, order_name, connection_id
  on charges for each row
  when ((old.invoice_id, old.subscription_id, old.amount_minor, old.currency, old.order_name,
         old.connection_id)
    is distinct from
        (new.invoice_id, new.subscription_id, new.amount_minor, new.currency, new.order_name,
         new.connection_id))
  execute function refuse_change('what a charge promises', 'charges_promise_is_fixed');

-- One gateway call each, written before its first byte leaves; answered once, never deleted.
create table attempts (
  account_id text not null,
  charge_id text not null,
  n integer not null,
  id text not null,
  connection_id text not null,
  -- What was charged: a key, or the window whose confirmation was sent.
  billing_key_id text,
  payment_window_id text,
  order_id text not null,
  generation integer not null,
  idempotency_key text not null,
  lease_token uuid not null,
  amount_minor minor_units not null,
  currency currency not null,
  claimed_at timestamptz not null,
  -- The end of its lease: after this its request can no longer be on its way.
  over_at timestamptz not null,
  -- Null while open. `unknown` may still be decided by a look-up; the others are final.
  outcome text check (outcome in ('captured', 'authorized', 'declined', 'refused', 'not_sent',
                                  'unknown')),
  failure_class text,
  failure_code text,
  failure_message text,
  http_status integer,
  exchange jsonb,
  ended_at timestamptz,
  primary key (account_id, charge_id, n),
  unique (account_id, id),
  unique (account_id, lease_token),
  foreign key (account_id, charge_id) references charges,
  check (num_nonnulls(billing_key_id, payment_window_id) = 1)
);

create function attempts_are_append_only() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'DELETE' or old.outcome is not null and old.outcome <> 'unknown'
    or (old.order_id, old.idempotency_key, old.lease_token, old.amount_minor, old.claimed_at, old.n)
       is distinct from
       (new.order_id, new.idempotency_key, new.lease_token, new.amount_minor, new.claimed_at, new.n)
  then
    raise exception 'attempt % is history', old.id
      using errcode = 'integrity_constraint_violation', constraint = 'attempts_are_append_only';
  end if;
  return new;
end
$$;

create trigger attempts_are_append_only before update or delete on attempts
  for each row execute function attempts_are_append_only();

-- Every question asked about an order id, and what the provider said: the evidence of a review.
create table look_ups (
  account_id text not null,
  charge_id text not null,
  id text not null,
  order_id text not null,
  finding text not null
    check (finding in ('captured', 'authorized', 'released', 'failed', 'pending', 'not_found',
                       'no_answer', 'mismatch')),
  detail text,
  exchange jsonb,
  looked_up_at timestamptz not null default protocol_now(),
  primary key (account_id, id),
  foreign key (account_id, charge_id) references charges
);

create index look_ups_of_charge on look_ups (account_id, charge_id, looked_up_at);

create trigger look_ups_are_append_only before update or delete on look_ups
  for each row execute function refuse_change('a look-up', 'look_ups_are_append_only');

-- Calls that capture or void what a charge has authorized: written before their first byte leaves,
-- answered once, never deleted.
create table authorization_calls (
  account_id text not null,
  charge_id text not null,
  n integer not null,
  id text not null,
  kind text not null check (kind in ('capture', 'void')),
  -- What is to be captured; a void gives everything back.
  amount_minor minor_units not null,
  -- Who asked: an API key's name, an operator.
  requested_by text not null,
  lease_token uuid not null,
  claimed_at timestamptz not null,
  over_at timestamptz not null,
  -- Null while open. `unknown` may still be decided by a look-up; the others are final. `no_effect`:
  -- a look-up showed that nothing came of it.
  outcome text check (outcome in ('done', 'refused', 'released', 'not_sent', 'no_effect', 'unknown')),
  failure_class text,
  failure_code text,
  failure_message text,
  http_status integer,
  exchange jsonb,
  ended_at timestamptz,
  primary key (account_id, charge_id, n),
  unique (account_id, id),
  unique (account_id, lease_token),
  foreign key (account_id, charge_id) references charges
);

-- One call about an authorization at a time.
create unique index authorization_calls_one_open on authorization_calls (account_id, charge_id)
  where outcome is null;

create function authorization_calls_are_append_only() returns trigger
language plpgsql
as $$
begin
  if tg_op = 'DELETE' or old.outcome is not null and old.outcome <> 'unknown'
    or (old.n, old.kind, old.amount_minor, old.requested_by, old.lease_token, old.claimed_at)
       is distinct from
       (new.n, new.kind, new.amount_minor, new.requested_by, new.lease_token, new.claimed_at)
  then
    raise exception 'call % is history', old.id
      using errcode = 'integrity_constraint_violation',
        constraint = 'authorization_calls_are_append_only';
  end if;
  return new;
end
$$;

create trigger authorization_calls_are_append_only before update or delete on authorization_calls
  for each row execute function authorization_calls_are_append_only();

-- A window of the provider's in which a customer may approve one charge. Opening one moves no money;
-- only our confirmation does, and that is an attempt.
create table payment_windows (
  account_id text not null,
  id text not null,
  registration_id text not null,
  charge_id text not null,
  connection_id text not null,
  order_id text not null,
  amount_minor minor_units not null,
  currency currency not null,
  -- The provider's name of it, and its address.
  window_id text not null,
  url text not null,
  status text not null default 'open' check (status in ('open', 'paid', 'over')),
  -- Real time before which the provider is not asked about it (again).
  check_after timestamptz not null,
  created_at timestamptz not null default protocol_now(),
  primary key (account_id, id),
  unique (account_id, connection_id, window_id),
  foreign key (account_id, registration_id) references registrations,
  foreign key (account_id, charge_id) references charges
);

create index payment_windows_to_check on payment_windows (check_after) where status = 'open';
create index payment_windows_of_registration on payment_windows (account_id, registration_id);
create index payment_windows_of_charge on payment_windows (account_id, charge_id);

-- Money given back, by Maedal or in the provider's own console (found by look-ups).
create table refunds (
  account_id text not null,
  id text not null,
  charge_id text not null,
  connection_id text not null,
  origin text not null check (origin in ('maedal', 'provider')),
  status text not null default 'refunded'
    check (status in ('requested', 'in_flight', 'reconciling', 'in_review', 'refunded', 'failed')),
  amount_minor minor_units not null check (amount_minor > 0),
  currency currency not null,
  reason text,
  -- Who asked: an API key's name, an operator, or the engine itself. Null for the provider's own.
  requested_by text,
  -- Names one call at providers that know such keys; a resend after no answer repeats it.
  idempotency_key text,
  -- What was refunded of the charge before this one was sent: a look-up compares with it.
  refunded_before_minor minor_units,
  sends integer not null default 0,
  held_until timestamptz,
  lease_token uuid,
  lease_until timestamptz,
  last_send_over_at timestamptz,
  look_up_at timestamptz,
  look_ups integer not null default 0,
  not_found_count integer not null default 0,
  not_found_at timestamptz,
  transaction_id text,
  refunded_at timestamptz,
  failure_class text,
  failure_code text,
  failure_message text,
  exchange jsonb,
  review_reason text,
  -- A person's word that nothing at the provider is this refund, until a look-up has acted on it.
  resolution text check (resolution in ('not_refunded', 'give_up')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (account_id, id),
  unique (account_id, connection_id, transaction_id),
  foreign key (account_id, charge_id) references charges,
  check ((status = 'refunded') = (transaction_id is not null)),
  check ((status = 'refunded') = (refunded_at is not null)),
  check (origin = 'maedal' or status = 'refunded'),
  check (status <> 'in_flight' or lease_token is not null),
  check (lease_token is null or status in ('in_flight', 'reconciling')),
  check ((lease_token is null) = (lease_until is null)),
  check ((status = 'reconciling') = (look_up_at is not null)),
  check ((status = 'in_review') = (review_reason is not null)),
  check (resolution is null or status = 'reconciling'),
  check (status <> 'failed' or failure_class is not null)
);

-- One refund of a charge at a time: only then can a look-up tell which one it found.
create unique index refunds_one_open_per_charge on refunds (account_id, charge_id)
  where status in ('in_flight', 'reconciling', 'in_review');
create index refunds_requested on refunds (created_at) where status = 'requested';
create index refunds_in_flight on refunds (lease_until) where status = 'in_flight';
create index refunds_to_look_up on refunds (look_up_at) where status = 'reconciling';
create index refunds_of_charge on refunds (account_id, charge_id);

create function refunds_go_the_way() returns trigger
language plpgsql
as $$
begin
  if not (old.status || '>' || new.status) = any (array[
    'requested>in_flight', 'requested>failed',
    'in_flight>refunded', 'in_flight>requested', 'in_flight>failed', 'in_flight>reconciling',
    'in_flight>in_review',
    'reconciling>refunded', 'reconciling>requested', 'reconciling>failed', 'reconciling>in_review',
    'in_review>reconciling', 'in_review>refunded', 'in_review>failed', 'in_review>requested'])
  then
    raise exception 'refund % cannot go from % to %', old.id, old.status, new.status
      using errcode = 'integrity_constraint_violation', constraint = 'refunds_go_the_way';
  end if;
  return new;
end
$$;

create trigger refunds_go_the_way before update of status on refunds
  for each row when (old.status <> new.status) execute function refunds_go_the_way();

create trigger refunds_promise_is_fixed
  before update of account_id, charge_id, connection_id, origin, amount_minor, currency
  on refunds for each row
  when ((old.account_id, old.charge_id, old.connection_id, old.origin, old.amount_minor, old.currency)
    is distinct from
        (new.account_id, new.charge_id, new.connection_id, new.origin, new.amount_minor, new.currency))
  execute function refuse_change('what a refund promises', 'refunds_promise_is_fixed');

-- ── Out and in ───────────────────────────────────────────────────────────────────────────────────

-- The outbox: written in the transaction of the change it tells of.
create table events (
  account_id text not null references accounts,
  id text not null,
  -- The order in which a subscription's events happened, without gaps. Null: of no subscription.
  subscription_id text,
  sequence bigint,
  type text not null,
  data jsonb not null,
  -- On the test clock where there is one.
  occurred_at timestamptz not null,
  position bigint generated always as identity,
  primary key (account_id, id),
  unique (account_id, subscription_id, sequence),
  foreign key (account_id, subscription_id) references subscriptions,
  check ((subscription_id is null) = (sequence is null))
);

create index events_by_position on events (account_id, position);

create trigger events_are_append_only before update or delete on events
  for each row execute function refuse_change('an event', 'events_are_append_only');

-- A provider's webhook as received: a hint to look up, never proof. The body may name a billing key,
-- so it is encrypted.
create table inbound_notifications (
  account_id text not null,
  id text not null,
  connection_id text not null,
  dedupe_hash bytea not null,
  body bytea not null,
  headers jsonb not null,
  status text not null default 'received'
    check (status in ('received', 'processed', 'ignored', 'unreadable')),
  note text,
  -- Real time before which it is not tried (again).
  process_after timestamptz not null default protocol_now(),
  tries integer not null default 0,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  primary key (account_id, id),
  unique (account_id, connection_id, dedupe_hash),
  foreign key (account_id, connection_id) references gateway_connections
);

create index inbound_notifications_to_process on inbound_notifications (process_after)
  where status = 'received';
