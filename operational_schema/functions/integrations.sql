-- Connected systems: what they tell us and we tell them, who changed them, who may call us, and the envelopes of their secrets.

create or replace function public.process_webhook_event(event_id uuid, failure text default null)
returns boolean
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    update public.webhook_events as event
    set
        processing_attempts = event.processing_attempts + 1,
        processed = failure is null,
        processed_at = case when failure is null then clock_timestamp() end,
        error_message = failure
    where event.id = event_id and not event.processed;
    if not found and not exists (select from public.webhook_events as event where event.id = event_id) then
        raise exception 'there is no webhook event %', event_id using errcode = 'no_data_found';
    end if;
    return found;
end;
$$;
comment on function public.process_webhook_event(uuid, text) is
    'Notes an attempt at an event: done, or failed and why, to be tried again. False, and nothing changed, where it was done before.';

create or replace function app.finish_webhook_event()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    new.processed_at := case when new.processed then clock_timestamp() end;
    new.processing_attempts := greatest(new.processing_attempts, new.processed::integer);
    return new;
end;
$$;
comment on function app.finish_webhook_event() is 'Says when an event was processed where whoever marks it does not; one that is to be tried again was not.';

create or replace trigger finish_webhook_event
before insert or update on public.webhook_events
for each row when (new.processed <> (new.processed_at is not null)) execute function app.finish_webhook_event();

create or replace function app.keep_sync_job_times()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    new.started_at := case when new.status = 'pending' then new.started_at else coalesce(new.started_at, now()) end;
    new.completed_at := case
        when new.status in ('completed', 'failed') then coalesce(new.completed_at, greatest(new.started_at, clock_timestamp()))
    end;
    return new;
end;
$$;
comment on function app.keep_sync_job_times() is
    'Says when a job began and ended where whoever changes its status does not; one that runs again has not ended.';

create or replace trigger keep_times
before insert or update of status, started_at, completed_at on public.sync_jobs
for each row execute function app.keep_sync_job_times();

create or replace function app.find_webhook_integration()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    select subscription.integration_id into new.integration_id
    from public.webhook_subscriptions as subscription
    where subscription.tenant_id = new.tenant_id and subscription.id = new.webhook_subscription_id;
    return new;
end;
$$;
comment on function app.find_webhook_integration() is 'The integration of a logged call is that of its subscription.';

create or replace trigger find_integration
before insert on public.webhook_logs
for each row when (new.integration_id is null) execute function app.find_webhook_integration();

create or replace function app.add_to_webhook_counts(
    of_tenant uuid, integration uuid, subscription uuid, good bigint, bad bigint, last_at timestamptz
)
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    update public.webhook_subscriptions as counted
    set
        success_count = counted.success_count + good, failure_count = counted.failure_count + bad,
        last_triggered = greatest(counted.last_triggered, last_at)
    where counted.tenant_id = of_tenant and counted.integration_id = integration and counted.id = subscription
$$;
comment on function app.add_to_webhook_counts(uuid, uuid, uuid, bigint, bigint, timestamptz) is
    'A subscription has had so many more calls, the last of them then.';

create or replace function app.count_webhook_calls()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if not app.keeps_history() then
        return null;
    elsif tg_op = 'INSERT' then
        perform app.add_to_webhook_counts(
            call.tenant_id, call.integration_id, call.webhook_subscription_id,
            count(*) filter (where call.is_good), count(*) filter (where not call.is_good), max(call.created_at)
        )
        from (
            select log.*, coalesce(log.response_status between 200 and 299, false) and log.error_message is null as is_good
            from new_rows as log
            where log.webhook_subscription_id is not null and num_nonnulls(log.response_status, log.error_message) > 0
        ) as call
        group by call.tenant_id, call.integration_id, call.webhook_subscription_id
        order by call.tenant_id, call.integration_id, call.webhook_subscription_id;
    else
        perform app.add_to_webhook_counts(
            call.tenant_id, call.integration_id, call.webhook_subscription_id,
            count(*) filter (where call.is_good), count(*) filter (where not call.is_good), max(call.updated_at)
        )
        from (
            select log.*, coalesce(log.response_status between 200 and 299, false) and log.error_message is null as is_good
            from new_rows as log
            inner join old_rows as queued on queued.id = log.id
            where log.webhook_subscription_id is not null and num_nonnulls(log.response_status, log.error_message) > 0
                and num_nonnulls(queued.response_status, queued.error_message) = 0
        ) as call
        group by call.tenant_id, call.integration_id, call.webhook_subscription_id
        order by call.tenant_id, call.integration_id, call.webhook_subscription_id;
    end if;
    return null;
end;
$$;
comment on function app.count_webhook_calls() is
    'Counts a call for its subscription once, when it is known what became of it: good where it was answered with 2xx and no error. A queued call is neither. Counters stay when logs are deleted.';

create or replace trigger count_calls
after insert on public.webhook_logs
referencing new table as new_rows
for each statement execute function app.count_webhook_calls();

create or replace trigger count_answers
after update on public.webhook_logs
referencing old table as old_rows new table as new_rows
for each statement execute function app.count_webhook_calls();

create or replace function app.record_integration_change()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    -- The server's own bookkeeping is no act of anybody.
    unwatched constant text[] := array['updated_at', 'last_sync_at', 'error_count', 'last_error', 'has_credentials'];
    changed text[];
