-- What the migrations build. Written by a program, read by people; to rewrite it:
--   node --conditions=source packages/server/src/db/write-schema.ts

create domain currency as text
  constraint currency_check CHECK (VALUE = ANY (ARRAY['KRW'::text, 'JPY'::text, 'TWD'::text, 'THB'::text, 'USD'::text]));

create domain minor_units as bigint
  constraint minor_units_check CHECK (VALUE >= 0 AND VALUE <= '9007199254740991'::bigint);

CREATE OR REPLACE FUNCTION public.attempts_are_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.audit_heads_go_forward()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op <> 'UPDATE' or new.account_id <> old.account_id or new.n < old.n
    or new.n = old.n and new.hash <> old.hash
  then
    raise exception 'the end of the chain of % only moves on', old.account_id
      using errcode = 'integrity_constraint_violation', constraint = 'audit_heads_go_forward';
  end if;
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION public.authorization_calls_are_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.billing_keys_do_not_come_back()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'billing key % is % for good', old.id, old.status
    using errcode = 'integrity_constraint_violation', constraint = 'billing_keys_do_not_come_back';
end
$function$;

CREATE OR REPLACE FUNCTION public.charges_go_the_way()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.invoices_go_forward()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.may_charge(it gateway_connections)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select (it.state = 'active' or it.state = 'sunset' and it.charges_until > protocol_now())
    and not sends_are_held()
$function$;

CREATE OR REPLACE FUNCTION public.protocol_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select clock_timestamp() $function$;

CREATE OR REPLACE FUNCTION public.refunds_go_the_way()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% of % cannot be changed', tg_argv[0], tg_table_name
    using errcode = 'integrity_constraint_violation', constraint = tg_argv[1];
end
$function$;

CREATE OR REPLACE FUNCTION public.sends_are_held()
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ select exists (select from recoveries where finished_at is null) $function$;

CREATE OR REPLACE FUNCTION public.server_history()
 RETURNS text
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return (select system_identifier::text from pg_control_system())
    || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
exception
  when insufficient_privilege or undefined_function or feature_not_supported
    or object_not_in_prerequisite_state then
    return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.test_clocks_never_go_back()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.now_at < old.now_at then
    raise exception 'test clock % cannot go back', old.id
      using errcode = 'integrity_constraint_violation', constraint = 'test_clocks_never_go_back';
  end if;
  return new;
end
$function$;

create table accounts (
  id text not null,
  name text not null,
  mode text not null,
  wrapped_data_key bytea not null,
  charging_stopped_at timestamp with time zone,
  overdue_periods text default 'collect_each'::text not null,
  created_at timestamp with time zone default protocol_now() not null,
  late_payments text default 'paid'::text not null,
  constraint accounts_pkey PRIMARY KEY (id),
  constraint accounts_id_mode_key UNIQUE (id, mode),
  constraint accounts_late_payments_check CHECK (late_payments = ANY (ARRAY['paid'::text, 'refund'::text])),
  constraint accounts_mode_check CHECK (mode = ANY (ARRAY['test'::text, 'live'::text])),
  constraint accounts_overdue_periods_check CHECK (overdue_periods = ANY (ARRAY['collect_each'::text, 'collect_latest'::text]))
);

create table api_keys (
  account_id text not null,
  id text not null,
  name text not null,
  key_hash bytea not null,
  hint text not null,
  created_at timestamp with time zone default protocol_now() not null,
  revoked_at timestamp with time zone,
  constraint api_keys_pkey PRIMARY KEY (account_id, id),
  constraint api_keys_key_hash_key UNIQUE (key_hash),
  constraint api_keys_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id)
);

create table attempts (
  account_id text not null,
  charge_id text not null,
  n integer not null,
  id text not null,
  connection_id text not null,
  billing_key_id text,
  payment_window_id text,
  order_id text not null,
  generation integer not null,
  idempotency_key text not null,
  lease_token uuid not null,
  amount_minor minor_units not null,
  currency currency not null,
  claimed_at timestamp with time zone not null,
  over_at timestamp with time zone not null,
  outcome text,
  failure_class text,
  failure_code text,
  failure_message text,
  http_status integer,
  exchange jsonb,
  ended_at timestamp with time zone,
  constraint attempts_pkey PRIMARY KEY (account_id, charge_id, n),
  constraint attempts_account_id_id_key UNIQUE (account_id, id),
  constraint attempts_account_id_lease_token_key UNIQUE (account_id, lease_token),
  constraint attempts_account_id_charge_id_fkey FOREIGN KEY (account_id, charge_id) REFERENCES charges(account_id, id),
  constraint attempts_check CHECK (num_nonnulls(billing_key_id, payment_window_id) = 1),
  constraint attempts_outcome_check CHECK (outcome = ANY (ARRAY['captured'::text, 'authorized'::text, 'declined'::text, 'refused'::text, 'not_sent'::text, 'unknown'::text]))
);
CREATE INDEX attempts_by_time ON attempts USING brin (claimed_at) WITH (autosummarize='on');
CREATE TRIGGER attempts_are_append_only BEFORE DELETE OR UPDATE ON attempts FOR EACH ROW EXECUTE FUNCTION attempts_are_append_only();

create table audit_entries (
  account_id text not null,
  n integer not null,
  id text not null,
  actor text not null,
  action text not null,
  subject_id text not null,
  reason text not null,
  evidence text not null,
  recorded_at timestamp with time zone not null,
  previous_hash text not null,
  hash text not null,
  constraint audit_entries_pkey PRIMARY KEY (account_id, n),
  constraint audit_entries_id_key UNIQUE (id),
  constraint audit_entries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint audit_entries_n_check CHECK (n > 0)
);
CREATE INDEX audit_entries_of_subject ON audit_entries USING btree (account_id, subject_id);
CREATE TRIGGER audit_entries_are_append_only BEFORE DELETE OR UPDATE ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse_change('an entry', 'audit_entries_are_append_only');
CREATE TRIGGER audit_entries_are_kept BEFORE TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('a chain', 'audit_entries_are_kept');

create table audit_heads (
  account_id text not null,
  n integer not null,
  hash text not null,
  constraint audit_heads_pkey PRIMARY KEY (account_id),
  constraint audit_heads_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id)
);
CREATE TRIGGER audit_heads_are_kept BEFORE TRUNCATE ON audit_heads FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('an end', 'audit_heads_are_kept');
CREATE TRIGGER audit_heads_go_forward BEFORE DELETE OR UPDATE ON audit_heads FOR EACH ROW EXECUTE FUNCTION audit_heads_go_forward();

