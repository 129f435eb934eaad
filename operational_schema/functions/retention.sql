-- How long each table keeps its rows, and forgetting what is older. A period ends at midnight where the tenant is; a setting of
-- the tenant, in days, takes the place of the period that stands here.

create or replace function app.retention_rules()
returns table (table_name text, setting_key text, period interval, age text, stays text, goes_with text)
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    -- age: from when the period runs, null for tables without one; stays: why a row is kept all the same, null where nothing
    -- keeps it; goes_with: the table with whose rows these go, or why they stay.
    -- $3 is the instant at which holds are asked for, $4 the tenant's zone, $9 the conversations that a dry run takes for gone.
    values
        ('workflow_executions', 'log_retention_days', interval '90 days', 'coalesce(kept.completed_at, kept.started_at)',
            'case
                when app.hold_on_conversation(kept.tenant_id, kept.conversation_id, (
                    select conversation.customer_id from public.conversations as conversation
                    where conversation.tenant_id = kept.tenant_id and conversation.id = kept.conversation_id
                ), $3) is not null then ''legal hold''
                when kept.status in (''running'', ''paused'') then ''open''
            end', 'conversations'),
        ('conversations', 'conversation_history_retention', interval '365 days',
            'greatest(kept.created_at, kept.last_message_at, kept.resolved_at)',
            'case
                when app.hold_on_conversation(kept.tenant_id, kept.id, kept.customer_id, $3) is not null then ''legal hold''
                when kept.status = ''escalated'' then ''escalated''
                when kept.status not in (''resolved'', ''closed'', ''abandoned'') then ''open''
                when exists (
                    select from public.sla_tracking as promised
                    where promised.tenant_id = kept.tenant_id and promised.conversation_id = kept.id
                        and promised.status = ''pending''
                ) then ''open promise''
            end', null),
        ('customer_profiles', 'conversation_history_retention', interval '365 days',
            'greatest(kept.created_at, kept.updated_at, kept.last_interaction)',
            'case
                when app.hold_on_customer(kept.tenant_id, kept.id, $3) is not null then ''legal hold''
                when exists (
                    select from public.conversations as conversation
                    where conversation.tenant_id = kept.tenant_id and conversation.customer_id = kept.id
                        and conversation.id <> all($9)
                ) then ''has conversations''
            end', null),
        ('knowledge_analytics', 'conversation_history_retention', interval '365 days', 'kept.created_at',
            'case when kept.conversation_id is not null then ''has a conversation'' end', 'conversations'),
        ('agent_availability_events', 'conversation_history_retention', interval '365 days', 'kept.occurred_at', null, null),
        ('audit_logs', 'audit_log_retention_days', interval '365 days', 'kept.created_at', null, null),
        ('integration_audit_logs', 'audit_log_retention_days', interval '365 days', 'kept.created_at', null, null),
        ('report_deliveries', 'audit_log_retention_days', interval '365 days', 'kept.slot_at',
            'case when kept.state in (''queued'', ''sending'', ''held'') then ''not sent yet'' end', null),
        ('report_notices', 'audit_log_retention_days', interval '365 days', 'kept.created_at', null, 'scheduled_reports'),
        ('daily_metrics', 'data_retention_policy_days', interval '7 years', 'kept.date::timestamp at time zone $4', null, null),
        ('conversation_analytics', 'data_retention_policy_days', interval '7 years', 'kept.started_at',
            'case
                when app.hold_on_conversation(kept.tenant_id, kept.conversation_id, (
                    select conversation.customer_id from public.conversations as conversation
                    where conversation.tenant_id = kept.tenant_id and conversation.id = kept.conversation_id
                ), $3) is not null then ''legal hold''
            end', null),
        ('retention_runs', 'data_retention_policy_days', interval '7 years', 'kept.started_at',
            'case when kept.completed_at is null and kept.error_message is null then ''open'' end', null),
        ('webhook_logs', 'webhook_log_retention_days', interval '30 days', 'kept.created_at', null, 'webhook_subscriptions'),
        ('webhook_events', 'webhook_log_retention_days', interval '30 days', 'kept.created_at', null, null),
        ('export_jobs', 'export_job_retention_days', interval '30 days', 'kept.created_at',
            -- Who deletes the file says so for the transaction: a row that went first would leave a file that nobody knows.
            'case
                when kept.file_url is not null
                    and kept.file_url <> all(string_to_array(coalesce(current_setting(''app.deleted_files'', true), ''''), e''\n''))
                    then ''its file is still there''
            end', null),
        ('alert_history', 'notification_retention_days', interval '30 days', 'kept.triggered_at',
            'case when kept.resolved_at is null then ''open'' end', 'alert_rules'),
        ('sync_jobs', 'log_retention_days', interval '90 days', 'kept.created_at',
            'case when kept.status in (''pending'', ''running'') then ''open'' end', 'integrations'),
        ('playground_sessions', 'log_retention_days', interval '90 days', 'kept.updated_at', null, 'profiles'),
        ('website_scan_jobs', 'log_retention_days', interval '90 days', 'kept.created_at',
            'case when kept.status not in (''completed'', ''failed'') then ''open'' end', null),
        -- What nobody has deleted from the storage yet is told of by every run.
        ('file_deletions', 'log_retention_days', interval '90 days', 'coalesce(kept.deleted_at, kept.queued_at)',
            'case when kept.deleted_at is null then ''its file is still there'' end', null),
        ('realtime_metrics', null, null, 'kept.expires_at', null, null),
        ('messages', null, null, null, null, 'conversations'),
        ('conversation_events', null, null, null, null, 'conversations'),
        ('conversation_notes', null, null, null, null, 'conversations'),
        ('conversation_transfers', null, null, null, null, 'conversations'),
        ('conversation_context', null, null, null, null, 'conversations'),
        ('file_attachments', null, null, null, null, 'conversations'),
        ('sla_tracking', null, null, null, null, 'conversations'),
        ('message_delivery_tracking', null, null, null, null, 'messages'),
        ('customer_channel_preferences', null, null, null, null, 'customer_profiles'),
        ('customer_sync_mapping', null, null, null, null, 'customer_profiles'),
        ('customer_consents', null, null, null, null, 'customer_profiles'),
        ('knowledge_versions', null, null, null, null, 'knowledge_items'),
        ('extracted_content', null, null, null, null, 'website_scan_jobs'),
        ('auto_generated_knowledge', null, null, null, null, 'website_scan_jobs'),
        ('integration_field_mappings', null, null, null, null, 'integrations'),
        ('webhook_subscriptions', null, null, null, null, 'integrations'),
        ('report_unsubscriptions', null, null, null, null, 'scheduled_reports'),
        ('agent_availability', null, null, null, null, 'profiles'),
        ('dashboard_configs', null, null, null, null, 'profiles'),
        ('erasure_requests', null, null, null, null, 'for good: a restored backup must forget them again'),
        ('legal_holds', null, null, null, null, 'for good: what was held, and why'),
        ('tenants', null, null, null, null, 'as long as the tenant is one'),
        ('tenant_business_schedules', null, null, null, null, 'tenants'),
        ('tenant_business_hours', null, null, null, null, 'tenant_business_schedules'),
        ('tenant_special_days', null, null, null, null, 'tenants'),
        ('profiles', null, null, null, null, 'until the tenant deletes them'),
        ('knowledge_categories', null, null, null, null, 'until the tenant deletes them'),
        ('knowledge_items', null, null, null, null, 'until the tenant deletes them'),
        ('intent_patterns', null, null, null, null, 'until the tenant deletes them'),
        ('canned_responses', null, null, null, null, 'until the tenant deletes them'),
        ('scheduled_reports', null, null, null, null, 'until the tenant deletes them'),
        ('alert_rules', null, null, null, null, 'until the tenant deletes them'),
        ('communication_channels', null, null, null, null, 'until the tenant deletes them'),
        ('channel_routing_rules', null, null, null, null, 'until the tenant deletes them'),
        ('message_templates', null, null, null, null, 'until the tenant deletes them'),
        ('integrations', null, null, null, null, 'until the tenant deletes them'),
        ('api_keys', null, null, null, null, 'until the tenant deletes them'),
        ('workflows', null, null, null, null, 'until the tenant deletes them'),
        ('widget_configurations', null, null, null, null, 'until the tenant deletes them'),
        ('system_settings', null, null, null, null, 'until the tenant deletes them')
$$;
comment on function app.retention_rules() is
    'Of every table how long its rows are kept: for a period since an instant, unless something keeps them; with the rows of another table; or for a reason that is said.';

create or replace function app.day_begins(midnight timestamp, zone text)
returns timestamptz
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    -- Where clocks go back at 1:00 (Havana) the day has two midnights, and at time zone takes the second.
    select case
        when (midnight at time zone zone - interval '1 hour') at time zone zone = midnight
            then midnight at time zone zone - interval '1 hour'
        else midnight at time zone zone
    end
$$;
comment on function app.day_begins(timestamp, text) is 'The instant at which a local day begins: at the first of its midnights.';

create or replace function app.retention_cutoff(of_tenant uuid, setting_key text, period interval, as_of timestamptz)
returns timestamptz
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    -- Days of the tenant's calendar, not times 24 hours: of 365 days one has 23 of them and one has 25.
    select case
        when retention_cutoff.period is null then retention_cutoff.as_of
        else app.day_begins(
            date_trunc('day', retention_cutoff.as_of at time zone tenant.timezone) - coalesce(
                (
                    select make_interval(days => (setting.setting_value #>> '{}')::integer)
                    from public.system_settings as setting
                    where setting.tenant_id = tenant.id and setting.setting_key = retention_cutoff.setting_key
                        and setting.setting_value #>> '{}' ~ '^[1-9][0-9]{0,5}$'
                ),
                retention_cutoff.period
            ),
            tenant.timezone
        )
    end
    from public.tenants as tenant
    where tenant.id = of_tenant
$$;
comment on function app.retention_cutoff(uuid, text, interval, timestamptz) is
    'What is older than this is to be forgotten: a midnight of the tenant''s, so many of its days before; for what has no period, the instant itself.';

create or replace function app.file_rules(of_tenant uuid, as_of timestamptz default now())
returns table (kind text, setting_key text, period interval, older_than timestamptz, first_day date, goes_with text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    -- first_day is older_than where the tenant is: the day of a slot, or of a month, is a local one.
    select
        rule.kind, rule.setting_key, rule.period, cutoff.older_than,
        (cutoff.older_than at time zone tenant.timezone)::date, rule.goes_with
    from public.tenants as tenant
    cross join (values
        ('rendered reports', 'report_file_retention_days', interval '30 days', null),
        ('mails of the local Maildir', 'report_file_retention_days', interval '30 days', null),
        ('files of exports', 'export_job_retention_days', interval '30 days', 'their rows of export_jobs'),
        ('months of the warehouse', 'data_retention_policy_days', interval '7 years', 'whole months, kept aside for seven days'),
        ('months of the archive', 'data_retention_policy_days', interval '7 years', 'those of the warehouse, kept aside for seven days'),
        ('files of attachments', 'conversation_history_retention', interval '365 days', 'their conversations, by file_deletions')
    ) as rule (kind, setting_key, period, goes_with)
    cross join lateral (
        select app.retention_cutoff(tenant.id, rule.setting_key, rule.period, file_rules.as_of) as older_than
    ) as cutoff
    where tenant.id = of_tenant
$$;
comment on function app.file_rules(uuid, timestamptz) is
    'Of what a tenant has outside of this database how long it is kept, by the settings that tables have: files, and the months of warehouse and archive.';

create or replace function app.small_group_size(of_tenant uuid)
returns integer
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        (
            select (setting.setting_value #>> '{}')::integer
            from public.system_settings as setting
            where setting.tenant_id = of_tenant and setting.setting_key = 'small_group_size'
                and setting.setting_value #>> '{}' ~ '^[1-9][0-9]{0,3}$'
        ),
        5
    )
$$;
comment on function app.small_group_size(uuid) is
    'Fewer people than these are a small group: a figure or an attribute that only they have says who they are.';

create or replace function app.unlanded_keys(of_tenant uuid)
returns uuid[]
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with changed as (
        select distinct change.key as id
        from etl.change as change
        where change.tenant_id = of_tenant and change.key is not null and change.operation <> 'D'
    )
    select coalesce(array_agg(touched.id), '{}')
    from (
        select changed.id from changed
        union
        select message.conversation_id from changed inner join public.messages as message on message.id = changed.id
        union
        select event.conversation_id from changed inner join public.conversation_events as event on event.id = changed.id
        union
        select note.conversation_id from changed inner join public.conversation_notes as note on note.id = changed.id
        union
        select transfer.conversation_id
        from changed inner join public.conversation_transfers as transfer on transfer.id = changed.id
        union
        select used.conversation_id from changed inner join public.knowledge_analytics as used on used.id = changed.id
        union
        select promised.conversation_id from changed inner join public.sla_tracking as promised on promised.id = changed.id
        union
        select execution.conversation_id
        from changed inner join public.workflow_executions as execution on execution.id = changed.id
        union
        select message.conversation_id
        from changed
        inner join public.message_delivery_tracking as delivery on delivery.id = changed.id
        inner join public.messages as message on message.tenant_id = delivery.tenant_id and message.id = delivery.message_id
    ) as touched
    where touched.id is not null
$$;
comment on function app.unlanded_keys(uuid) is
    'Rows of a tenant that changed since the warehouse last acknowledged what it has, and the conversations whose parts did.';

create or replace function app.going_with(root text, doomed text)
returns table (table_name text, query text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    with recursive going as (
        select root as table_name, doomed as query
        union all
        select
            rule.table_name,
            format(
                'select child.id from public.%I as child where child.tenant_id = $1 and child.%I in (%s)',
                rule.table_name, attribute.attname collate "default", going.query
            )
        from going
        inner join app.retention_rules() as rule on rule.goes_with = going.table_name and rule.age is null
        inner join pg_catalog.pg_constraint as key
            on key.contype = 'f' and key.confdeltype = 'c'
                and key.conrelid = format('public.%I', rule.table_name)::regclass
                and key.confrelid = format('public.%I', going.table_name)::regclass
        inner join pg_catalog.pg_attribute as attribute
            on attribute.attrelid = key.conrelid and attribute.attnum = any(key.conkey) and attribute.attname <> 'tenant_id'
    )
    select going.table_name, going.query from going where going.table_name <> root
$$;
comment on function app.going_with(text, text) is
    'The tables whose rows go with those of a table, and a query for the ids of each, made of one for the ids there.';

create or replace function app.lock_parts(of_tenant uuid, of_table text, doomed uuid[])
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    part record;
begin
    -- All that leaves, also what has a period of its own.
    for part in
        with recursive going as (
            select of_table as table_name, 'select unnest($2)' as query
            union all
            select
                child.relname::text collate "default",
                format(
                    'select child.id from public.%I as child where child.tenant_id = $1 and child.%I in (%s)',
                    child.relname, attribute.attname collate "default", going.query
                )
            from going
            inner join pg_catalog.pg_constraint as key
                on key.contype = 'f' and key.confdeltype = 'c' and key.confrelid = format('public.%I', going.table_name)::regclass
            inner join pg_catalog.pg_class as child on child.oid = key.conrelid and child.relname::text = any(etl.logged_tables())
            inner join pg_catalog.pg_attribute as attribute
                on attribute.attrelid = key.conrelid and attribute.attnum = any(key.conkey) and attribute.attname <> 'tenant_id'
        )
        select going.query from going where going.table_name <> of_table
    loop
        execute part.query || ' for update' using of_tenant, doomed;
    end loop;
end;
$$;
comment on function app.lock_parts(uuid, text, uuid[]) is
    'Waits for whoever is changing what goes with rows of a table: deleted as it was before, it would never have landed as they left it.';

create or replace function app.forget_rows(of_tenant uuid, of_table text, doomed uuid[])
returns table (table_name text, kept_because text, row_count bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    said_before constant text := app.swap_setting('etl.reason', 'retention');
    part record;
begin
    for part in
        select * from app.going_with(of_table, 'select unnest($2)')
    loop
        execute 'select count(*) from (' || part.query || ') as going' into row_count using of_tenant, doomed;
        table_name := part.table_name;
        if row_count > 0 then
            return next;
        end if;
    end loop;
    execute format('delete from public.%I as going where going.tenant_id = $1 and going.id = any($2)', of_table)
    using of_tenant, doomed;
    get diagnostics row_count = row_count;
    table_name := of_table;
    if row_count > 0 then
        return next;
    end if;
    perform app.swap_setting('etl.reason', said_before);
end;
$$;
comment on function app.forget_rows(uuid, text, uuid[]) is
    'Deletes rows of a table, and returns how many went there and with them in others.';

create or replace function app.apply_retention(
    of_tenant uuid, as_of timestamptz default now(), max_rows integer default 1000, is_dry boolean default false
)
returns table (table_name text, kept_because text, row_count bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    said_before constant text := app.swap_setting('etl.reason', 'retention');
    rule record;
    zone text;
    -- The trigger refuses what is held now, and the run would break there: a hold must be over at both instants.
    holds_at timestamptz := least(as_of, now());
    is_held boolean := app.hold_on_customer(of_tenant, null, least(as_of, now())) is not null;
    unlanded uuid[];
    may_go boolean;
    has_landed boolean := app.has_landed();
    aged text;
    reason text;
    doomed uuid[];
    going uuid[] := '{}';
    part record;
begin
    select tenant.timezone into zone from public.tenants as tenant where tenant.id = of_tenant;
    if zone is null then
        raise exception 'there is no tenant %', of_tenant using errcode = 'no_data_found';
    end if;
    for rule in
        select
            ruled.*, ruled.table_name = any(etl.logged_tables()) as leaves,
            least(
                app.retention_cutoff(of_tenant, ruled.setting_key, ruled.period, apply_retention.as_of),
                -- What a run for a day to come leaves in the trail would be old to itself, and to the next run for that day.
                (
                    select min(run.started_at)
                    from public.retention_runs as run
                    where ruled.table_name = 'audit_logs' and run.tenant_id = of_tenant and not run.dry_run
                        and run.as_of >= apply_retention.as_of and apply_retention.as_of > now()
                )
            ) as cutoff
        from app.retention_rules() as ruled
        where ruled.age is not null
    loop
        aged := format(
            'from public.%I as kept where kept.tenant_id = $1 and %s < $2 and $3 is not null and $4 is not null',
            rule.table_name, rule.age
        );
        reason := format(
            'coalesce(case when $7 then ''legal hold'' end, %s, '
            'case when %L and (not $6 or kept.id = any($5)) then ''not in the warehouse yet'' end)',
            coalesce(rule.stays, 'null::text'), rule.leaves
        );
        table_name := rule.table_name;
        -- Asked only where something would go, and then once: it reads the whole log, and this is called every minute.
        if rule.leaves and unlanded is null and has_landed and not is_held then
            execute format('select exists (select %s and %s is null)', aged, coalesce(rule.stays, 'null::text')) into may_go
            using of_tenant, rule.cutoff, holds_at, zone, unlanded, has_landed, is_held, is_dry, going;
            unlanded := case when may_go then app.unlanded_keys(of_tenant) end;
        end if;
        for kept_because, row_count in
            execute format('select %s as reason, count(*) %s and ($8 or %1$s is not null) group by 1', reason, aged)
            using of_tenant, rule.cutoff, holds_at, zone, unlanded, has_landed, is_held, is_dry, going
        loop
            return next;
        end loop;
        if is_dry then
            if rule.table_name = 'conversations' then
                execute format('select array(select kept.id %s and %s is null)', aged, reason) into going
                using of_tenant, rule.cutoff, holds_at, zone, unlanded, has_landed, is_held, is_dry, going;
            end if;
            for part in
                select * from app.going_with(rule.table_name, format('select kept.id %s and %s is null', aged, reason))
            loop
                execute format('select count(*) from (%s) as going', part.query) into row_count
                using of_tenant, rule.cutoff, holds_at, zone, unlanded, has_landed, is_held, is_dry, going;
                table_name := part.table_name;
                kept_because := null;
                if row_count > 0 then
                    return next;
                end if;
            end loop;
        elsif rule.table_name = 'audit_logs' then
            row_count := app.prune_audit(of_tenant, rule.cutoff);
            kept_because := null;
            if row_count > 0 then
                return next;
            end if;
        else
            -- Locked as they are now: by the time that a delete gets hold of a row, somebody may have opened it again. Who
            -- is at work on one has it locked: it is for another round.
            execute format(
                'select array(select kept.id %s and %s is null order by kept.id limit $8 for update of kept skip locked)',
                aged, reason
            ) into doomed
            using of_tenant, rule.cutoff, holds_at, zone, unlanded, has_landed, is_held, max_rows, going;
            if rule.leaves then
                perform app.lock_parts(of_tenant, rule.table_name, doomed);
            end if;
            -- Asked anew, because only now no part can be added or changed, and no customer can get a conversation.
            unlanded := case when rule.leaves and doomed <> '{}' then app.unlanded_keys(of_tenant) else unlanded end;
            execute format('select array(select kept.id %s and %s is null and kept.id = any($8))', aged, reason) into doomed
            using of_tenant, rule.cutoff, holds_at, zone, unlanded, has_landed, is_held, doomed, going;
            return query select * from app.forget_rows(of_tenant, rule.table_name, doomed);
        end if;
    end loop;
    perform app.swap_setting('etl.reason', said_before);
end;
$$;
comment on function app.apply_retention(uuid, timestamptz, integer, boolean) is
    'Forgets what a tenant''s rules say, at most so many rows of each table at a time, and returns how many went (kept_because null) and how many of those old enough stay, with the reason. Dry, it only counts. Nothing goes that the warehouse has not acknowledged.';

create or replace function app.has_landed()
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select exists (select from etl.acknowledged)
$$;
comment on function app.has_landed() is 'Whether a warehouse has ever acknowledged what it has from here.';

create or replace function public.cleanup_old_data(of_tenant uuid default null)
returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    tenant record;
    deleted jsonb;
    kept jsonb;
    all_deleted jsonb := '{}';
begin
    for tenant in
        select asked.id, asked.slug from public.tenants as asked where asked.id = coalesce(of_tenant, asked.id) order by asked.id
    loop
        begin
            with done as materialized (
                select * from app.apply_retention(tenant.id)
            )
            select
                (select coalesce(jsonb_object_agg(done.table_name, done.row_count), '{}') from done where done.kept_because is null),
                (
                    select coalesce(jsonb_object_agg(staying.table_name, staying.reasons), '{}')
                    from (
                        select done.table_name, jsonb_object_agg(done.kept_because, done.row_count) as reasons
                        from done
                        where done.kept_because is not null
                        group by done.table_name
                    ) as staying
                )
            into deleted, kept;
            if deleted <> '{}' then
                insert into public.retention_runs (tenant_id, as_of, dry_run, completed_at, deleted, kept, steps_done)
                values (tenant.id, now(), false, clock_timestamp(), deleted, kept, '{source}');
                all_deleted := all_deleted || jsonb_build_object(tenant.slug, deleted);
            end if;
        exception when others then
            -- One tenant's keeps none of the others' back, and is told: here each time, in the ledger once a day.
            all_deleted := all_deleted || jsonb_build_object(tenant.slug, jsonb_build_object('failed', sqlerrm));
            insert into public.retention_runs (tenant_id, as_of, dry_run, error_message)
            select tenant.id, now(), false, sqlerrm
            where not exists (
                select from public.retention_runs as run
                where run.tenant_id = tenant.id and run.error_message = sqlerrm and run.started_at > now() - interval '1 day'
            );
        end;
    end loop;
    return all_deleted;
end;
$$;
comment on function public.cleanup_old_data(uuid) is
    'One round of forgetting for a tenant or for all: at most 1000 rows of each table, by the rules of app.retention_rules(), with a row of retention_runs for whoever lost something, and for whom it failed. Called until it returns nothing, it has caught up; one tenant that fails keeps no other back, and says {"failed": why}.';

revoke execute on function
    app.retention_rules(), app.day_begins(timestamp, text), app.retention_cutoff(uuid, text, interval, timestamptz),
    app.file_rules(uuid, timestamptz), app.small_group_size(uuid), app.unlanded_keys(uuid), app.has_landed(), app.going_with(text, text),
    app.lock_parts(uuid, text, uuid[]), app.forget_rows(uuid, text, uuid[]),
    app.apply_retention(uuid, timestamptz, integer, boolean), public.cleanup_old_data(uuid)
    from public, anon, authenticated;
grant execute on function
    app.retention_rules(), app.day_begins(timestamp, text), app.retention_cutoff(uuid, text, interval, timestamptz),
    app.file_rules(uuid, timestamptz), app.apply_retention(uuid, timestamptz, integer, boolean), public.cleanup_old_data(uuid)
    to service_role;
