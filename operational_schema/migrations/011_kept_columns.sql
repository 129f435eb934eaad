-- What triggers and jobs keep, the application does not write: rights by column. A column is known by its comment (Kept by …),
-- and the rule kept_columns.sql finds one that somebody may write.

revoke insert, update on public.conversations from authenticated;
grant
    insert (
        id, tenant_id, customer_id, user_name, user_email, assigned_agent_id, status, priority, channel_type,
        channel_id, external_conversation_id, customer_phone, customer_social_id, tags, satisfaction_score,
        handoff_reason, department, language, sentiment, intent, ai_confidence, business_context, updated_at,
        workflow_id
    ),
    update (
        id, tenant_id, customer_id, user_name, user_email, assigned_agent_id, status, priority, channel_type,
        channel_id, external_conversation_id, customer_phone, customer_social_id, tags, satisfaction_score,
        handoff_reason, department, language, sentiment, intent, ai_confidence, business_context, updated_at,
        workflow_id
    ) on public.conversations to authenticated;

revoke insert, update on public.messages from authenticated;
grant
    insert (
        id, tenant_id, conversation_id, sender_type, sender_id, content, is_internal, channel_type,
        external_message_id, message_type, media_url, media_caption, delivery_status, metadata,
        confidence_score, processing_time_ms, intent_detected, knowledge_sources, tokens_used, created_at,
        updated_at
    ),
    update (
        id, tenant_id, conversation_id, sender_type, sender_id, content, is_internal, channel_type,
        external_message_id, message_type, media_url, media_caption, delivery_status, metadata,
        confidence_score, processing_time_ms, intent_detected, knowledge_sources, tokens_used, updated_at
    ) on public.messages to authenticated;

revoke insert, update on public.knowledge_items from authenticated;
grant
    insert (
        id, tenant_id, category_id, title, content, source_type, source_url, file_path, confidence_score,
        language, tags, status, is_public, created_by, updated_by, created_at, updated_at
    ),
    update (
        id, tenant_id, category_id, title, content, source_type, source_url, file_path, confidence_score,
        language, tags, status, is_public, version, created_by, updated_by, updated_at
    ) on public.knowledge_items to authenticated;

revoke insert, update on public.workflows from authenticated;
grant
    insert (
        id, tenant_id, user_id, name, description, trigger_type, trigger_conditions, steps, nodes, connections,
        is_active, created_at, updated_at
    ),
    update (
        id, tenant_id, user_id, name, description, trigger_type, trigger_conditions, steps, nodes, connections,
        is_active, updated_at
    ) on public.workflows to authenticated;

revoke insert, update on public.canned_responses from authenticated;
grant
    insert (
        id, tenant_id, title, content, shortcut, category, language, created_by, is_public, is_active, tags,
        created_at, updated_at
    ),
    update (
        id, tenant_id, title, content, shortcut, category, language, created_by, is_public, is_active, tags,
        updated_at
    ) on public.canned_responses to authenticated;

revoke insert, update on public.message_templates from authenticated;
grant
    insert (
        id, tenant_id, name, language, category, template_content, status, channel_type, external_template_id,
        created_by, created_at, updated_at
    ),
    update (
        id, tenant_id, name, language, category, template_content, status, channel_type, external_template_id,
        created_by, updated_at
    ) on public.message_templates to authenticated;

revoke insert, update on public.scheduled_reports from authenticated;
grant
    insert (
        id, tenant_id, slug, name, description, report_type, template, schedule_cron, timezone, recipients,
        filters, format, additional_formats, is_active, catch_up, catch_up_limit, when_stale,
        stale_after_minutes, created_by, created_at, updated_at
    ),
    update (
        id, tenant_id, slug, name, description, report_type, template, schedule_cron, timezone, recipients,
        filters, format, additional_formats, is_active, catch_up, catch_up_limit, when_stale,
        stale_after_minutes, created_by, updated_at
    ) on public.scheduled_reports to authenticated;


revoke insert, update on public.export_jobs from authenticated;
grant insert (id, tenant_id, user_id, name, type, filters, format, status), update (name)
    on public.export_jobs to authenticated;
alter policy member_insert on public.export_jobs
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin')
        and user_id = (select app.user_id()) and status = 'pending');

-- Whoever could write the rest could have somebody erased before the warehouse has their facts, or say that it was done.
revoke insert on public.erasure_requests from authenticated;
grant insert (id, tenant_id, customer_id, reason) on public.erasure_requests to authenticated;
alter table public.erasure_requests alter column requested_by set default app.user_id();

comment on column public.conversations.created_at is 'Kept by the database: when the row came, or what an import says.';
comment on column public.conversations.last_message is 'The first 300 characters of the last public message. Kept by triggers.';
comment on column public.conversations.last_message_at is 'When the last public message was written. Kept by triggers.';
comment on column public.conversations.message_count is 'Public messages. Kept by triggers.';
comment on column public.conversations.resolved_at is
    'When the status last became an ended one; null while open. Kept by a trigger.';
comment on column public.conversations.resolution_time_seconds is
    'Creation to the last resolution, whole seconds; null while open. Kept by a trigger.';
comment on column public.messages.ordinal is
    'Order within one instant, kept by a sequence; imported messages carry their place in the file, so that importing again changes nothing.';
comment on column public.knowledge_items.usage_count is 'Kept by a trigger, from knowledge_analytics.';
comment on column public.knowledge_items.version is 'Kept by a trigger: one more with each change of title or content.';
comment on column public.workflows.execution_count is 'Runs that ended, well or badly; each is counted once. Kept by a trigger.';
comment on column public.workflows.success_count is 'Kept by a trigger.';
comment on column public.workflows.failure_count is 'Kept by a trigger.';
comment on column public.canned_responses.usage_count is 'Messages that name it. Kept by a trigger.';
comment on column public.message_templates.usage_count is 'Messages that name it. Kept by a trigger.';
comment on column public.scheduled_reports.last_sent_at is 'Kept by the run of reports.';
comment on column public.scheduled_reports.last_run_at is 'Kept by the run of reports.';
comment on column public.scheduled_reports.next_run_at is
    'The next slot not yet run; null before the first look at the schedule. Kept by the run of reports.';
comment on column public.export_jobs.file_url is 'Below the folder of exports, that of the tenant. Kept by the run of exports.';
comment on column public.export_jobs.file_size_bytes is 'Kept by the run of exports.';
comment on column public.export_jobs.row_count is 'Kept by the run of exports.';
comment on column public.export_jobs.checksum_sha256 is 'Kept by the run of exports.';
comment on column public.export_jobs.error_message is 'Kept by the run of exports.';
comment on column public.export_jobs.completed_at is 'Kept by the run of exports.';
comment on column public.export_jobs.expires_at is 'When the file goes. Kept by the run of exports.';
comment on column public.erasure_requests.status is 'Kept by the erasure.';
comment on column public.erasure_requests.requested_by is 'Kept by the database: who asked it.';
comment on column public.erasure_requests.requested_at is 'Kept by the database.';
comment on column public.erasure_requests.due_at is 'Kept by the database: thirty days after it was requested.';
comment on column public.erasure_requests.started_at is 'Kept by the erasure.';
comment on column public.erasure_requests.completed_at is 'Kept by the erasure.';
comment on column public.erasure_requests.steps_done is
    'What is behind us, so that an interrupted erasure goes on from there. Kept by the erasure.';
comment on column public.erasure_requests.proof is
    'Where the person''s values were looked for and how many were found, without the values. Kept by the erasure.';
comment on column public.erasure_requests.error_message is 'Kept by the erasure.';