create table authorization_calls (
  account_id text not null,
  charge_id text not null,
  n integer not null,
  id text not null,
  kind text not null,
  amount_minor minor_units not null,
  requested_by text not null,
  lease_token uuid not null,
  claimed_at timestamp with time zone not null,
  over_at timestamp with time zone not null,
  outcome text,
  failure_class text,
  failure_code text,
  failure_message text,
  http_status integer,
  exchange jsonb,
  ended_at timestamp with time zone,
  constraint authorization_calls_pkey PRIMARY KEY (account_id, charge_id, n),
  constraint authorization_calls_account_id_id_key UNIQUE (account_id, id),
  constraint authorization_calls_account_id_lease_token_key UNIQUE (account_id, lease_token),
  constraint authorization_calls_account_id_charge_id_fkey FOREIGN KEY (account_id, charge_id) REFERENCES charges(account_id, id),
  constraint authorization_calls_kind_check CHECK (kind = ANY (ARRAY['capture'::text, 'void'::text])),
  constraint authorization_calls_outcome_check CHECK (outcome = ANY (ARRAY['done'::text, 'refused'::text, 'released'::text, 'not_sent'::text, 'no_effect'::text, 'unknown'::text]))
);
CREATE UNIQUE INDEX authorization_calls_one_open ON authorization_calls USING btree (account_id, charge_id) WHERE outcome IS NULL;
CREATE TRIGGER authorization_calls_are_append_only BEFORE DELETE OR UPDATE ON authorization_calls FOR EACH ROW EXECUTE FUNCTION authorization_calls_are_append_only();

create table billing_keys (
  account_id text not null,
  id text not null,
  customer_id text not null,
  connection_id text not null,
  status text default 'active'::text not null,
  method text not null,
  method_label text,
  secret bytea not null,
  blind_index bytea not null,
  status_reason text,
  deleted_at_provider_at timestamp with time zone,
  last_paid_at timestamp with time zone,
  checked_at timestamp with time zone,
  check_after timestamp with time zone,
  expiry_told_at timestamp with time zone,
  delete_after timestamp with time zone,
  created_at timestamp with time zone default protocol_now() not null,
  constraint billing_keys_pkey PRIMARY KEY (account_id, id),
  constraint billing_keys_account_id_connection_id_blind_index_key UNIQUE (account_id, connection_id, blind_index),
  constraint billing_keys_account_id_connection_id_fkey FOREIGN KEY (account_id, connection_id) REFERENCES gateway_connections(account_id, id),
  constraint billing_keys_account_id_customer_id_fkey FOREIGN KEY (account_id, customer_id) REFERENCES customers(account_id, id),
  constraint billing_keys_status_check CHECK (status = ANY (ARRAY['active'::text, 'suspended'::text, 'dead'::text, 'revoked'::text]))
);
CREATE INDEX billing_keys_of_connection ON billing_keys USING btree (account_id, connection_id, status);
CREATE INDEX billing_keys_to_delete ON billing_keys USING btree (delete_after) WHERE status = 'revoked'::text AND deleted_at_provider_at IS NULL;
CREATE TRIGGER billing_keys_do_not_come_back BEFORE UPDATE OF status ON billing_keys FOR EACH ROW WHEN (old.status = 'dead'::text AND new.status <> 'dead'::text OR old.status = 'revoked'::text AND (new.status <> ALL (ARRAY['revoked'::text, 'dead'::text]))) EXECUTE FUNCTION billing_keys_do_not_come_back();

