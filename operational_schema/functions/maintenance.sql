-- What keeps the database in order by itself, whether it is, and a copy of what cannot be computed again.

create or replace function public.run_scheduled_maintenance()
returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
-- It collects locks in whatever order its tasks need them. Whoever waits for one while it waits for theirs is let through before
-- the server looks for a deadlock (after a second), and the task is for the next call.
set lock_timeout = '500ms'
as $$
declare
    done jsonb := '{}';
    failed jsonb := '{}';
    task text;
    answer jsonb;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('run_scheduled_maintenance', 0)) then
        return jsonb_build_object('done', done, 'failed', failed, 'is_running_already', true);
    end if;
    -- What takes long comes first, and what the application may wait for last: its locks are held until all is done.
    foreach task in array array[
        'aggregate_daily_metrics', 'cleanup_old_data', 'cap_change_log', 'cleanup_expired_realtime_metrics', 'refresh_realtime_metrics',
        'evaluate_alert_rules', 'mark_breached_slas', 'reset_daily_message_limits', 'auto_update_agent_status',
        'assign_waiting_conversations', 'resume_due_workflows', 'auto_close_inactive_conversations'
    ] loop
        begin
            execute format('select to_jsonb(public.%I())', task) into answer;
            done := done || jsonb_build_object(task, answer);
        exception when others then
            -- One that fails keeps none of the others back, and is told.
            failed := failed || jsonb_build_object(task, sqlerrm);
        end;
    end loop;
    insert into public.system_settings as stamp (tenant_id, setting_key, setting_value, description)
    select
        tenant.id, 'last_maintenance_date', to_jsonb((now() at time zone tenant.timezone)::date),
        'The local day on which run_scheduled_maintenance() last ran'
    from public.tenants as tenant
    on conflict (tenant_id, setting_key) do update set setting_value = excluded.setting_value
    where stamp.setting_value <> excluded.setting_value;
    return jsonb_build_object('done', done, 'failed', failed, 'is_running_already', false);
end;
$$;
comment on function public.run_scheduled_maintenance() is
    'Does everything that has to be done again and again, and returns what each task did and which failed. Call it every minute, from pg_cron or from outside; two at once are one.';

