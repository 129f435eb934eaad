-- The audit trail: what is logged, by triggers, and the chain that shows whether somebody has changed the log since.
--
-- A change is noted in app.audit_waiting when it happens, and gets its place in the tenant's chain when its transaction commits:
-- whoever took the chain's lock at the change would hold it while waiting for rows that the next one has, and both would wait
-- for ever. Only digests of secret and personal values are kept; no value of theirs is written anywhere.
--
-- A link: row_hash = sha256 of the parts 'romashka audit 1', previous_hash (hex), tenant_id, sequence, id, user_id,
-- database_role, action, entity_type, entity_id, created_at (microseconds since 1970), digests, each as app.audit_parts() writes
-- it. A digest: [hidden:]hex of sha256 of the salt (16 bytes) and the parts name, value. The first link's previous_hash is zeros.

create or replace function app.audited_tables()
returns table (table_name text, watched text[], shown text[], on_insert boolean)
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    values
        ('tenants', null::text[], array['slug', 'name', 'timezone', 'status'], true),
        ('tenant_business_schedules', null, array[]::text[], true),
        ('tenant_business_hours', null, array[]::text[], true),
        ('tenant_special_days', null, array[]::text[], true),
        ('profiles', null, array['role', 'timezone', 'language'], true),
        ('customer_profiles', null, array['status', 'timezone', 'language'], true),
        -- Of the busiest table what others answer for; its history is in conversation_events.
        ('conversations', array['status', 'assigned_agent_id', 'priority', 'department', 'customer_id'],
            array['status', 'priority', 'department'], false),
        ('knowledge_categories', null, array['name'], true),
        ('knowledge_items', null, array['title', 'status', 'source_type', 'language'], true),
        ('intent_patterns', null, array['intent_name', 'language'], true),
        ('auto_generated_knowledge', null, array['auto_category'], true),
        ('canned_responses', null, array['title', 'shortcut', 'category', 'language'], true),
        ('scheduled_reports', null, array['slug', 'name', 'report_type', 'template', 'schedule_cron', 'timezone', 'format',
            'additional_formats', 'catch_up', 'when_stale'], true),
        ('export_jobs', array['user_id', 'type', 'format', 'status', 'row_count'], array['type', 'format', 'status'], true),
        ('alert_rules', null, array['name', 'metric', 'condition', 'dimensions', 'severity', 'channels'], true),
        ('communication_channels', null, array['name', 'type', 'status'], true),
        ('channel_routing_rules', null, array['name', 'conditions', 'target_channel_type', 'fallback_channel_type'], true),
        ('message_templates', null, array['name', 'language', 'category', 'status', 'channel_type'], true),
        ('customer_channel_preferences', null, array['channel_type'], true),
        ('integrations', null, array['name', 'type', 'provider', 'status'], true),
        ('integration_field_mappings', null, array['source_entity', 'target_entity', 'source_field', 'target_field',
            'transformation_rule'], true),
        ('webhook_subscriptions', null, array['event_type'], true),
        ('api_keys', null, array['name', 'scopes'], true),
        ('workflows', null, array['name', 'trigger_type', 'trigger_conditions', 'steps'], true),
        ('widget_configurations', null, array['widget_name', 'domain', 'status'], true),
        ('system_settings', null, array['setting_key', 'setting_value'], true),
        ('erasure_requests', null, array['status'], true),
        ('legal_holds', null, array[]::text[], true),
        ('retention_runs', null, array['deleted', 'kept', 'elsewhere', 'steps_done'], true),
        ('customer_consents', null, array['purpose', 'legal_basis'], true)
$$;
comment on function app.audited_tables() is
    'What is logged: of which tables, which columns (null: all but what the database derives), which of them are shown beside numbers, instants, flags and keys (all others by digest), and whether a new row is logged.';

create or replace function app.audit_plan()
returns table (table_name text, watched text[], hidden text[], on_insert boolean)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select
        audited.table_name,
        array_agg(attribute.attname::text order by attribute.attnum),
        coalesce(array_agg(attribute.attname::text order by attribute.attnum) filter (where not (
            attribute.attname = any(audited.shown)
            or attribute.atttypid = any(array[
                'boolean', 'smallint', 'integer', 'bigint', 'numeric', 'uuid', 'date', 'time', 'timestamp', 'timestamptz'
            ]::regtype[])
        ) or pg_catalog.col_description(attribute.attrelid, attribute.attnum) ~ '^(Personal|Secret)'), array[]::text[]),
        audited.on_insert
    from app.audited_tables() as audited
    inner join pg_catalog.pg_class as class
        on class.relname = audited.table_name and class.relnamespace = 'public'::regnamespace
    inner join pg_catalog.pg_attribute as attribute
        on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
    where attribute.attname = any(audited.watched)
        or audited.watched is null and attribute.attname !~
            '^(id|tenant_id|created_at|updated_at|next_run_at|embed_code|total_conversations|avg_satisfaction|messages_sent_today|effectiveness_score|last_.*|.*_count)$'
    group by audited.table_name, audited.on_insert