create table charges (
  account_id text not null,
  id text not null,
  invoice_id text not null,
  subscription_id text not null,
  customer_id text not null,
  connection_id text not null,
  billing_key_id text,
  status text not null,
  amount_minor minor_units not null,
  currency currency not null,
  order_name text not null,
  capture text default 'automatic'::text not null,
  generation integer not null,
  order_id text not null,
  test_clock_id text,
  due_at timestamp with time zone,
  resumes_at timestamp with time zone,
  held_until timestamp with time zone,
  declines integer default 0 not null,
  resends integer default 0 not null,
  unsent integer default 0 not null,
  lease_token uuid,
  lease_until timestamp with time zone,
  look_up_at timestamp with time zone,
  look_ups integer default 0 not null,
  not_found_count integer default 0 not null,
  not_found_at timestamp with time zone,
  last_send_over_at timestamp with time zone,
  payment_id text,
  paid_order_id text,
  paid_connection_id text,
  captured_at timestamp with time zone,
  captured_minor minor_units default 0 not null,
  refunded_minor minor_units default 0 not null,
  refunding_minor minor_units default 0 not null,
  authorized_at timestamp with time zone,
  authorization_expires_at timestamp with time zone,
  expiry_told_at timestamp with time zone,
  failure_class text,
  failure_code text,
  failure_message text,
  review_reason text,
  created_at timestamp with time zone default protocol_now() not null,
  updated_at timestamp with time zone default protocol_now() not null,
  constraint charges_pkey PRIMARY KEY (account_id, id),
  constraint charges_order_id_once UNIQUE (account_id, connection_id, order_id),
  constraint charges_account_id_billing_key_id_fkey FOREIGN KEY (account_id, billing_key_id) REFERENCES billing_keys(account_id, id),
  constraint charges_account_id_connection_id_fkey FOREIGN KEY (account_id, connection_id) REFERENCES gateway_connections(account_id, id),
  constraint charges_account_id_invoice_id_fkey FOREIGN KEY (account_id, invoice_id) REFERENCES invoices(account_id, id),
  constraint charges_account_id_subscription_id_fkey FOREIGN KEY (account_id, subscription_id) REFERENCES subscriptions(account_id, id),
  constraint charges_amount_minor_check CHECK (amount_minor::bigint > 0),
  constraint charges_capture_check CHECK (capture = ANY (ARRAY['automatic'::text, 'manual'::text])),
  constraint charges_check CHECK ((status = 'scheduled'::text) = (due_at IS NOT NULL)),
  constraint charges_check1 CHECK (status <> 'in_flight'::text OR lease_token IS NOT NULL),
  constraint charges_check10 CHECK (captured_minor::bigint <= amount_minor::bigint),
  constraint charges_check11 CHECK ((status <> ALL (ARRAY['captured'::text, 'authorized'::text, 'capturing'::text, 'voiding'::text, 'expired'::text])) OR payment_id IS NOT NULL AND paid_order_id IS NOT NULL AND paid_connection_id IS NOT NULL),
  constraint charges_check12 CHECK ((status <> ALL (ARRAY['authorized'::text, 'capturing'::text, 'voiding'::text, 'expired'::text])) OR authorized_at IS NOT NULL),
  constraint charges_check13 CHECK ((status = 'in_review'::text) = (review_reason IS NOT NULL)),
  constraint charges_check14 CHECK (status <> 'failed'::text OR failure_class IS NOT NULL),
  constraint charges_check15 CHECK ((refunded_minor::bigint + refunding_minor::bigint) <= captured_minor::bigint),
  constraint charges_check2 CHECK (status <> 'scheduled'::text OR billing_key_id IS NOT NULL),
  constraint charges_check3 CHECK (resumes_at IS NULL OR (status = ANY (ARRAY['awaiting_customer'::text, 'in_flight'::text, 'reconciling'::text, 'in_review'::text]))),
  constraint charges_check4 CHECK (lease_token IS NULL OR (status = ANY (ARRAY['in_flight'::text, 'reconciling'::text, 'capturing'::text, 'voiding'::text, 'expired'::text]))),
  constraint charges_check5 CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
  constraint charges_check6 CHECK (status <> 'reconciling'::text OR look_up_at IS NOT NULL),
  constraint charges_check7 CHECK (look_up_at IS NULL OR (status = ANY (ARRAY['reconciling'::text, 'capturing'::text, 'voiding'::text, 'expired'::text]))),
  constraint charges_check8 CHECK ((status = 'captured'::text) = (captured_at IS NOT NULL)),
  constraint charges_check9 CHECK ((status = 'captured'::text) = (captured_minor::bigint > 0)),
  constraint charges_status_check CHECK (status = ANY (ARRAY['awaiting_customer'::text, 'scheduled'::text, 'in_flight'::text, 'reconciling'::text, 'in_review'::text, 'authorized'::text, 'capturing'::text, 'voiding'::text, 'expired'::text, 'captured'::text, 'failed'::text, 'canceled'::text, 'voided'::text]))
) with (autovacuum_vacuum_cost_delay=0, autovacuum_vacuum_scale_factor=0.02, fillfactor=85);
CREATE INDEX charges_authorized ON charges USING btree (authorization_expires_at) WHERE status = 'authorized'::text;
CREATE INDEX charges_being_settled ON charges USING btree (look_up_at) WHERE status = ANY (ARRAY['capturing'::text, 'voiding'::text, 'expired'::text]);
CREATE INDEX charges_by_creation ON charges USING btree (account_id, created_at, id);
CREATE INDEX charges_due ON charges USING btree (connection_id, due_at, id) WHERE status = 'scheduled'::text AND test_clock_id IS NULL;
CREATE INDEX charges_due_by_test_clock ON charges USING btree (connection_id, test_clock_id, due_at) WHERE status = 'scheduled'::text AND test_clock_id IS NOT NULL;
CREATE INDEX charges_in_flight ON charges USING btree (connection_id, lease_until) WHERE status = 'in_flight'::text;
CREATE INDEX charges_in_windows ON charges USING btree (connection_id) WHERE status = 'awaiting_customer'::text;
CREATE INDEX charges_of_subscription ON charges USING btree (account_id, subscription_id);
CREATE INDEX charges_of_test_clock ON charges USING btree (account_id, test_clock_id) WHERE test_clock_id IS NOT NULL AND (status = ANY (ARRAY['scheduled'::text, 'in_flight'::text, 'reconciling'::text, 'authorized'::text, 'capturing'::text, 'voiding'::text, 'expired'::text]));
CREATE INDEX charges_to_look_up ON charges USING btree (look_up_at) WHERE status = 'reconciling'::text;
CREATE UNIQUE INDEX charges_one_in_flight_per_billing_key ON charges USING btree (account_id, billing_key_id) WHERE status = 'in_flight'::text;
CREATE UNIQUE INDEX charges_one_live_per_invoice ON charges USING btree (account_id, invoice_id) WHERE status <> ALL (ARRAY['failed'::text, 'canceled'::text, 'voided'::text]);
CREATE UNIQUE INDEX charges_payment_once ON charges USING btree (account_id, paid_connection_id, payment_id) WHERE payment_id IS NOT NULL;
CREATE TRIGGER charges_go_the_way BEFORE UPDATE OF status ON charges FOR EACH ROW WHEN (old.status <> new.status) EXECUTE FUNCTION charges_go_the_way();
CREATE TRIGGER charges_promise_is_fixed BEFORE UPDATE OF invoice_id, subscription_id, amount_minor, currency, order_name, connection_id ON charges FOR EACH ROW WHEN (old.invoice_id IS DISTINCT FROM new.invoice_id OR old.subscription_id IS DISTINCT FROM new.subscription_id OR old.amount_minor::bigint IS DISTINCT FROM new.amount_minor::bigint OR old.currency::text IS DISTINCT FROM new.currency::text OR old.order_name IS DISTINCT FROM new.order_name OR old.connection_id IS DISTINCT FROM new.connection_id) EXECUTE FUNCTION refuse_change('what a charge promises', 'charges_promise_is_fixed');

create table customers (
  account_id text not null,
  id text not null,
  external_id text,
  name text,
  email text,
  locale text default 'ko'::text not null,
  zone text default 'Asia/Seoul'::text not null,
  test_clock_id text,
  created_at timestamp with time zone default protocol_now() not null,
  phone text,
  constraint customers_pkey PRIMARY KEY (account_id, id),
  constraint customers_account_id_external_id_key UNIQUE (account_id, external_id),
  constraint customers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint customers_account_id_test_clock_id_fkey FOREIGN KEY (account_id, test_clock_id) REFERENCES test_clocks(account_id, id)
);
CREATE INDEX customers_by_creation ON customers USING btree (account_id, created_at, id);

create table events (
  account_id text not null,
  id text not null,
  subscription_id text,
  sequence bigint,
  type text not null,
  data jsonb not null,
  occurred_at timestamp with time zone not null,
  "position" bigint generated always as identity not null,
  constraint events_pkey PRIMARY KEY (account_id, id),
  constraint events_account_id_subscription_id_sequence_key UNIQUE (account_id, subscription_id, sequence),
  constraint events_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint events_account_id_subscription_id_fkey FOREIGN KEY (account_id, subscription_id) REFERENCES subscriptions(account_id, id),
  constraint events_check CHECK ((subscription_id IS NULL) = (sequence IS NULL))
);
CREATE INDEX events_by_position ON events USING btree (account_id, "position");
CREATE TRIGGER events_are_append_only BEFORE DELETE OR UPDATE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change('an event', 'events_are_append_only');