create or replace function app.health_findings()
returns table (check_name text, state text, finding text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with connections as (
        select count(*) as used, current_setting('max_connections')::integer as most
        from pg_catalog.pg_stat_activity as session
        where session.backend_type = 'client backend'
    ),
    sessions as (
        select
            coalesce(max(extract(epoch from now() - session.xact_start)), 0)::integer as oldest_seconds,
            count(*) filter (
                where session.wait_event_type = 'Lock' and session.query_start < clock_timestamp() - interval '30 seconds'
            ) as waiting
        from pg_catalog.pg_stat_activity as session
        where session.datname = current_database() and session.pid <> pg_backend_pid()
    ),
    extraction as (
        select
            (select count(*) from (select from etl.change limit 1000001) as counted) as changes,
            (select acknowledged.data_as_of from etl.acknowledged as acknowledged) as data_as_of
    ),
    work as (
        select
            (
                select count(*) from public.scheduled_reports as report
                where report.is_active and report.next_run_at < now() - interval '1 hour'
            ) as reports_overdue,
            (
                select count(*) from public.report_deliveries as delivery
                where delivery.state = 'failed' and delivery.updated_at > now() - interval '24 hours'
            ) as mails_failed,
            (
                select count(*) from public.conversations as conversation
                where conversation.status in ('queued', 'escalated') and conversation.assigned_agent_id is null
                    and coalesce(conversation.last_message_at, conversation.created_at) < now() - interval '1 hour'
            ) as unassigned,
            (
                select count(*) from public.erasure_requests as request
                where request.status not in ('completed', 'rejected') and request.due_at < now()
            ) as erasures_overdue,
            (select count(*) from public.file_deletions as waiting where waiting.deleted_at is null) as files_waiting,
            (
                select min(waiting.queued_at) from public.file_deletions as waiting where waiting.deleted_at is null
            ) as files_wait_since,
            (
                select count(*) from public.tenants as tenant
                where tenant.status = 'active' and not exists (
                    select from public.system_settings as stamp
                    where stamp.tenant_id = tenant.id and stamp.setting_key = 'last_maintenance_date'
                        and stamp.setting_value #>> '{}' ~ '^\d{4}-\d\d-\d\d$'
                        and (stamp.setting_value #>> '{}')::date >= (now() at time zone tenant.timezone)::date - 1
                )
            ) as unmaintained
    ),
    catalogue as (
        select
            (select count(*) from pg_catalog.pg_index as index where not index.indisvalid) as invalid_indexes,
            (
                select count(*)
                from pg_catalog.pg_class as class
                where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p') and not class.relrowsecurity
            ) as open_tables,
            (
                select max(age(base.datfrozenxid)) from pg_catalog.pg_database as base
                where base.datname = current_database()
            ) as oldest_xid,
            (select count(*) from pg_catalog.pg_prepared_xacts as prepared where prepared.prepared < now() - interval '1 hour')
                as prepared
    )
    select found.check_name, found.state, found.finding
    from connections, sessions, extraction, work, catalogue
    cross join lateral (values
        ('connections',
            case when used > most * 0.95 then 'unhealthy' when used > most * 0.8 then 'degraded' else 'healthy' end,
            format('%s of %s connections are in use', used, most)),
        ('long transactions',
            case when oldest_seconds > 3600 then 'unhealthy' when oldest_seconds > 900 then 'degraded' else 'healthy' end,
            format('the oldest transaction is %s s old', oldest_seconds)),
        ('locks', case when waiting > 0 then 'degraded' else 'healthy' end,
            format('%s sessions have waited for a lock for more than 30 s', waiting)),
        ('prepared transactions', case when prepared > 0 then 'unhealthy' else 'healthy' end,
            format('%s prepared transactions are older than an hour', prepared)),
        ('transaction ids',
            case when oldest_xid > 1500000000 then 'unhealthy' when oldest_xid > 1000000000 then 'degraded' else 'healthy' end,
            format('the oldest row is %s transactions old', oldest_xid)),
        ('indexes', case when invalid_indexes > 0 then 'degraded' else 'healthy' end,
            format('%s indexes are invalid', invalid_indexes)),
        ('row level security', case when open_tables > 0 then 'unhealthy' else 'healthy' end,
            format('%s tables are open to everybody', open_tables)),
        ('extraction',
            case
                when data_as_of is null then 'degraded'
                when changes > 1000000 or changes > 0 and data_as_of < now() - interval '1 day' then 'unhealthy'
                when changes > 0 and data_as_of < now() - interval '1 hour' then 'degraded'
                else 'healthy'
            end,
            format('%s changes wait for the warehouse, whose data are %s',
                case when changes > 1000000 then 'more than 1000000' else changes::text end,
                coalesce('of ' || data_as_of::text, 'of never'))),
        ('reports', case when reports_overdue + mails_failed > 0 then 'degraded' else 'healthy' end,
            format('%s reports are overdue by an hour, %s mails failed within a day', reports_overdue, mails_failed)),
        ('queue', case when unassigned > 0 then 'degraded' else 'healthy' end,
            format('%s customers have waited for an agent for more than an hour', unassigned)),
        ('erasures', case when erasures_overdue > 0 then 'unhealthy' else 'healthy' end,
            format('%s erasures are past their due date', erasures_overdue)),
        ('files',
            case
                when files_wait_since < now() - interval '7 days' then 'unhealthy'
                when files_wait_since < now() - interval '1 day' then 'degraded'
                else 'healthy'
            end,
            format('%s files of deleted attachments wait in the storage%s', files_waiting,
                coalesce(', since ' || files_wait_since::text, ''))),
        ('maintenance', case when unmaintained > 0 then 'degraded' else 'healthy' end,
            format('%s tenants have had no maintenance since yesterday', unmaintained))
    ) as found (check_name, state, finding)
$$;
comment on function app.health_findings() is
    'What is looked at to tell whether the database does its work: healthy, degraded or unhealthy each, and what was found. Whoever is no member of pg_read_all_stats sees transactions and locks of their own role only.';

create or replace function public.get_system_health()
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
    checks jsonb;
begin
    select jsonb_agg(
        to_jsonb(checked) order by array_position(array['unhealthy', 'degraded', 'healthy'], checked.state), checked.check_name
    )
    into checks
    from app.health_findings() as checked;
    return jsonb_build_object(
        'status', checks -> 0 ->> 'state', 'at', now(), 'server_version', current_setting('server_version'),
        'database', current_database(), 'database_bytes', pg_database_size(current_database()), 'checks', checks,
        'estimated_rows', (
            select jsonb_object_agg(class.relname, class.reltuples::bigint)
            from pg_catalog.pg_class as class
            where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p') and class.reltuples >= 0
        )
    );
end;
$$;
comment on function public.get_system_health() is
    'The worst of the checks, and each of them, worst first. Rows are the planner''s estimates: counting them would be work that a sick database cannot bear.';

create or replace function app.configuration_tables()
returns table (table_name text, is_of text)
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    -- In the order in which they can be put back.
    values
        ('tenants', 'tenant'), ('tenant_business_schedules', 'tenant'), ('tenant_business_hours', 'tenant'),
        ('tenant_special_days', 'tenant'), ('profiles', 'people'), ('system_settings', 'tenant'),
        ('knowledge_categories', 'knowledge'), ('knowledge_items', 'knowledge'), ('intent_patterns', 'knowledge'),
        ('canned_responses', 'knowledge'), ('scheduled_reports', 'reports'), ('alert_rules', 'reports'),
        ('dashboard_configs', 'reports'), ('communication_channels', 'channels'), ('channel_routing_rules', 'channels'),
        ('message_templates', 'channels'), ('integrations', 'integrations'), ('integration_field_mappings', 'integrations'),
        ('webhook_subscriptions', 'integrations'), ('workflows', 'workflows'), ('widget_configurations', 'workflows'),
        ('legal_holds', 'lifecycle'), ('customer_consents', 'lifecycle')
$$;
comment on function app.configuration_tables() is
    'What people have set up by hand, and nothing computes again: the tables of backup_critical_data(), parents first.';

create or replace function public.backup_critical_data(of_tenant uuid default null)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    kept record;
    contents jsonb;
    tables jsonb := '{}';
begin
    for kept in
        select
            listed.table_name,
            array(
                -- Secrets are sealed under a key that lies elsewhere; they are no business of whoever keeps this copy.
                select attribute.attname::text
                from pg_catalog.pg_attribute as attribute
                where attribute.attrelid = format('public.%I', listed.table_name)::regclass and attribute.attnum > 0
                    and not attribute.attisdropped and attribute.atttypid = 'app.envelope'::regtype
            ) as secret
        from app.configuration_tables() as listed
    loop
        execute format(
            'select coalesce(jsonb_agg(to_jsonb(kept) - $2 order by kept.id), ''[]'') from public.%I as kept where $1 is null or kept.%I = $1',
            kept.table_name, case kept.table_name when 'tenants' then 'id' else 'tenant_id' end
        ) into contents using of_tenant, kept.secret;
        tables := tables || jsonb_build_object(kept.table_name, jsonb_build_object(
            'row_count', jsonb_array_length(contents),
            'sha256', encode(sha256(convert_to(contents::text, 'utf8')), 'hex'),
            'left_out', kept.secret,
            'rows', contents
        ));
    end loop;
    return jsonb_build_object(
        'holds', 'what people have set up; no conversations, no customers, no figures, no secrets',
        'is_no_substitute_for', 'a backup of the server: pg_basebackup with its WAL, or pg_dump',
        'taken_at', now(), 'database', current_database(), 'tenant_id', of_tenant, 'tables', tables
    );
end;
$$;
comment on function public.backup_critical_data(uuid) is
    'A copy of what people have set up, of one tenant or of all, with the number of rows and a digest of each table; whoever calls it keeps it. It says what it does not hold. One snapshot: all tables as of one instant.';

revoke execute on function
    public.run_scheduled_maintenance(), app.health_findings(), public.get_system_health(), app.configuration_tables(),
    public.backup_critical_data(uuid)
    from public, anon, authenticated;
grant execute on function
    public.run_scheduled_maintenance(), app.health_findings(), public.get_system_health(), app.configuration_tables(),
    public.backup_critical_data(uuid)
    to service_role;
