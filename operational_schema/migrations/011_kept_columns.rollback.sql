-- Takes back 011_kept_columns.sql: no row is lost.

comment on column public.conversations.created_at is null;
comment on column public.conversations.last_message is null;
comment on column public.conversations.last_message_at is null;
comment on column public.conversations.message_count is null;
comment on column public.conversations.resolved_at is null;
comment on column public.conversations.resolution_time_seconds is
    'Creation to the last resolution, whole seconds; null while open.';
comment on column public.messages.ordinal is
    'Order within one instant; imported messages carry their place in the file, so that importing again changes nothing.';
comment on column public.knowledge_items.usage_count is null;
comment on column public.knowledge_items.version is null;
comment on column public.workflows.execution_count is 'Runs that ended, well or badly; each is counted once, by a trigger.';
comment on column public.workflows.success_count is null;
comment on column public.workflows.failure_count is null;
comment on column public.canned_responses.usage_count is null;
comment on column public.message_templates.usage_count is null;
comment on column public.scheduled_reports.last_sent_at is null;
comment on column public.scheduled_reports.last_run_at is null;
comment on column public.scheduled_reports.next_run_at is
    'The next slot not yet run; null before the first look at the schedule.';
comment on column public.export_jobs.file_url is null;
comment on column public.export_jobs.file_size_bytes is null;
comment on column public.export_jobs.row_count is null;
comment on column public.export_jobs.checksum_sha256 is null;
comment on column public.export_jobs.error_message is null;
comment on column public.export_jobs.completed_at is null;
comment on column public.export_jobs.expires_at is null;
comment on column public.erasure_requests.status is null;
comment on column public.erasure_requests.requested_by is null;
comment on column public.erasure_requests.requested_at is null;
comment on column public.erasure_requests.due_at is null;
comment on column public.erasure_requests.started_at is null;
comment on column public.erasure_requests.completed_at is null;
comment on column public.erasure_requests.steps_done is 'What is behind us, so that an interrupted erasure goes on from there.';
comment on column public.erasure_requests.proof is
    'Where the person''s values were looked for and how many were found, without the values.';
comment on column public.erasure_requests.error_message is null;

alter table public.erasure_requests alter column requested_by drop default;
revoke insert on public.erasure_requests from authenticated;
grant insert on public.erasure_requests to authenticated;

alter policy member_insert on public.export_jobs
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin')
        and user_id = (select app.user_id()));

-- Taken from the whole table, a right goes from its columns, too.
revoke insert, update on
    public.conversations, public.messages, public.knowledge_items, public.workflows,
    public.canned_responses, public.message_templates, public.scheduled_reports, public.export_jobs
    from authenticated;
grant insert, update on
    public.conversations, public.messages, public.knowledge_items, public.workflows,
    public.canned_responses, public.message_templates, public.scheduled_reports, public.export_jobs
    to authenticated;