create table gateway_connections (
  account_id text not null,
  id text not null,
  mode text not null,
  provider text not null,
  name text not null,
  api_host text not null,
  public_id text not null,
  credentials bytea not null,
  script_url text,
  api_version text,
  settings jsonb default '{}'::jsonb not null,
  state text default 'active'::text not null,
  paused_reason text,
  paused_at timestamp with time zone,
  concurrency integer default 10 not null,
  notification_token text not null,
  created_at timestamp with time zone default protocol_now() not null,
  channel text,
  channel_key text,
  charges_until timestamp with time zone,
  constraint gateway_connections_pkey PRIMARY KEY (account_id, id),
  constraint gateway_connections_notification_token_key UNIQUE (notification_token),
  constraint gateway_connections_account_id_mode_fkey FOREIGN KEY (account_id, mode) REFERENCES accounts(id, mode),
  constraint gateway_connections_channel_check CHECK ((provider = 'portone'::text) = (channel IS NOT NULL) AND (channel IS NOT NULL OR channel_key IS NULL)),
  constraint gateway_connections_charges_until_check CHECK (charges_until IS NULL OR state = 'sunset'::text),
  constraint gateway_connections_check CHECK ((state = 'paused'::text) = (paused_reason IS NOT NULL AND paused_at IS NOT NULL)),
  constraint gateway_connections_concurrency_check CHECK (concurrency >= 1 AND concurrency <= 1000),
  constraint gateway_connections_provider_check CHECK (provider = ANY (ARRAY['toss'::text, 'line_pay'::text, 'portone'::text])),
  constraint gateway_connections_state_check CHECK (state = ANY (ARRAY['active'::text, 'paused'::text, 'sunset'::text]))
);
CREATE TRIGGER gateway_connections_identity_is_fixed BEFORE UPDATE OF account_id, id, mode, provider, api_host, public_id, credentials, channel, channel_key ON gateway_connections FOR EACH ROW WHEN (old.account_id IS DISTINCT FROM new.account_id OR old.id IS DISTINCT FROM new.id OR old.mode IS DISTINCT FROM new.mode OR old.provider IS DISTINCT FROM new.provider OR old.api_host IS DISTINCT FROM new.api_host OR old.public_id IS DISTINCT FROM new.public_id OR old.credentials IS DISTINCT FROM new.credentials OR old.channel IS DISTINCT FROM new.channel OR old.channel_key IS DISTINCT FROM new.channel_key) EXECUTE FUNCTION refuse_change('the merchant identity', 'gateway_connections_identity_is_fixed');

create table idempotent_requests (
  account_id text not null,
  idempotency_key text not null,
  request_hash bytea not null,
  status integer,
  body jsonb,
  created_at timestamp with time zone default protocol_now() not null,
  constraint idempotent_requests_pkey PRIMARY KEY (account_id, idempotency_key),
  constraint idempotent_requests_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id)
);
CREATE INDEX idempotent_requests_by_age ON idempotent_requests USING btree (created_at);

create table inbound_notifications (
  account_id text not null,
  id text not null,
  connection_id text not null,
  dedupe_hash bytea not null,
  body bytea not null,
  headers jsonb not null,
  status text default 'received'::text not null,
  note text,
  process_after timestamp with time zone default protocol_now() not null,
  tries integer default 0 not null,
  received_at timestamp with time zone default protocol_now() not null,
  processed_at timestamp with time zone,
  constraint inbound_notifications_pkey PRIMARY KEY (account_id, id),
  constraint inbound_notifications_account_id_connection_id_dedupe_hash_key UNIQUE (account_id, connection_id, dedupe_hash),
  constraint inbound_notifications_account_id_connection_id_fkey FOREIGN KEY (account_id, connection_id) REFERENCES gateway_connections(account_id, id),
  constraint inbound_notifications_status_check CHECK (status = ANY (ARRAY['received'::text, 'processed'::text, 'ignored'::text, 'unreadable'::text]))
);
CREATE INDEX inbound_notifications_to_process ON inbound_notifications USING btree (process_after) WHERE status = 'received'::text;

create table invoices (
  account_id text not null,
  id text not null,
  subscription_id text not null,
  kind text default 'period'::text not null,
  period_index integer,
  customer_id text not null,
  status text not null,
  amount_minor minor_units not null,
  currency currency not null,
  lines jsonb not null,
  capture text default 'automatic'::text not null,
  period_starts_on date,
  period_ends_on date,
  due_at timestamp with time zone not null,
  paid_at timestamp with time zone,
  generation integer default 0 not null,
  created_at timestamp with time zone default protocol_now() not null,
  constraint invoices_pkey PRIMARY KEY (account_id, id),
  constraint invoices_one_per_period UNIQUE (account_id, subscription_id, period_index),
  constraint invoices_account_id_subscription_id_fkey FOREIGN KEY (account_id, subscription_id) REFERENCES subscriptions(account_id, id),
  constraint invoices_capture_check CHECK (capture = ANY (ARRAY['automatic'::text, 'manual'::text])),
  constraint invoices_check CHECK (period_starts_on < period_ends_on),
  constraint invoices_check1 CHECK (num_nulls(period_index, period_starts_on, period_ends_on) =
CASE kind
    WHEN 'period'::text THEN 0
    ELSE 3
END),
  constraint invoices_check2 CHECK (kind = 'period'::text OR (status = ANY (ARRAY['draft'::text, 'paid'::text, 'void'::text]))),
  constraint invoices_check3 CHECK ((status = 'paid'::text) = (paid_at IS NOT NULL)),
  constraint invoices_generation_check CHECK (generation >= 0 AND generation <= 1023),
  constraint invoices_kind_check CHECK (kind = ANY (ARRAY['period'::text, 'registration'::text])),
  constraint invoices_period_index_check CHECK (period_index >= 0 AND period_index <= 33554431),
  constraint invoices_status_check CHECK (status = ANY (ARRAY['draft'::text, 'open'::text, 'paid'::text, 'void'::text, 'uncollectible'::text]))
);
CREATE INDEX invoices_by_creation ON invoices USING btree (account_id, created_at, id);
CREATE TRIGGER invoices_are_frozen BEFORE UPDATE OF amount_minor, currency, lines, period_starts_on, period_ends_on, subscription_id, period_index ON invoices FOR EACH ROW WHEN (old.status <> 'draft'::text AND (old.amount_minor::bigint IS DISTINCT FROM new.amount_minor::bigint OR old.currency::text IS DISTINCT FROM new.currency::text OR old.lines IS DISTINCT FROM new.lines OR old.period_starts_on IS DISTINCT FROM new.period_starts_on OR old.period_ends_on IS DISTINCT FROM new.period_ends_on OR old.subscription_id IS DISTINCT FROM new.subscription_id OR old.period_index IS DISTINCT FROM new.period_index)) EXECUTE FUNCTION refuse_change('a finalized invoice', 'invoices_are_frozen');
CREATE TRIGGER invoices_go_forward BEFORE UPDATE OF generation, status ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_go_forward();

create table journals (
  id text not null,
  home text not null,
  epoch bigint not null,
  history text,
  canary bigint default 0 not null,
  trouble text,
  accepted_at timestamp with time zone,
  accepted_by text,
  started_at timestamp with time zone default protocol_now() not null,
  last_seen_at timestamp with time zone default protocol_now() not null,
  constraint journals_pkey PRIMARY KEY (id),
  constraint journals_check CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
  constraint journals_epoch_check CHECK (epoch > 0)
);

