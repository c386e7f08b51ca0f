-- PortOne V1, its channels and its windows; connections on their way out (sunset) and the links by
-- which their customers are asked for another method.

alter table gateway_connections drop constraint gateway_connections_provider_check;
alter table gateway_connections add constraint gateway_connections_provider_check
  check (provider in ('toss', 'line_pay', 'portone'));

-- PortOne: the company behind the connection, and the merchant's id there: `chai`, `kakaopay.TC0ONETIME`.
alter table gateway_connections add column channel text;
-- What windows are opened with instead of the deprecated `pg`.
alter table gateway_connections add column channel_key text;
alter table gateway_connections add constraint gateway_connections_channel_check
  check ((provider = 'portone') = (channel is not null) and (channel is not null or channel_key is null));

drop trigger gateway_connections_identity_is_fixed on gateway_connections;
create trigger gateway_connections_identity_is_fixed
  before update of account_id, id, mode, provider, api_host, public_id, credentials, channel,
                   channel_key
  on gateway_connections for each row
  when (
    (old.account_id, old.id, old.mode, old.provider, old.api_host, old.public_id, old.credentials,
     old.channel, old.channel_key)
    is distinct from
    (new.account_id, new.id, new.mode, new.provider, new.api_host, new.public_id, new.credentials,
     new.channel, new.channel_key)
  )
  execute function refuse_change('the merchant identity', 'gateway_connections_identity_is_fixed');

-- Some channels want to be told it.
alter table customers add column phone text;

-- ── Windows of a script that are opened for an order ─────────────────────────────────────────────

-- What the window was opened with, written when its page is first shown and compared afterwards.
alter table registrations add column window_amount_minor minor_units;
alter table registrations add column window_currency currency;
-- Real time before which the provider is not asked (again) whether the window has issued its key.
alter table registrations add column window_check_after timestamptz;
alter table registrations add constraint registrations_window_check
  check (num_nonnulls(window_amount_minor, window_currency, window_check_after) in (0, 3));

create index registrations_windows_to_check on registrations (window_check_after)
  where status = 'open' and window_check_after is not null;

-- ── Sunset ───────────────────────────────────────────────────────────────────────────────────────

-- Until then a connection that is sunset goes on charging; null: it has stopped.
alter table gateway_connections add column charges_until timestamptz;
alter table gateway_connections add constraint gateway_connections_charges_until_check
  check (charges_until is null or state = 'sunset');

-- Whether charges may be sent through a connection now.
create function may_charge(it gateway_connections) returns boolean
language sql stable parallel safe
as $$ select it.state = 'active' or it.state = 'sunset' and it.charges_until > protocol_now() $$;

-- A person's decision to leave a provider, and how the customers that pay there are moved.
create table sunsets (
  account_id text not null,
  connection_id text not null,
  -- Where the customers are asked to register.
  successor_id text not null,
  reason text not null,
  -- When the connection stops charging. Its keys are dead from then on.
  charges_until timestamptz not null,
  -- What becomes of subscriptions whose customers bring no other method: `keep` goes on asking, and
  -- owes; `cancel` ends them at `cancel_at`.
  when_silent text not null check (when_silent in ('keep', 'cancel')),
  cancel_at timestamptz,
  started_at timestamptz not null default protocol_now(),
  -- When its keys were given up.
  ended_at timestamptz,
  primary key (account_id, connection_id),
  foreign key (account_id, connection_id) references gateway_connections,
  foreign key (account_id, successor_id) references gateway_connections,
  check (successor_id <> connection_id),
  check ((when_silent = 'cancel') = (cancel_at is not null)),
  check (cancel_at >= charges_until)
);

create index sunsets_by_successor on sunsets (account_id, successor_id);

-- A link that asks a subscription's customer for a method, good until there is one.
create table method_requests (
  account_id text not null,
  id text not null,
  customer_id text not null,
  subscription_id text not null,
  -- Where the customer is to register.
  connection_id text not null,
  -- The connection that is left behind; null when somebody just asked.
  sunset_connection_id text,
  status text not null default 'open' check (status in ('open', 'completed', 'withdrawn')),
  -- The first time that somebody followed the link.
  visited_at timestamptz,
  -- The latest registration that came of it.
  registration_id text,
  created_at timestamptz not null default protocol_now(),
  finished_at timestamptz,
  primary key (account_id, id),
  foreign key (account_id, customer_id) references customers,
  foreign key (account_id, subscription_id) references subscriptions,
  foreign key (account_id, connection_id) references gateway_connections,
  foreign key (account_id, sunset_connection_id) references sunsets (account_id, connection_id),
  foreign key (account_id, registration_id) references registrations,
  check ((status = 'open') = (finished_at is null))
);

create unique index method_requests_by_id on method_requests (id);
create unique index method_requests_one_open on method_requests (account_id, subscription_id)
  where status = 'open';
create index method_requests_of_sunset on method_requests (account_id, sunset_connection_id, status)
  where sunset_connection_id is not null;

create index billing_keys_of_connection on billing_keys (account_id, connection_id, status);