begin
    changed := array(
        select coalesce(after.key, before.key)
        from jsonb_each(case when tg_op = 'DELETE' then '{}' else to_jsonb(new) end) as after
        full join jsonb_each(case when tg_op = 'INSERT' then '{}' else to_jsonb(old) end) as before on before.key = after.key
        where after.value is distinct from before.value and coalesce(after.key, before.key) <> all (unwatched)
        order by 1
    );
    if not app.keeps_history() or tg_op = 'UPDATE' and cardinality(changed) = 0 then
        return null;
    end if;
    insert into public.integration_audit_logs (
        tenant_id, integration_id, actor_id, action, entity_type, entity_id, details
    ) values (
        coalesce(new.tenant_id, old.tenant_id), coalesce(new.id, old.id), app.user_id(),
        case tg_op when 'INSERT' then 'create' else lower(tg_op) end, 'integration', coalesce(new.id, old.id),
        jsonb_build_object('as', coalesce(nullif(current_setting('role'), 'none'), session_user))
        || case tg_op when 'UPDATE' then jsonb_build_object('changed', changed) else '{}' end
    );
    return null;
end;
$$;
comment on function app.record_integration_change() is
    'Writes who made, changed or removed an integration, and which columns: never what stood or stands in them.';

create or replace trigger record_change
after insert or update or delete on public.integrations
for each row execute function app.record_integration_change();

create or replace function app.keep_integration_trail()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'DELETE' and etl.reason() in ('retention', 'erasure') then
        return null;
    end if;
    raise exception 'integration_audit_logs is append-only: rows go by retention or erasure, and never change'
        using errcode = 'insufficient_privilege';
end;
$$;
comment on function app.keep_integration_trail() is
    'Refuses to change the trail, to its owner too; only who says etl.reason retention or erasure deletes from it.';

create or replace trigger keep_trail
before update or delete or truncate on public.integration_audit_logs
for each statement execute function app.keep_integration_trail();

create or replace function public.create_api_key(name text, scopes text[], expires_at timestamptz default null)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    -- gen_random_uuid draws from the system's source of secrets, 122 bits each time.
    key constant text := 'rk_' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
    if app.role() is distinct from 'admin' then
        raise exception 'only an admin makes a key' using errcode = 'insufficient_privilege';
    end if;
    insert into public.api_keys (tenant_id, name, key_prefix, key_hash, scopes, expires_at, created_by)
    values (
        app.tenant_id(), create_api_key.name, left(key, 11), encode(sha256(convert_to(key, 'UTF8')), 'hex'),
        create_api_key.scopes, create_api_key.expires_at, app.user_id()
    );
    return key;
end;
$$;
comment on function public.create_api_key(text, text[], timestamptz) is
    'Makes a key for the caller''s tenant and returns it, this once: only its hash is kept.';

create or replace function public.check_api_key(key_digest text)
returns table (key_id uuid, tenant_id uuid, scopes text[])
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    with valid as materialized (
        select key.id, key.tenant_id, key.scopes
        from public.api_keys as key
        inner join public.tenants as tenant on tenant.id = key.tenant_id and tenant.status = 'active'
        where key.key_hash = check_api_key.key_digest and key.revoked_at is null
            and (key.expires_at is null or key.expires_at > now())
    ),
    stamped as (
        update public.api_keys as key
        set last_used_at = date_trunc('minute', now())
        from valid
        where key.id = valid.id and key.last_used_at is distinct from date_trunc('minute', now())
    )
    select valid.id, valid.tenant_id, valid.scopes from valid
$$;
comment on function public.check_api_key(text) is
    'Whose key has this SHA-256 (hexadecimal), and what it may: no row for one that is unknown, revoked or expired, or whose tenant is suspended. The server hashes, so that no key comes here.';

create or replace function app.keep_revocation()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if new.revoked_at is null then
        raise exception 'key "%" was revoked, and opens nothing any more', old.name using errcode = 'check_violation',
            hint = 'make another one with create_api_key()';
    end if;
    new.revoked_at := old.revoked_at;
    return new;
end;
$$;
comment on function app.keep_revocation() is 'A revoked key stays revoked, since when it was revoked first.';

create or replace trigger keep_revocation
before update on public.api_keys
for each row when (old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at)
execute function app.keep_revocation();

create or replace function public.read_secret(of_tenant uuid, of_table text, of_column text, of_row uuid)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    envelope text;
begin
    if not exists (
        select from pg_catalog.pg_attribute as attribute
        inner join pg_catalog.pg_class as class on class.oid = attribute.attrelid
        where class.relnamespace = 'public'::regnamespace and class.relkind = 'r' and class.relname = of_table
            and attribute.attname = of_column and attribute.atttypid = 'app.envelope'::regtype
    ) then
        raise exception '%.% holds no envelopes', left(of_table, 63), left(of_column, 63) using errcode = 'undefined_column';
    end if;
    execute format('select %I from public.%I where tenant_id = $1 and id = $2', of_column, of_table)
    into envelope using of_tenant, of_row;
    return envelope;
end;
$$;
comment on function public.read_secret(uuid, text, text, uuid) is
    'One envelope, for the server that holds the key; null where there is none. No role of the application may select them.';

revoke execute on function
    public.process_webhook_event(uuid, text), app.finish_webhook_event(), app.keep_sync_job_times(),
    app.find_webhook_integration(), app.add_to_webhook_counts(uuid, uuid, uuid, bigint, bigint, timestamptz),
    app.count_webhook_calls(), app.record_integration_change(), app.keep_integration_trail(), app.keep_revocation(),
    public.create_api_key(text, text[], timestamptz), public.check_api_key(text),
    public.read_secret(uuid, text, text, uuid)
    from public, anon, authenticated;
grant execute on function
    public.process_webhook_event(uuid, text), public.check_api_key(text), public.read_secret(uuid, text, text, uuid)
    to service_role;
grant execute on function public.create_api_key(text, text[], timestamptz) to authenticated;