create table look_ups (
  account_id text not null,
  charge_id text not null,
  id text not null,
  order_id text not null,
  finding text not null,
  detail text,
  exchange jsonb,
  looked_up_at timestamp with time zone default protocol_now() not null,
  constraint look_ups_pkey PRIMARY KEY (account_id, id),
  constraint look_ups_account_id_charge_id_fkey FOREIGN KEY (account_id, charge_id) REFERENCES charges(account_id, id),
  constraint look_ups_finding_check CHECK (finding = ANY (ARRAY['captured'::text, 'authorized'::text, 'released'::text, 'failed'::text, 'pending'::text, 'not_found'::text, 'no_answer'::text, 'mismatch'::text]))
);
CREATE INDEX look_ups_of_charge ON look_ups USING btree (account_id, charge_id, looked_up_at);
CREATE TRIGGER look_ups_are_append_only BEFORE DELETE OR UPDATE ON look_ups FOR EACH ROW EXECUTE FUNCTION refuse_change('a look-up', 'look_ups_are_append_only');

create table method_requests (
  account_id text not null,
  id text not null,
  customer_id text not null,
  subscription_id text not null,
  connection_id text not null,
  sunset_connection_id text,
  status text default 'open'::text not null,
  visited_at timestamp with time zone,
  registration_id text,
  created_at timestamp with time zone default protocol_now() not null,
  finished_at timestamp with time zone,
  constraint method_requests_pkey PRIMARY KEY (account_id, id),
  constraint method_requests_account_id_connection_id_fkey FOREIGN KEY (account_id, connection_id) REFERENCES gateway_connections(account_id, id),
  constraint method_requests_account_id_customer_id_fkey FOREIGN KEY (account_id, customer_id) REFERENCES customers(account_id, id),
  constraint method_requests_account_id_registration_id_fkey FOREIGN KEY (account_id, registration_id) REFERENCES registrations(account_id, id),
  constraint method_requests_account_id_subscription_id_fkey FOREIGN KEY (account_id, subscription_id) REFERENCES subscriptions(account_id, id),
  constraint method_requests_account_id_sunset_connection_id_fkey FOREIGN KEY (account_id, sunset_connection_id) REFERENCES sunsets(account_id, connection_id),
  constraint method_requests_check CHECK ((status = 'open'::text) = (finished_at IS NULL)),
  constraint method_requests_status_check CHECK (status = ANY (ARRAY['open'::text, 'completed'::text, 'withdrawn'::text]))
);
CREATE INDEX method_requests_of_sunset ON method_requests USING btree (account_id, sunset_connection_id, status) WHERE sunset_connection_id IS NOT NULL;
CREATE UNIQUE INDEX method_requests_by_id ON method_requests USING btree (id);
CREATE UNIQUE INDEX method_requests_one_open ON method_requests USING btree (account_id, subscription_id) WHERE status = 'open'::text;

create table observations (
  account_id text not null,
  connection_id text not null,
  code text not null,
  detail text not null,
  occurrences bigint default 1 not null,
  first_seen_at timestamp with time zone default protocol_now() not null,
  last_seen_at timestamp with time zone default protocol_now() not null,
  constraint observations_pkey PRIMARY KEY (account_id, connection_id, code),
  constraint observations_account_id_connection_id_fkey FOREIGN KEY (account_id, connection_id) REFERENCES gateway_connections(account_id, id)
);

create table payment_windows (
  account_id text not null,
  id text not null,
  registration_id text not null,
  charge_id text not null,
  connection_id text not null,
  order_id text not null,
  amount_minor minor_units not null,
  currency currency not null,
  window_id text not null,
  url text not null,
  status text default 'open'::text not null,
  check_after timestamp with time zone not null,
  created_at timestamp with time zone default protocol_now() not null,
  constraint payment_windows_pkey PRIMARY KEY (account_id, id),
  constraint payment_windows_account_id_connection_id_window_id_key UNIQUE (account_id, connection_id, window_id),
  constraint payment_windows_account_id_charge_id_fkey FOREIGN KEY (account_id, charge_id) REFERENCES charges(account_id, id),
  constraint payment_windows_account_id_registration_id_fkey FOREIGN KEY (account_id, registration_id) REFERENCES registrations(account_id, id),
  constraint payment_windows_status_check CHECK (status = ANY (ARRAY['open'::text, 'paid'::text, 'over'::text]))
);
CREATE INDEX payment_windows_of_charge ON payment_windows USING btree (account_id, charge_id);
CREATE INDEX payment_windows_of_registration ON payment_windows USING btree (account_id, registration_id);
CREATE INDEX payment_windows_to_check ON payment_windows USING btree (check_after) WHERE status = 'open'::text;

create table plans (
  account_id text not null,
  id text not null,
  name text not null,
  status text default 'active'::text not null,
  price_id text not null,
  created_at timestamp with time zone default protocol_now() not null,
  constraint plans_pkey PRIMARY KEY (account_id, id),
  constraint plans_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id),
  constraint plans_account_id_price_id_fkey FOREIGN KEY (account_id, price_id) REFERENCES prices(account_id, id) DEFERRABLE INITIALLY DEFERRED,
  constraint plans_name_check CHECK (char_length(name) >= 1 AND char_length(name) <= 100),
  constraint plans_status_check CHECK (status = ANY (ARRAY['active'::text, 'retired'::text]))
);

create table prices (
  account_id text not null,
  id text not null,
  plan_id text not null,
  amount_minor minor_units not null,
  currency currency not null,
  interval_unit text not null,
  interval_count integer not null,
  trial_days integer default 0 not null,
  capture text default 'automatic'::text not null,
  registration_minor minor_units,
  outlives_unused_keys boolean default false not null,
  created_at timestamp with time zone default protocol_now() not null,
  constraint prices_pkey PRIMARY KEY (account_id, id),
  constraint prices_account_id_plan_id_fkey FOREIGN KEY (account_id, plan_id) REFERENCES plans(account_id, id) DEFERRABLE INITIALLY DEFERRED,
  constraint prices_amount_minor_check CHECK (amount_minor::bigint > 0),
  constraint prices_capture_check CHECK (capture = ANY (ARRAY['automatic'::text, 'manual'::text])),
  constraint prices_interval_count_check CHECK (interval_count >= 1 AND interval_count <= 1200),
  constraint prices_interval_unit_check CHECK (interval_unit = ANY (ARRAY['day'::text, 'week'::text, 'month'::text, 'year'::text])),
  constraint prices_registration_minor_check CHECK (registration_minor::bigint > 0),
  constraint prices_trial_days_check CHECK (trial_days >= 0 AND trial_days <= 3650)
);
CREATE TRIGGER prices_are_immutable BEFORE UPDATE ON prices FOR EACH ROW EXECUTE FUNCTION refuse_change('a price', 'prices_are_immutable');

