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

create or replace function app.health_limits()
returns table (check_name text, unit text, degraded numeric, unhealthy numeric)
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    values
        ('connections', 'percent of those that the server, or the database, allows', 80, 95),
        ('long transactions', 'seconds', 900, 3600),
        ('locks', 'seconds that somebody has waited for one', 30, 300),
        ('prepared transactions', 'seconds', 900, 3600),
        ('transaction ids', 'transactions; at 2 000 000 000 the server stops', 1000000000, 1500000000),
        ('replication', 'bytes of WAL that a replica or a slot is behind; a lost slot is beyond all', 1e9, 1e10),
        ('archiving', 'seconds that finished WAL waits for the archive', 900, 3600),
        ('indexes', 'that are invalid', 1, null),
        ('row level security', 'tables without', null, 1),
        ('extraction', 'seconds that changes wait for the warehouse', 3600, 86400),
        ('reports', 'that are late, and mails that failed', 1, null),
        ('queue', 'customers who wait too long', 1, null),
        ('erasures', 'past their date', null, 1),
        ('files', 'seconds that one waits to be deleted', 86400, 604800),
        ('maintenance', 'tenants without', 1, null)
$$;
comment on function app.health_limits() is
    'For each check of get_system_health() the figure from which on the database is degraded, or unhealthy; null where it never is.';

create or replace function app.replication_lag()
returns numeric
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(max(case
        when behind.is_lost then 'Infinity'
        else pg_wal_lsn_diff(
            case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, behind.place
        )
    end), 0)
    from (
        select slot.restart_lsn as place, slot.wal_status = 'lost' as is_lost from pg_catalog.pg_replication_slots as slot
        union all
        select coalesce(replica.replay_lsn, replica.sent_lsn), false from pg_catalog.pg_stat_replication as replica
    ) as behind
$$;
comment on function app.replication_lag() is
    'Bytes of WAL by which the last of the replicas and slots is behind, and which a slot keeps from being recycled; infinite where a slot has lost what it needs.';

create or replace function app.archive_lag()
returns numeric
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    mode constant text := current_setting('archive_mode');
begin
    if mode = 'off' or mode = 'on' and pg_is_in_recovery() then
        return 0;
    elsif has_function_privilege(current_user, 'pg_catalog.pg_ls_archive_statusdir()', 'execute') then
        return coalesce((
            select max(extract(epoch from clock_timestamp() - waiting.modification))
            from pg_catalog.pg_ls_archive_statusdir() as waiting
            where waiting.name like '%.ready'
        ), 0);
    end if;
    return coalesce((
        select extract(epoch from clock_timestamp() - coalesce(archiver.last_archived_time, archiver.stats_reset))
        from pg_catalog.pg_stat_archiver as archiver
        where archiver.last_failed_time > coalesce(archiver.last_archived_time, '-infinity')
    ), 0);
end;
$$;
comment on function app.archive_lag() is
    'Seconds that the oldest finished WAL waits for the archive; 0 where nothing is archived. Whoever is no member of pg_monitor is told how long ago the last succeeded, once one has failed since.';