$$;
comment on function app.audit_plan() is
    'Of each audited table that there is, the columns whose changes are logged, and those of which only digests are.';

create or replace function app.database_role()
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    -- Not current_user: within a function that runs with its owner's rights, that is the owner.
    select case current_setting('role') when 'none' then session_user::text else current_setting('role') end
$$;
comment on function app.database_role() is 'In whose name the database is asked, also within functions that run with their owner''s rights.';

create or replace function app.audit_summary()
returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    if not app.keeps_history() then
        return 'import';
    elsif coalesce(current_setting('etl.reason', true), '') = 'retention' and (
        select pg_catalog.pg_has_role(app.database_role(), class.relowner, 'member')
        from pg_catalog.pg_class as class
        where class.oid = 'public.audit_logs'::regclass
    ) then
        return 'retention';
    end if;
    return null;
end;
$$;
comment on function app.audit_summary() is
    'What the owner of the tables is doing in bulk, and logs in one line for each tenant: import, retention; null for anybody and anything else.';

create or replace function app.audit_parts(variadic said text[])
returns text
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    written text := '';
    value text;
begin
    foreach value in array said loop
        written := written || coalesce(octet_length(value) || ':' || value, '-') || ',';
    end loop;
    return written;
end;
$$;
comment on function app.audit_parts(text[]) is
    'Values, each with its length before it, so that no two lists of them are written alike.';