create table recoveries (
  id text not null,
  reason text not null,
  started_at timestamp with time zone default protocol_now() not null,
  finished_at timestamp with time zone,
  finished_by text,
  note text,
  known_until timestamp with time zone default protocol_now() not null,
  constraint recoveries_pkey PRIMARY KEY (id),
  constraint recoveries_check CHECK ((finished_at IS NULL) = (finished_by IS NULL))
);
CREATE UNIQUE INDEX recoveries_one_open ON recoveries USING btree ((true)) WHERE finished_at IS NULL;

create table recovery_journals (
  recovery_id text not null,
  journal_id text not null,
  compared_at timestamp with time zone default protocol_now() not null,
  history text default server_history(),
  gap text,
  constraint recovery_journals_pkey PRIMARY KEY (recovery_id, journal_id),
  constraint recovery_journals_recovery_id_fkey FOREIGN KEY (recovery_id) REFERENCES recoveries(id)
);

create table recovery_sends (
  account_id text not null,
  attempt_id text not null,
  recovery_id text not null,
  journal_id text not null,
  kind text not null,
  connection_id text not null,
  charge_id text not null,
  order_id text not null,
  via text,
  amount_minor minor_units not null,
  currency currency not null,
  sent_at timestamp with time zone not null,
  state text default 'open'::text not null,
  detail text,
  look_up_after timestamp with time zone default protocol_now() not null,
  not_found_count integer default 0 not null,
  not_found_at timestamp with time zone,
  constraint recovery_sends_pkey PRIMARY KEY (account_id, attempt_id),
  constraint recovery_sends_recovery_id_fkey FOREIGN KEY (recovery_id) REFERENCES recoveries(id),
  constraint recovery_sends_kind_check CHECK (kind = ANY (ARRAY['charge'::text, 'confirm'::text, 'capture'::text, 'void'::text, 'refund'::text])),
  constraint recovery_sends_state_check CHECK (state = ANY (ARRAY['open'::text, 'written_in'::text, 'settled'::text]))
);
CREATE INDEX recovery_sends_of_order ON recovery_sends USING btree (account_id, "left"(order_id, '-2'::integer));
CREATE INDEX recovery_sends_undecided ON recovery_sends USING btree (recovery_id, sent_at) WHERE state <> 'settled'::text;

create table refunds (
  account_id text not null,
  id text not null,
  charge_id text not null,
  connection_id text not null,
  origin text not null,
  status text default 'refunded'::text not null,
  amount_minor minor_units not null,
  currency currency not null,
  reason text,
  requested_by text,
  idempotency_key text,
  refunded_before_minor minor_units,
  sends integer default 0 not null,
  held_until timestamp with time zone,
  lease_token uuid,
  lease_until timestamp with time zone,
  last_send_over_at timestamp with time zone,
  look_up_at timestamp with time zone,
  look_ups integer default 0 not null,
  not_found_count integer default 0 not null,
  not_found_at timestamp with time zone,
  transaction_id text,
  refunded_at timestamp with time zone,
  failure_class text,
  failure_code text,
  failure_message text,
  exchange jsonb,
  review_reason text,
  resolution text,
  created_at timestamp with time zone default protocol_now() not null,
  updated_at timestamp with time zone default protocol_now() not null,
  calls integer default 0 not null,
  constraint refunds_pkey PRIMARY KEY (account_id, id),
  constraint refunds_account_id_connection_id_transaction_id_key UNIQUE (account_id, connection_id, transaction_id),
  constraint refunds_account_id_charge_id_fkey FOREIGN KEY (account_id, charge_id) REFERENCES charges(account_id, id),
  constraint refunds_amount_minor_check CHECK (amount_minor::bigint > 0),
  constraint refunds_check CHECK ((status = 'refunded'::text) = (transaction_id IS NOT NULL)),
  constraint refunds_check1 CHECK ((status = 'refunded'::text) = (refunded_at IS NOT NULL)),
  constraint refunds_check2 CHECK (origin = 'maedal'::text OR status = 'refunded'::text),
  constraint refunds_check3 CHECK (status <> 'in_flight'::text OR lease_token IS NOT NULL),
  constraint refunds_check4 CHECK (lease_token IS NULL OR (status = ANY (ARRAY['in_flight'::text, 'reconciling'::text]))),
  constraint refunds_check5 CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
  constraint refunds_check6 CHECK ((status = 'reconciling'::text) = (look_up_at IS NOT NULL)),
  constraint refunds_check7 CHECK ((status = 'in_review'::text) = (review_reason IS NOT NULL)),
  constraint refunds_check8 CHECK (resolution IS NULL OR status = 'reconciling'::text),
  constraint refunds_check9 CHECK (status <> 'failed'::text OR failure_class IS NOT NULL),
  constraint refunds_origin_check CHECK (origin = ANY (ARRAY['maedal'::text, 'provider'::text])),
  constraint refunds_resolution_check CHECK (resolution = ANY (ARRAY['not_refunded'::text, 'give_up'::text])),
  constraint refunds_status_check CHECK (status = ANY (ARRAY['requested'::text, 'in_flight'::text, 'reconciling'::text, 'in_review'::text, 'refunded'::text, 'failed'::text]))
);
CREATE INDEX refunds_in_flight ON refunds USING btree (lease_until) WHERE status = 'in_flight'::text;
CREATE INDEX refunds_of_charge ON refunds USING btree (account_id, charge_id);
CREATE INDEX refunds_requested ON refunds USING btree (created_at) WHERE status = 'requested'::text;
CREATE INDEX refunds_to_look_up ON refunds USING btree (look_up_at) WHERE status = 'reconciling'::text;
CREATE UNIQUE INDEX refunds_one_open_per_charge ON refunds USING btree (account_id, charge_id) WHERE status = ANY (ARRAY['in_flight'::text, 'reconciling'::text, 'in_review'::text]);
CREATE TRIGGER refunds_go_the_way BEFORE UPDATE OF status ON refunds FOR EACH ROW WHEN (old.status <> new.status) EXECUTE FUNCTION refunds_go_the_way();
CREATE TRIGGER refunds_promise_is_fixed BEFORE UPDATE OF account_id, charge_id, connection_id, origin, amount_minor, currency ON refunds FOR EACH ROW WHEN (old.account_id IS DISTINCT FROM new.account_id OR old.charge_id IS DISTINCT FROM new.charge_id OR old.connection_id IS DISTINCT FROM new.connection_id OR old.origin IS DISTINCT FROM new.origin OR old.amount_minor::bigint IS DISTINCT FROM new.amount_minor::bigint OR old.currency::text IS DISTINCT FROM new.currency::text) EXECUTE FUNCTION refuse_change('what a refund promises', 'refunds_promise_is_fixed');

