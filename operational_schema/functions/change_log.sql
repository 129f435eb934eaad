-- What fills etl.change, and the pseudonyms that leave in place of customers. The triggers work per statement, on transition
-- tables: per row they would cost a bulk insert several times as much. They are `enable always`, so that a session in
-- replication mode cannot slip past them.

create or replace function etl.logged_tables()
returns text[]
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select array[
        'tenants', 'tenant_business_schedules', 'tenant_business_hours', 'tenant_special_days',
        'profiles', 'customer_profiles', 'conversations', 'messages', 'conversation_events',
        'conversation_transfers', 'conversation_notes', 'sla_tracking', 'message_delivery_tracking',
        'agent_availability', 'knowledge_items', 'knowledge_analytics', 'workflow_executions',
        'system_settings', 'scheduled_reports', 'export_jobs'
    ]
$$;
comment on function etl.logged_tables() is 'The tables of schema public that leave for the warehouse, and whose changes are logged.';

create or replace function etl.record_change()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
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
set search_path = pg_catalog, pg_temp
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

create or replace function etl.record_customer_change()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    counted constant text[] := array['total_conversations', 'avg_satisfaction', 'last_interaction'];
begin
    -- Without a join: a plan stays for the session, and that for one row would compare each of many with every other.
    insert into etl.change (table_name, operation, key, tenant_id)
    select tg_table_name, 'U', changed.id, changed.tenant_id
    from (
        select
            new_row.id, new_row.tenant_id, to_jsonb(new_row) - counted as kept,
            jsonb_build_array(new_row.total_conversations, new_row.avg_satisfaction, new_row.last_interaction) as figures
        from new_rows as new_row
        union all
        select
            old_row.id, old_row.tenant_id, to_jsonb(old_row) - counted,
            jsonb_build_array(old_row.total_conversations, old_row.avg_satisfaction, old_row.last_interaction)
        from old_rows as old_row
    ) as changed
    group by changed.id, changed.tenant_id
    having count(distinct changed.kept) > 1 or count(distinct changed.figures) = 1;
    return null;
end;
$$;
comment on function etl.record_customer_change() is
    'The same for updates of public.customer_profiles, but for what is counted there: it does not leave, and would keep customers from being forgotten until the next extract.';

create or replace function etl.record_moved_message()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- The key is the message's: a delivery that another transaction is adding cannot be seen from here. Without a join: a plan
    -- stays for the session, and that for one row would compare each of many with every other.
    insert into etl.change (table_name, operation, key, tenant_id)
    select 'message_delivery_tracking', 'U', belonged.id, belonged.tenant_id
    from (
        select old_row.tenant_id, old_row.id, old_row.conversation_id from old_rows as old_row
        union
        select new_row.tenant_id, new_row.id, new_row.conversation_id from new_rows as new_row
    ) as belonged
    group by belonged.tenant_id, belonged.id
    having count(*) > 1;
    return null;
end;
$$;
comment on function etl.record_moved_message() is
    'Logs messages that were moved to another conversation among the keys of deliveries: these leave with the conversation of their message.';

create or replace function etl.reason()
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select nullif(current_setting('etl.reason', true), '')
$$;
comment on function etl.reason() is
    'Why this transaction deletes rows: retention, erasure or correction; null if it does not say.';

do $$
declare
    logged text;
    recorder text;
    statement text;
begin
    foreach logged in array etl.logged_tables() loop
        recorder := case logged when 'tenants' then 'etl.record_tenant_change()' else 'etl.record_change()' end;
        foreach statement in array array[
            'create or replace trigger change_log_insert after insert on public.%1$I '
            'referencing new table as new_rows for each statement execute function %2$s',
            'create or replace trigger change_log_update after update on public.%1$I '
            'referencing old table as old_rows new table as new_rows for each statement execute function %3$s',
            'create or replace trigger change_log_delete after delete on public.%1$I '
            'referencing old table as old_rows for each statement execute function %2$s',
            'create or replace trigger change_log_truncate after truncate on public.%1$I '
            'for each statement execute function %2$s',
            'alter table public.%1$I enable always trigger change_log_insert',
            'alter table public.%1$I enable always trigger change_log_update',
            'alter table public.%1$I enable always trigger change_log_delete',
            'alter table public.%1$I enable always trigger change_log_truncate'
        ] loop
            execute format(
                statement, logged, recorder,
                case logged when 'customer_profiles' then 'etl.record_customer_change()' else recorder end
            );
        end loop;
    end loop;
end;
$$;

create or replace trigger change_log_moved after update on public.messages
referencing old table as old_rows new table as new_rows
for each statement execute function etl.record_moved_message();
alter table public.messages enable always trigger change_log_moved;

create or replace function etl.record_loss()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(current_setting('etl.pruning', true), '') <> 'on' then
        update etl.log_epoch set epoch = gen_random_uuid() where only_row;
    end if;
    return null;
end;
$$;
comment on function etl.record_loss() is
    'Begins another epoch of the change log when rows leave it, unless the session says, by etl.pruning, that it has landed them.';