create or replace function app.audit_request(out ip_address inet, out user_agent text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    headers jsonb;
begin
    headers := nullif(current_setting('request.headers', true), '')::jsonb;
    user_agent := left(headers ->> 'user-agent', 500);
    ip_address := btrim(split_part(headers ->> 'x-forwarded-for', ',', 1))::inet;
exception when data_exception then
    null;  -- what a client puts into its headers keeps nobody from working
end;
$$;
comment on function app.audit_request() is 'Where the present request came from, as far as its headers say so in a form that can be read.';

create or replace function app.audit_digests(
    changes jsonb, hidden jsonb, ip_address inet, user_agent text, out digests jsonb, out salts jsonb
)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    named record;
    salt text;
begin
    digests := '{}';
    salts := '{}';
    for named in
        select change.key as name, hidden ? change.key as is_hidden, coalesce(hidden -> change.key, change.value)::text as value
        from jsonb_each(changes) as change
        union all
        select 'request.ip_address', false, to_jsonb(host(ip_address))::text where ip_address is not null
        union all
        select 'request.user_agent', false, to_jsonb(user_agent)::text where user_agent is not null
    loop
        salt := replace(gen_random_uuid()::text, '-', '');
        salts := salts || jsonb_build_object(named.name, salt);
        digests := digests || jsonb_build_object(
            named.name, case when named.is_hidden then 'hidden:' else '' end || encode(sha256(
                decode(salt, 'hex') || convert_to(app.audit_parts(named.name, named.value), 'UTF8')
            ), 'hex')
        );
    end loop;
end;
$$;
comment on function app.audit_digests(jsonb, jsonb, inet, text) is 'A salt and a salted digest for each value of an entry.';

create or replace function app.audit_changes(
    old_row jsonb, new_row jsonb, watched text[], hidden_columns text[], out changes jsonb, out hidden jsonb
)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    secret constant text := '(secret|passw|credential|token|api_?-?key|private_?-?key|authorization)';
    name text;
    value jsonb;
begin
    changes := '{}';
    hidden := '{}';
    foreach name in array watched loop
        if nullif(old_row -> name, 'null') is not distinct from nullif(new_row -> name, 'null') then
            continue;
        end if;
        value := jsonb_build_object('old', old_row -> name, 'new', new_row -> name);
        if name = any(hidden_columns)
            -- A shown value that turns out to be a text, or to hold a secret, is not shown.
            or char_length(value::text) > 4000
            or value::text ~* ('"[^"]*' || secret || '[^"]*" *:')
            or name = 'setting_value' and coalesce(new_row, old_row) ->> 'setting_key' ~* secret
        then
            hidden := hidden || jsonb_build_object(name, value);
            value := '{"hidden": true}';
        end if;
        changes := changes || jsonb_build_object(name, value);
    end loop;
end;
$$;
comment on function app.audit_changes(jsonb, jsonb, text[], text[]) is
    'What differs between two states of a row: as it is logged, and the values that are not shown.';

create or replace function app.log_audit(
    of_tenant uuid, action text, entity_type text, entity_id uuid, changes jsonb default '{}', hidden jsonb default '{}'
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into app.audit_waiting (
        tenant_id, user_id, database_role, action, entity_type, entity_id, changes, digests, salts, ip_address, user_agent
    )
    select
        of_tenant, app.user_id(), app.database_role(), log_audit.action, log_audit.entity_type, log_audit.entity_id,
        log_audit.changes, digest.digests, digest.salts, request.ip_address, request.user_agent
    from app.audit_request() as request
    cross join lateral app.audit_digests(log_audit.changes, log_audit.hidden, request.ip_address, request.user_agent) as digest;
end;
$$;
comment on function app.log_audit(uuid, text, text, uuid, jsonb, jsonb) is
    'Logs what somebody did: changes by name as {"old": …, "new": …}, or {"hidden": true} with the value in the last argument, of which only the digest stays.';

create or replace function app.log_audit_summary(of_tenant uuid, reason text, what text, row_count bigint)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    known jsonb;
begin
    delete from app.audit_waiting as waiting
    where waiting.xid = pg_current_xact_id() and waiting.tenant_id = of_tenant and waiting.entity_type = 'tenants'
        and waiting.action = reason
    returning waiting.changes into known;
    perform app.log_audit(of_tenant, reason, 'tenants', of_tenant, coalesce(known, '{}') || jsonb_build_object(
        what, jsonb_build_object('old', null, 'new', coalesce((known -> what ->> 'new')::bigint, 0) + row_count)
    ));
end;
$$;
comment on function app.log_audit_summary(uuid, text, text, bigint) is
    'Adds rows to the one line that a bulk job logs for a tenant in a transaction.';

create or replace function app.log_audit_row(
    table_name text, action text, id uuid, old_row jsonb, new_row jsonb, watched text, hidden_columns text
)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    change record := app.audit_changes(
        old_row, new_row, string_to_array(watched, ','), string_to_array(hidden_columns, ',')
    );
    tenant text := coalesce(new_row ->> 'tenant_id', old_row ->> 'tenant_id', id::text);
begin
    perform app.log_audit(tenant::uuid, action, table_name, id, change.changes, change.hidden);
end;
$$;
comment on function app.log_audit_row(text, text, uuid, jsonb, jsonb, text, text) is
    'Logs what became of a row; the rows of public.tenants are their own tenants.';

create or replace function app.audit_update()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if app.keeps_history() then
        perform app.log_audit_row(tg_table_name, 'update', new.id, to_jsonb(old), to_jsonb(new), tg_argv[0], tg_argv[1]);
    end if;
    return null;
end;
$$;
comment on function app.audit_update() is
    'Logs a changed row. Per row, with the watched columns in the trigger''s condition: what changes counters only costs nothing here.';

create or replace function app.audit_statement()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    reason text := app.audit_summary();
    touched record;
begin
    if reason is null and tg_argv[2] = 'bulk' then
        return null;
    end if;
    -- The rows of public.tenants are their own tenants. A transition table that the statement has not, nothing may name.
    if reason is not null and tg_op = 'DELETE' then
        perform app.log_audit_summary(gone.tenant_id, reason, tg_table_name || ' delete', count(*))
        from (select coalesce(data ->> 'tenant_id', data ->> 'id')::uuid as tenant_id from old_rows as t, to_jsonb(t) as data) as gone
        group by gone.tenant_id
        order by gone.tenant_id;
    elsif reason is not null then
        perform app.log_audit_summary(come.tenant_id, reason, format('%s %s', tg_table_name, lower(tg_op)), count(*))
        from (select coalesce(data ->> 'tenant_id', data ->> 'id')::uuid as tenant_id from new_rows as t, to_jsonb(t) as data) as come
        group by come.tenant_id
        order by come.tenant_id;
    elsif tg_op = 'DELETE' then
        for touched in select t.id, to_jsonb(t) as data from old_rows as t loop
            perform app.log_audit_row(tg_table_name, 'delete', touched.id, touched.data, null, tg_argv[0], tg_argv[1]);
        end loop;
    else
        for touched in select t.id, to_jsonb(t) as data from new_rows as t loop
            perform app.log_audit_row(tg_table_name, 'insert', touched.id, null, touched.data, tg_argv[0], tg_argv[1]);
        end loop;
    end if;
    return null;
end;
$$;
comment on function app.audit_statement() is
    'Logs the rows that a statement made or deleted; what the owner does in bulk, as one line for each tenant.';

create or replace function app.audit_truncate()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    emptied record;
begin
    for emptied in execute format(
        'select %I as tenant_id, count(*) as rows from public.%I group by 1 order by 1',
        case tg_table_name when 'tenants' then 'id' else 'tenant_id' end, tg_table_name
    ) loop
        perform app.log_audit_summary(emptied.tenant_id, 'truncate', tg_table_name || ' truncate', emptied.rows);
    end loop;
    return null;
end;
$$;
comment on function app.audit_truncate() is 'Logs for each tenant how many rows a truncate took.';

create or replace function app.seal_audit()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    head app.audit_head;
    entry app.audit_waiting;
    sealed public.audit_logs;
begin
    -- One call seals what the whole transaction has logged; in order of tenants, or two could wait for each other.
    for entry in
        select waiting.*
        from app.audit_waiting as waiting
        where waiting.xid = pg_current_xact_id()
        order by waiting.tenant_id, waiting.id
    loop
        if head.tenant_id is distinct from entry.tenant_id then
            update app.audit_head as kept set sequence = head.sequence, row_hash = head.row_hash
            where kept.tenant_id = head.tenant_id;
            select kept.* into head from app.audit_head as kept where kept.tenant_id = entry.tenant_id for update;
            if head.tenant_id is null then
                insert into app.audit_head (tenant_id, sequence, row_hash)
                values (entry.tenant_id, 0, decode(repeat('00', 32), 'hex'))
                on conflict do nothing;
                select kept.* into head from app.audit_head as kept where kept.tenant_id = entry.tenant_id for update;
            end if;
        end if;
        sealed := row(
            gen_random_uuid(), entry.tenant_id, head.sequence + 1, entry.user_id, entry.database_role, entry.action,
            entry.entity_type, entry.entity_id, entry.changes, entry.ip_address, entry.user_agent, entry.created_at,
            entry.digests, head.row_hash, null
        );
        sealed.row_hash := app.audit_hash(sealed);
        insert into public.audit_logs values (sealed.*);
        insert into app.audit_salt as known (tenant_id, sequence, salts)
        values (sealed.tenant_id, sealed.sequence, entry.salts)
        -- One left over by somebody who cut the chain must keep nobody from working.
        on conflict (tenant_id, sequence) do update set salts = excluded.salts;
        head.sequence := sealed.sequence;
        head.row_hash := sealed.row_hash;
    end loop;
    if head.tenant_id is not null then
        update app.audit_head as kept set sequence = head.sequence, row_hash = head.row_hash
        where kept.tenant_id = head.tenant_id;
        delete from app.audit_waiting as waiting where waiting.xid = pg_current_xact_id();
    end if;
    return null;
end;
$$;
comment on function app.seal_audit() is
    'At the commit, gives what the transaction has logged its places in the chains of its tenants.';

create or replace function app.audit_hash(entry public.audit_logs)
returns bytea
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return sha256(convert_to(
        app.audit_parts(
            'romashka audit 1', encode(entry.previous_hash, 'hex'), entry.tenant_id::text, entry.sequence::text, entry.id::text,
            entry.user_id::text, entry.database_role, entry.action, entry.entity_type, entry.entity_id::text,
            (extract(epoch from entry.created_at) * 1000000)::bigint::text, entry.digests::text
        ),
        'UTF8'
    ));
end;
$$;
comment on function app.audit_hash(public.audit_logs) is 'The hash of an entry, which the next one holds.';

create or replace function app.guard_audit()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    refused boolean;
begin
    if tg_op = 'INSERT' then
        -- Depth 1 is this trigger by itself: somebody inserts by hand. What triggers have logged is sealed by one.
        refused := pg_catalog.pg_trigger_depth() < 2;
    elsif tg_op = 'DELETE' then
        refused := exists (
            select from old_rows as gone
            where not exists (
                select from app.audit_waiting as waiting
                where waiting.xid = pg_current_xact_id() and waiting.tenant_id = gone.tenant_id
                    and waiting.action = 'prune' and (waiting.changes -> 'through' ->> 'new')::bigint >= gone.sequence
            )
        );
    elsif tg_op = 'UPDATE' then
        refused := exists (
            select from new_rows as erased
            where not exists (
                select from old_rows as kept
                inner join app.audit_waiting as waiting
                    on waiting.xid = pg_current_xact_id() and waiting.tenant_id = kept.tenant_id and waiting.action = 'erase'
                    and (waiting.changes -> 'people' -> 'new') ?| array[kept.entity_id::text, kept.user_id::text]
                where to_jsonb(kept) - array['changes', 'ip_address', 'user_agent']
                    = to_jsonb(erased) - array['changes', 'ip_address', 'user_agent']
            )
        );
    end if;
    if coalesce(refused, true) then
        raise exception 'the audit trail is append-only: % is refused', lower(tg_op)
            using errcode = 'insufficient_privilege',
                hint = 'app.erase_from_audit() and app.prune_audit() do what the law asks for, and log it';
    end if;
    return null;
end;
$$;
comment on function app.guard_audit() is
    'Refuses everybody, the owner too, what would change the trail; lets erasures and the end of its time pass, which are logged themselves.';

create or replace function app.attach_audit()
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    planned record;
    statement text;
    bulk_only constant text := '(coalesce(current_setting(''app.import'', true), '''') = ''on'')';
begin
    for planned in select plan.* from app.audit_plan() as plan loop
        foreach statement in array array[
            'create or replace trigger audit_insert after insert on public.%1$I referencing new table as new_rows '
            'for each statement %4$s execute function app.audit_statement(%2$L, %3$L, %7$L)',
            'create or replace trigger audit_update after update on public.%1$I for each row '
            'when ((%5$s) is distinct from (%6$s)) execute function app.audit_update(%2$L, %3$L)',
            'create or replace trigger audit_update_bulk after update on public.%1$I referencing new table as new_rows '
            'for each statement when ' || bulk_only || ' execute function app.audit_statement(%2$L, %3$L, ''bulk'')',
            'create or replace trigger audit_delete after delete on public.%1$I referencing old table as old_rows '
            'for each statement execute function app.audit_statement(%2$L, %3$L, ''each'')',
            'create or replace trigger audit_truncate before truncate on public.%1$I '
            'for each statement execute function app.audit_truncate()',
            'alter table public.%1$I enable always trigger audit_insert, enable always trigger audit_update, '
            'enable always trigger audit_update_bulk, enable always trigger audit_delete, '
            'enable always trigger audit_truncate'
        ] loop
            execute format(
                statement, planned.table_name, array_to_string(planned.watched, ','), array_to_string(planned.hidden, ','),
                case when not planned.on_insert then 'when ' || bulk_only end,
                (select string_agg(format('old.%I', name), ', ') from unnest(planned.watched) as name),
                (select string_agg(format('new.%I', name), ', ') from unnest(planned.watched) as name),
                case when planned.on_insert then 'each' else 'bulk' end
            );
        end loop;
    end loop;
end;
$$;
comment on function app.attach_audit() is
    'Puts the triggers on every audited table that there is. A later migration that adds a column to one, or the table, calls it where it exists.';

select app.attach_audit();

create or replace trigger guard_insert
after insert on public.audit_logs
for each statement execute function app.guard_audit();

create or replace trigger guard_update
after update on public.audit_logs
referencing old table as old_rows new table as new_rows
for each statement execute function app.guard_audit();

create or replace trigger guard_delete
after delete on public.audit_logs
referencing old table as old_rows
for each statement execute function app.guard_audit();

create or replace trigger guard_truncate
before truncate on public.audit_logs
for each statement execute function app.guard_audit();

drop trigger if exists seal on app.audit_waiting;
create constraint trigger seal
after insert on app.audit_waiting
deferrable initially deferred
for each row execute function app.seal_audit();

alter table public.audit_logs
    enable always trigger guard_insert, enable always trigger guard_update,
    enable always trigger guard_delete, enable always trigger guard_truncate;
alter table app.audit_waiting enable always trigger seal;

revoke execute on function
    app.audited_tables(), app.audit_plan(), app.database_role(), app.audit_summary(), app.audit_parts(text[]),
    app.audit_request(), app.audit_digests(jsonb, jsonb, inet, text), app.audit_changes(jsonb, jsonb, text[], text[]),
    app.log_audit(uuid, text, text, uuid, jsonb, jsonb), app.log_audit_summary(uuid, text, text, bigint),
    app.log_audit_row(text, text, uuid, jsonb, jsonb, text, text), app.audit_update(), app.audit_statement(), app.audit_truncate(), app.seal_audit(), app.audit_hash(public.audit_logs), app.guard_audit(),
    app.attach_audit()
    from public;
grant execute on function app.log_audit(uuid, text, text, uuid, jsonb, jsonb) to service_role;