create table registrations (
  account_id text not null,
  id text not null,
  customer_id text not null,
  connection_id text not null,
  subscription_id text,
  method text not null,
  status text default 'open'::text not null,
  customer_key bytea not null,
  browser_hash bytea,
  return_url text,
  auth_key bytea,
  auth_key_hash bytea,
  idempotency_key text not null,
  billing_key_id text,
  failure_code text,
  failure_message text,
  retry_of text,
  expires_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  created_at timestamp with time zone default protocol_now() not null,
  exchange_token uuid,
  exchange_until timestamp with time zone,
  window_amount_minor minor_units,
  window_currency currency,
  window_check_after timestamp with time zone,
  constraint registrations_pkey PRIMARY KEY (account_id, id),
  constraint registrations_auth_key_once UNIQUE (account_id, connection_id, auth_key_hash),
  constraint registrations_account_id_billing_key_id_fkey FOREIGN KEY (account_id, billing_key_id) REFERENCES billing_keys(account_id, id),
  constraint registrations_account_id_connection_id_fkey FOREIGN KEY (account_id, connection_id) REFERENCES gateway_connections(account_id, id),
  constraint registrations_account_id_customer_id_fkey FOREIGN KEY (account_id, customer_id) REFERENCES customers(account_id, id),
  constraint registrations_account_id_subscription_id_fkey FOREIGN KEY (account_id, subscription_id) REFERENCES subscriptions(account_id, id),
  constraint registrations_check CHECK ((status = 'completed'::text) = (billing_key_id IS NOT NULL)),
  constraint registrations_check1 CHECK ((status = 'open'::text) = (finished_at IS NULL)),
  constraint registrations_exchange_has_auth_key CHECK (exchange_token IS NULL OR auth_key_hash IS NOT NULL),
  constraint registrations_status_check CHECK (status = ANY (ARRAY['open'::text, 'completed'::text, 'failed'::text, 'canceled'::text, 'expired'::text])),
  constraint registrations_window_check CHECK (num_nonnulls(window_amount_minor, window_currency, window_check_after) = ANY (ARRAY[0, 3]))
);
CREATE INDEX registrations_open ON registrations USING btree (expires_at) WHERE status = 'open'::text;
CREATE INDEX registrations_windows_to_check ON registrations USING btree (window_check_after) WHERE status = 'open'::text AND window_check_after IS NOT NULL;
CREATE UNIQUE INDEX registrations_by_id ON registrations USING btree (id);
CREATE TRIGGER registrations_end_once BEFORE UPDATE OF status ON registrations FOR EACH ROW WHEN (old.status <> 'open'::text AND new.status <> old.status) EXECUTE FUNCTION refuse_change('a finished registration', 'registrations_end_once');

create table run_days (
  account_id text not null,
  connection_id text not null,
  day date not null,
  charges integer not null,
  constraint run_days_pkey PRIMARY KEY (account_id, connection_id, day),
  constraint run_days_account_id_connection_id_fkey FOREIGN KEY (account_id, connection_id) REFERENCES gateway_connections(account_id, id)
);

create table run_holds (
  account_id text not null,
  id uuid not null,
  connection_id text not null,
  charges integer not null,
  usual integer not null,
  held_at timestamp with time zone default protocol_now() not null,
  confirmed_at timestamp with time zone,
  confirmed_by text,
  constraint run_holds_pkey PRIMARY KEY (account_id, id),
  constraint run_holds_account_id_connection_id_fkey FOREIGN KEY (account_id, connection_id) REFERENCES gateway_connections(account_id, id),
  constraint run_holds_check CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL))
);
CREATE UNIQUE INDEX run_holds_one_open ON run_holds USING btree (account_id, connection_id) WHERE confirmed_at IS NULL;

create table schema_migrations (
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone default clock_timestamp() not null,
  constraint schema_migrations_pkey PRIMARY KEY (version)
);

create table subscriptions (
  account_id text not null,
  id text not null,
  customer_id text not null,
  price_id text not null,
  next_price_id text,
  billing_key_id text,
  status text not null,
  anchor_on date,
  anchor_period integer default 0 not null,
  zone text not null,
  charge_time time without time zone default '10:00:00'::time without time zone not null,
  next_period integer default 0 not null,
  next_due_at timestamp with time zone,
  method_required boolean default false not null,
  cancels_at_period_end boolean default false not null,
  canceled_at timestamp with time zone,
  cancel_reason text,
  test_clock_id text,
  event_sequence bigint default 0 not null,
  created_at timestamp with time zone default protocol_now() not null,
  constraint subscriptions_pkey PRIMARY KEY (account_id, id),
  constraint subscriptions_account_id_billing_key_id_fkey FOREIGN KEY (account_id, billing_key_id) REFERENCES billing_keys(account_id, id),
  constraint subscriptions_account_id_customer_id_fkey FOREIGN KEY (account_id, customer_id) REFERENCES customers(account_id, id),
  constraint subscriptions_account_id_next_price_id_fkey FOREIGN KEY (account_id, next_price_id) REFERENCES prices(account_id, id),
  constraint subscriptions_account_id_price_id_fkey FOREIGN KEY (account_id, price_id) REFERENCES prices(account_id, id),
  constraint subscriptions_account_id_test_clock_id_fkey FOREIGN KEY (account_id, test_clock_id) REFERENCES test_clocks(account_id, id),
  constraint subscriptions_check CHECK ((status = ANY (ARRAY['incomplete'::text, 'canceled'::text])) OR anchor_on IS NOT NULL),
  constraint subscriptions_check1 CHECK ((status = 'canceled'::text) = (canceled_at IS NOT NULL)),
  constraint subscriptions_check2 CHECK ((status <> ALL (ARRAY['incomplete'::text, 'canceled'::text, 'unpaid'::text])) OR next_due_at IS NULL),
  constraint subscriptions_next_period_check CHECK (next_period >= 0 AND next_period <= 33554431),
  constraint subscriptions_status_check CHECK (status = ANY (ARRAY['incomplete'::text, 'trialing'::text, 'active'::text, 'past_due'::text, 'paused'::text, 'unpaid'::text, 'canceled'::text]))
);
CREATE INDEX subscriptions_by_creation ON subscriptions USING btree (account_id, created_at, id);
CREATE INDEX subscriptions_due ON subscriptions USING btree (next_due_at, id) WHERE next_due_at IS NOT NULL AND test_clock_id IS NULL;
CREATE INDEX subscriptions_due_by_test_clock ON subscriptions USING btree (account_id, test_clock_id, next_due_at) WHERE next_due_at IS NOT NULL AND test_clock_id IS NOT NULL;
CREATE INDEX subscriptions_of_billing_key ON subscriptions USING btree (account_id, billing_key_id) WHERE billing_key_id IS NOT NULL;
CREATE INDEX subscriptions_of_customer ON subscriptions USING btree (account_id, customer_id);
CREATE TRIGGER subscriptions_stay_canceled BEFORE UPDATE OF status ON subscriptions FOR EACH ROW WHEN (old.status = 'canceled'::text AND new.status <> 'canceled'::text) EXECUTE FUNCTION refuse_change('the end', 'subscriptions_stay_canceled');

