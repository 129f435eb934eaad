-- Takes back 006_workflows_utilities.sql. Refuses to lose rows, unless the setting app.force_rollback is on.

do $$
declare
    lost text;
    has_rows boolean;
begin
    foreach lost in array array[
        'public.system_settings', 'public.audit_logs', 'public.auto_generated_knowledge', 'public.extracted_content',
        'public.website_scan_jobs', 'public.widget_configurations', 'public.playground_sessions',
        'public.workflow_executions', 'public.workflows'
    ] loop
        execute format('lock table %s in access exclusive mode', lost);
        execute format('select exists (select from %s)', lost) into has_rows;
        if has_rows and coalesce(current_setting('app.force_rollback', true), '') <> 'on' then
            raise exception 'the rows of % would be lost', lost using hint = 'romashka migrate down --force loses them';
        end if;
    end loop;
end;
$$;

alter table public.conversations drop constraint conversations_workflow_fkey;
drop index public.idx_conversations_workflow_id;
drop table app.audit_waiting;
drop table app.audit_head;
drop table app.audit_salt;
drop table public.system_settings;
drop table public.audit_logs;
drop table public.auto_generated_knowledge;
drop table public.extracted_content;
drop table public.website_scan_jobs;
drop table public.widget_configurations;
drop table public.playground_sessions;
drop table public.workflow_executions;
drop table public.workflows;
