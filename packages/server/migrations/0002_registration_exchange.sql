-- One process at a time exchanges a registration's auth key. Toss documents idempotency keys for every
-- POST, but nobody has confirmed that issuing replays; without that, a second call beside the first
-- would be told that the auth key is spent, and would call a registration failed that succeeded.
alter table registrations
  add column exchange_token uuid,
  -- Real time before which nobody else takes the exchange over.
  add column exchange_until timestamptz,
  add constraint registrations_exchange_has_auth_key
    check (exchange_token is null or auth_key_hash is not null);

-- Those that no browser comes back for: exchanges to repeat, windows that nobody went through.
create index registrations_open on registrations (expires_at) where status = 'open';