create table sunsets (
  account_id text not null,
  connection_id text not null,
  successor_id text not null,
  reason text not null,
  charges_until timestamp with time zone not null,
  when_silent text not null,
  cancel_at timestamp with time zone,
  started_at timestamp with time zone default protocol_now() not null,
  ended_at timestamp with time zone,
  tend_at timestamp with time zone default protocol_now() not null,
  constraint sunsets_pkey PRIMARY KEY (account_id, connection_id),
  constraint sunsets_account_id_connection_id_fkey FOREIGN KEY (account_id, connection_id) REFERENCES gateway_connections(account_id, id),
  constraint sunsets_account_id_successor_id_fkey FOREIGN KEY (account_id, successor_id) REFERENCES gateway_connections(account_id, id),
  constraint sunsets_check CHECK (successor_id <> connection_id),
  constraint sunsets_check1 CHECK ((when_silent = 'cancel'::text) = (cancel_at IS NOT NULL)),
  constraint sunsets_check2 CHECK (cancel_at >= charges_until),
  constraint sunsets_when_silent_check CHECK (when_silent = ANY (ARRAY['keep'::text, 'cancel'::text]))
);
CREATE INDEX sunsets_by_successor ON sunsets USING btree (account_id, successor_id);

create table sweep_findings (
  account_id text not null,
  id text not null,
  sweep_id text not null,
  connection_id text not null,
  kind text not null,
  order_id text,
  payment_id text,
  transaction_id text,
  charge_id text,
  amount_minor minor_units,
  currency currency,
  detail text not null,
  action text not null,
  settled_at timestamp with time zone,
  settled_by text,
  note text,
  created_at timestamp with time zone default protocol_now() not null,
  constraint sweep_findings_pkey PRIMARY KEY (account_id, id),
  constraint sweep_findings_account_id_charge_id_fkey FOREIGN KEY (account_id, charge_id) REFERENCES charges(account_id, id),
  constraint sweep_findings_account_id_connection_id_fkey FOREIGN KEY (account_id, connection_id) REFERENCES gateway_connections(account_id, id),
  constraint sweep_findings_account_id_sweep_id_fkey FOREIGN KEY (account_id, sweep_id) REFERENCES sweeps(account_id, id),
  constraint sweep_findings_action_check CHECK (action = ANY (ARRAY['told'::text, 'looked_up'::text, 'connection_paused'::text, 'booked'::text])),
  constraint sweep_findings_check CHECK ((amount_minor IS NULL) = (currency IS NULL)),
  constraint sweep_findings_check1 CHECK (num_nonnulls(settled_at, settled_by, note) = ANY (ARRAY[0, 3])),
  constraint sweep_findings_kind_check CHECK (kind = ANY (ARRAY['late_success'::text, 'orphan'::text, 'second_payment'::text, 'refund_elsewhere'::text, 'amount_differs'::text, 'missing_at_provider'::text, 'state_differs'::text]))
);
CREATE INDEX sweep_findings_by_creation ON sweep_findings USING btree (account_id, created_at, id);
CREATE INDEX sweep_findings_open ON sweep_findings USING btree (account_id, created_at) WHERE settled_at IS NULL;
CREATE UNIQUE INDEX sweep_findings_once ON sweep_findings USING btree (account_id, connection_id, kind, COALESCE(payment_id, ''::text), COALESCE(order_id, ''::text), COALESCE(transaction_id, ''::text));

create table sweeps (
  account_id text not null,
  id text not null,
  connection_id text not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  done_until timestamp with time zone not null,
  requested_by text not null,
  status text default 'running'::text not null,
  lease_token uuid,
  lease_until timestamp with time zone,
  held_until timestamp with time zone default protocol_now() not null,
  failures integer default 0 not null,
  failure text,
  listed integer default 0 not null,
  foreign_listed integer default 0 not null,
  asked integer default 0 not null,
  created_at timestamp with time zone default protocol_now() not null,
  finished_at timestamp with time zone,
  constraint sweeps_pkey PRIMARY KEY (account_id, id),
  constraint sweeps_account_id_connection_id_fkey FOREIGN KEY (account_id, connection_id) REFERENCES gateway_connections(account_id, id),
  constraint sweeps_check CHECK (from_at < to_at),
  constraint sweeps_check1 CHECK (done_until >= from_at AND done_until <= to_at),
  constraint sweeps_check2 CHECK ((status = 'running'::text) = (finished_at IS NULL)),
  constraint sweeps_check3 CHECK (status <> 'finished'::text OR done_until = to_at),
  constraint sweeps_check4 CHECK (status <> 'failed'::text OR failure IS NOT NULL),
  constraint sweeps_check5 CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
  constraint sweeps_check6 CHECK (lease_token IS NULL OR status = 'running'::text),
  constraint sweeps_status_check CHECK (status = ANY (ARRAY['running'::text, 'finished'::text, 'failed'::text]))
);
CREATE INDEX sweeps_by_creation ON sweeps USING btree (account_id, created_at, id);
CREATE INDEX sweeps_of_connection ON sweeps USING btree (account_id, connection_id, to_at);
CREATE INDEX sweeps_running ON sweeps USING btree (held_until) WHERE status = 'running'::text;
CREATE UNIQUE INDEX sweeps_one_daily ON sweeps USING btree (account_id, connection_id) WHERE status = 'running'::text AND requested_by = 'daily'::text;

create table test_clocks (
  account_id text not null,
  id text not null,
  mode text default 'test'::text not null,
  name text not null,
  now_at timestamp with time zone not null,
  target_at timestamp with time zone,
  created_at timestamp with time zone default protocol_now() not null,
  constraint test_clocks_pkey PRIMARY KEY (account_id, id),
  constraint test_clocks_account_id_mode_fkey FOREIGN KEY (account_id, mode) REFERENCES accounts(id, mode),
  constraint test_clocks_check CHECK (target_at IS NULL OR target_at >= now_at),
  constraint test_clocks_mode_check CHECK (mode = 'test'::text)
);
CREATE TRIGGER test_clocks_never_go_back BEFORE UPDATE OF now_at ON test_clocks FOR EACH ROW EXECUTE FUNCTION test_clocks_never_go_back();
