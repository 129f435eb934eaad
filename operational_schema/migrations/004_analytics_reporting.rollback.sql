-- Takes back 004_analytics_reporting.sql. Refuses to lose rows, unless the setting app.force_rollback is on.

do $$
declare
    lost text;
    has_rows boolean;
begin
    foreach lost in array array[
        'public.alert_history', 'public.alert_rules', 'public.dashboard_configs', 'public.conversation_analytics',
        'public.realtime_metrics', 'public.daily_metrics', 'public.export_jobs', 'public.report_notices',
        'public.report_unsubscriptions', 'public.report_deliveries', 'public.scheduled_reports'
    ] loop
        execute format('lock table %s in access exclusive mode', lost);
        execute format('select exists (select from %s)', lost) into has_rows;
        if has_rows and coalesce(current_setting('app.force_rollback', true), '') <> 'on' then
            raise exception 'the rows of % would be lost', lost using hint = 'romashka migrate down --force loses them';
        end if;
    end loop;
end;
$$;

drop table public.alert_history;
drop table public.alert_rules;
drop table public.dashboard_configs;
drop table public.conversation_analytics;
drop table public.realtime_metrics;
drop table public.daily_metrics;
drop table public.export_jobs;
drop table public.report_notices;
drop table public.report_unsubscriptions;
drop table public.report_deliveries;
drop table public.scheduled_reports;