create or replace function app.health_findings()
returns table (check_name text, state text, finding text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    with connections as (
        select
            count(*) as used, count(*) filter (where session.datname = current_database()) as used_here,
            current_setting('max_connections')::integer as most,
            (select nullif(base.datconnlimit, -1) from pg_catalog.pg_database as base where base.datname = current_database())
                as most_here
        from pg_catalog.pg_stat_activity as session
        where session.backend_type = 'client backend'
    ),
    sessions as (
        select
            coalesce(max(extract(epoch from clock_timestamp() - session.xact_start)), 0) as oldest,
            (
                select coalesce(max(extract(epoch from clock_timestamp() - lock.waitstart)), 0)
                from pg_catalog.pg_locks as lock
                inner join pg_catalog.pg_stat_activity as waiting on waiting.pid = lock.pid
                where waiting.datname = current_database()
            ) as waited
        from pg_catalog.pg_stat_activity as session
        -- Vacuum may take hours, and holds nothing back.
        where session.datname = current_database() and session.pid <> pg_backend_pid()
            and session.backend_type <> 'autovacuum worker'
    ),
    server as (
        select
            (
                select coalesce(max(extract(epoch from clock_timestamp() - prepared.prepared)), 0)
                from pg_catalog.pg_prepared_xacts as prepared
            ) as prepared,
            (
                select max(greatest(age(base.datfrozenxid), mxid_age(base.datminmxid))) from pg_catalog.pg_database as base
            ) as oldest_xid,
            app.replication_lag() as lag, app.archive_lag() as unarchived
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
            ) as open_tables
    ),
    found (check_name, value, finding) as (
        select said.*
        from connections, sessions, server, extraction, work, catalogue
        cross join lateral (values
            ('connections', greatest(100.0 * used / most, 100.0 * used_here / most_here),
                format('%s of %s connections are in use', used, most)
                || case when most_here is null then '' else format(', in this database %s of %s', used_here, most_here) end),
            ('long transactions', oldest, format('the oldest transaction is %s s old', oldest::integer)),
            ('locks', waited, format('somebody has waited %s s for a lock', waited::integer)),
            ('prepared transactions', prepared, format('the oldest prepared transaction is %s s old', prepared::integer)),
            ('transaction ids', oldest_xid, format('the oldest row is %s transactions old', oldest_xid)),
            ('replication', lag, case
                when lag < 'Infinity' then format('the last replica or slot is %s behind', pg_size_pretty(lag))
                else 'a replication slot has lost what it needs: drop it and make its replica anew'
            end),
            ('archiving', unarchived, case
                when current_setting('archive_mode') = 'off' then 'WAL is not archived from here'
                else format('finished WAL has waited %s s for the archive', unarchived::integer)
            end),
            ('indexes', invalid_indexes, format('%s indexes are invalid', invalid_indexes)),
            ('row level security', open_tables, format('%s tables are open to everybody', open_tables)),
            -- Null, where nothing was ever taken over, is none of the limits, and not well.
            ('extraction',
                case
                    when changes > 1000000 then 'Infinity'
                    when changes = 0 and data_as_of is not null then 0
                    else extract(epoch from clock_timestamp() - data_as_of)
                end,
                format('%s changes wait for the warehouse, whose data are %s',
                    case when changes > 1000000 then 'more than 1000000' else changes::text end,
                    coalesce('of ' || data_as_of::text, 'of never'))),
            ('reports', reports_overdue + mails_failed,
                format('%s reports are overdue by an hour, %s mails failed within a day', reports_overdue, mails_failed)),
            ('queue', unassigned, format('%s customers have waited for an agent for more than an hour', unassigned)),
            ('erasures', erasures_overdue, format('%s erasures are past their due date', erasures_overdue)),
            ('files', coalesce(extract(epoch from clock_timestamp() - files_wait_since), 0),
                format('%s files of deleted attachments wait in the storage%s', files_waiting,
                    coalesce(', since ' || files_wait_since::text, ''))),
            ('maintenance', unmaintained, format('%s tenants have had no maintenance since yesterday', unmaintained))
        ) as said (check_name, value, finding)
    )
    select
        found.check_name,
        case
            when found.value >= limits.unhealthy then 'unhealthy'
            when found.value is null or found.value >= limits.degraded then 'degraded'
            else 'healthy'
        end,
        found.finding
    from found
    inner join app.health_limits() as limits on limits.check_name = found.check_name
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
    public.run_scheduled_maintenance(), app.health_limits(), app.replication_lag(), app.archive_lag(), app.health_findings(),
    public.get_system_health(), app.configuration_tables(), public.backup_critical_data(uuid)
    from public, anon, authenticated;
grant execute on function
    public.run_scheduled_maintenance(), app.health_limits(), app.replication_lag(), app.archive_lag(), app.health_findings(),
    public.get_system_health(), app.configuration_tables(), public.backup_critical_data(uuid)
    to service_role;