create or replace trigger change_lost after delete or truncate on etl.change
for each statement execute function etl.record_loss();
alter table etl.change enable always trigger change_lost;

create or replace function etl.prune(landed pg_snapshot, kept text [] default '{}', others bigint [] default '{}')
returns bigint
language sql
set search_path = pg_catalog, pg_temp
as $$
    with pruned as (
        delete from etl.change
        where pg_visible_in_snapshot(change.xid, landed) and change.table_name <> all (kept)
            or change.sequence in (select unnest(others))
        returning sequence, table_name, operation, key, tenant_id, reason
    ), deleted as (
        select distinct on (table_name, key) table_name, key, tenant_id, reason
        from pruned
        where operation = 'D'
        order by table_name, key, sequence desc
    ), otherwise as (
        delete from etl.outlived using deleted
        where outlived.table_name = deleted.table_name and outlived.key = deleted.key
            and deleted.reason is distinct from 'retention'
    ), outlived as (
        insert into etl.outlived (table_name, key, tenant_id)
        select table_name, key, tenant_id from deleted where reason = 'retention'
        on conflict (table_name, key) do update set pruned_at = excluded.pruned_at
    )
    select count(*) from pruned
$$;
comment on function etl.prune(pg_snapshot, text [], bigint []) is
    'Takes out of the change log what a snapshot has seen, but for some tables, and some other rows; returns how many. What retention deleted is remembered in etl.outlived. Whoever has not landed it leaves etl.pruning alone, and begins another epoch.';

create or replace function public.cap_change_log(max_rows bigint default 10000000)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    truncated text[];
    pruned bigint;
begin
    -- The span of the sequence is cheap to ask for every minute, and no less than the count.
    if (select coalesce(max(change.sequence) - min(change.sequence), 0) < max_rows from etl.change) then
        return 0;
    end if;
    if (select count(*) <= max_rows from (select from etl.change limit max_rows + 1) as counted) then
        return 0;
    end if;
    -- Nothing has landed of what is lost now: retention has to wait until the warehouse has compared every row.
    delete from etl.acknowledged;
    truncated := array(select distinct change.table_name from etl.change where change.operation = 'T');
    pruned := etl.prune(
        pg_current_snapshot(), '{}',
        array(select change.sequence from etl.change where not pg_visible_in_snapshot(change.xid, pg_current_snapshot()))
    );
    -- A comparison would take what was truncated for deleted: whoever reads next is still to be asked.
    insert into etl.change (table_name, operation) select unnest(truncated), 'T';
    return pruned;
end;
$$;
comment on function public.cap_change_log(bigint) is
    'Empties a change log that nobody has read for too long, but for what says that a table was truncated, and returns how many rows that were. Another epoch begins: the next extract compares every row.';

create or replace function etl.hmac_sha256(key bytea, message bytea)
returns bytea
language plpgsql
immutable
strict
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    -- Bit strings can be xored and bytea cannot; bit_send puts four bytes of length before them. A loop over the bytes of the
    -- block took thirty times as long as the hashing.
    block bit(512) := 'x' || rpad(encode(case when length(key) > 64 then sha256(key) else key end, 'hex'), 128, '0');
    inner_mask constant bit(512) := 'x' || repeat('36', 64);
    outer_mask constant bit(512) := 'x' || repeat('5c', 64);
begin
    return sha256(
        substring(bit_send(block # outer_mask) from 5)
        || sha256(substring(bit_send(block # inner_mask) from 5) || message)
    );
end;
$$;
comment on function etl.hmac_sha256(bytea, bytea) is
    'HMAC-SHA-256 (RFC 2104) from the core''s sha256(): not every server has pgcrypto.';

create or replace function etl.pseudonym(tenant_id uuid, id uuid)
returns uuid
language plpgsql
stable
strict
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    secret bytea := convert_to(coalesce(current_setting('etl.pseudonym_key', true), ''), 'UTF8');
begin
    if secret = '' then
        raise exception 'etl.pseudonym_key is not set' using hint = 'whoever reads pseudonyms sets it for the transaction';
    end if;
    return encode(
        substring(etl.hmac_sha256(etl.hmac_sha256(secret, uuid_send(tenant_id)), uuid_send(id)) from 1 for 16), 'hex'
    );
end;
$$;
comment on function etl.pseudonym(uuid, uuid) is
    'What stands for a customer outside this database: the first 16 bytes of HMAC-SHA-256 of the id, keyed per tenant with HMAC-SHA-256 of the tenant''s id under the setting etl.pseudonym_key.';

revoke execute on function
    etl.logged_tables(), etl.record_change(), etl.record_tenant_change(), etl.record_customer_change(),
    etl.record_moved_message(), etl.record_loss(),
    etl.reason(), etl.prune(pg_snapshot, text [], bigint []), etl.hmac_sha256(bytea, bytea), etl.pseudonym(uuid, uuid)
    from public;
revoke execute on function public.cap_change_log(bigint) from public, anon, authenticated;
grant execute on function public.cap_change_log(bigint) to service_role;
