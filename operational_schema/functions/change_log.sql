-- What fills etl.change, and the pseudonyms that leave in place of customers. The triggers work per statement, on transition
-- tables: per row they would cost a bulk insert several times as much. They are `enable always`, so that a session in
-- replication mode cannot slip past them.

create or replace function etl.record_change()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if tg_op = 'INSERT' then
        insert into etl.change (table_name, operation, key, tenant_id)
        select tg_table_name, 'I', new_row.id, new_row.tenant_id
        from new_rows as new_row;
    elsif tg_op = 'UPDATE' then
        insert into etl.change (table_name, operation, key, tenant_id)
        select tg_table_name, 'U', new_row.id, new_row.tenant_id
        from new_rows as new_row
        union
        select tg_table_name, 'U', old_row.id, old_row.tenant_id
        from old_rows as old_row;
    elsif tg_op = 'DELETE' then
        insert into etl.change (table_name, operation, key, tenant_id, reason)
        select tg_table_name, 'D', old_row.id, old_row.tenant_id, etl.reason()
        from old_rows as old_row;
    else
        insert into etl.change (table_name, operation) values (tg_table_name, 'T');
    end if;
    return null;
end;
$$;
comment on function etl.record_change() is 'Logs the keys that a statement changed in a table with columns id and tenant_id.';

create or replace function etl.record_tenant_change()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
    if tg_op = 'INSERT' then
        insert into etl.change (table_name, operation, key, tenant_id)
        select tg_table_name, 'I', new_row.id, new_row.id from new_rows as new_row;
    elsif tg_op = 'UPDATE' then
        insert into etl.change (table_name, operation, key, tenant_id)
        select tg_table_name, 'U', new_row.id, new_row.id from new_rows as new_row
        union
        select tg_table_name, 'U', old_row.id, old_row.id from old_rows as old_row;
    elsif tg_op = 'DELETE' then
        insert into etl.change (table_name, operation, key, tenant_id, reason)
        select tg_table_name, 'D', old_row.id, old_row.id, etl.reason() from old_rows as old_row;
    else
        insert into etl.change (table_name, operation) values (tg_table_name, 'T');
    end if;
    return null;
end;
$$;
comment on function etl.record_tenant_change() is 'The same for public.tenants, whose rows are their own tenants.';

create or replace function etl.reason()
returns text
language sql
stable
set search_path = ''
as $$
    select nullif(pg_catalog.current_setting('etl.reason', true), '')
$$;
comment on function etl.reason() is 'Why this transaction deletes rows: retention, erasure or correction; null if it does not say.';

do $$
declare
    logged text;
    recorder text;
begin
    foreach logged in array array[
        'tenants', 'profiles', 'customer_profiles', 'conversations', 'messages', 'conversation_events',
        'system_settings', 'scheduled_reports', 'export_jobs'
    ] loop
        recorder := case logged when 'tenants' then 'etl.record_tenant_change()' else 'etl.record_change()' end;
        execute format(
            'create or replace trigger change_log_insert after insert on public.%I '
            'referencing new table as new_rows for each statement execute function %s', logged, recorder);
        execute format(
            'create or replace trigger change_log_update after update on public.%I '
            'referencing old table as old_rows new table as new_rows for each statement execute function %s',
            logged, recorder);
        execute format(
            'create or replace trigger change_log_delete after delete on public.%I '
            'referencing old table as old_rows for each statement execute function %s', logged, recorder);
        execute format(
            'create or replace trigger change_log_truncate after truncate on public.%I '
            'for each statement execute function %s', logged, recorder);
        execute format('alter table public.%I enable always trigger change_log_insert', logged);
        execute format('alter table public.%I enable always trigger change_log_update', logged);
        execute format('alter table public.%I enable always trigger change_log_delete', logged);
        execute format('alter table public.%I enable always trigger change_log_truncate', logged);
    end loop;
end;
$$;

create or replace function etl.padded_key(key bytea, mask integer)
returns bytea
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
    block bytea := case when length(key) > 64 then pg_catalog.sha256(key) else key end;
begin
    block := block || pg_catalog.decode(pg_catalog.repeat('00', 64 - length(block)), 'hex');
    for position in 0..63 loop
        block := pg_catalog.set_byte(block, position, pg_catalog.get_byte(block, position) # mask);
    end loop;
    return block;
end;
$$;
comment on function etl.padded_key(bytea, integer) is 'A key of HMAC-SHA-256 filled to the block of 64 bytes, each xor mask.';

create or replace function etl.hmac_sha256(key bytea, message bytea)
returns bytea
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
    select pg_catalog.sha256(
        etl.padded_key(key, 92) || pg_catalog.sha256(etl.padded_key(key, 54) || message)
    )
$$;
comment on function etl.hmac_sha256(bytea, bytea) is 'HMAC-SHA-256 (RFC 2104) from the core''s sha256(): not every server has pgcrypto.';

create or replace function etl.pseudonym(tenant_id uuid, id uuid)
returns uuid
language plpgsql
strict
set search_path = ''
as $$
declare
    inner_name text := 'etl.inner_' || pg_catalog.replace(tenant_id::text, '-', '');
    outer_name text := 'etl.outer_' || pg_catalog.replace(tenant_id::text, '-', '');
    inner_key text := nullif(pg_catalog.current_setting(inner_name, true), '');
    secret text;
    tenant_key bytea;
    digest bytea;
begin
    -- A tenant's padded keys are kept for the transaction: computing them per row took ten times as long as the hashing.
    if inner_key is null then
        secret := nullif(pg_catalog.current_setting('etl.pseudonym_key', true), '');
        if secret is null then
            raise exception 'etl.pseudonym_key is not set' using hint = 'the extractor sets it in its transaction';
        end if;
        tenant_key := etl.hmac_sha256(pg_catalog.convert_to(secret, 'UTF8'), pg_catalog.uuid_send(tenant_id));
        inner_key := pg_catalog.set_config(inner_name, etl.padded_key(tenant_key, 54)::text, true);
        perform pg_catalog.set_config(outer_name, etl.padded_key(tenant_key, 92)::text, true);
    end if;
    digest := pg_catalog.sha256(inner_key::bytea || pg_catalog.uuid_send(id));
    digest := pg_catalog.sha256(pg_catalog.current_setting(outer_name)::bytea || digest);
    return pg_catalog.encode(pg_catalog.substring(digest, 1, 16), 'hex')::uuid;
end;
$$;
comment on function etl.pseudonym(uuid, uuid) is
    'What stands for a customer outside this database: HMAC-SHA-256 of the id under the tenant''s key, which is that of the tenant''s id under the setting etl.pseudonym_key. First 16 bytes.';
revoke execute on all functions in schema etl from public;
