-- Workflows, widgets, scans of websites; and what every group needs: settings and the audit trail.

create table public.workflows (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid,
    name text not null,
    description text,
    trigger_type text not null,
    trigger_conditions jsonb not null default '{}',
    steps jsonb not null default '[]',
    nodes jsonb not null default '[]',
    connections jsonb not null default '[]',
    is_active boolean not null default false,
    execution_count integer not null default 0,
    success_count integer not null default 0,
    failure_count integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint workflows_pkey primary key (id),
    constraint workflows_tenant_id_id_key unique (tenant_id, id),
    constraint workflows_name_key unique (tenant_id, name),
    constraint workflows_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint workflows_user_fkey foreign key (tenant_id, user_id)
        references public.profiles (tenant_id, id) on delete set null (user_id),
    constraint workflows_name_length check (char_length(name) between 1 and 255),
    constraint workflows_trigger_type_known check (trigger_type in (
        'manual', 'intent', 'keyword', 'schedule', 'conversation_created', 'message_received'
    )),
    constraint workflows_trigger_conditions_form check (jsonb_typeof(trigger_conditions) = 'object'),
    constraint workflows_steps_form check (jsonb_typeof(steps) = 'array'),
    constraint workflows_nodes_form check (jsonb_typeof(nodes) = 'array'),
    constraint workflows_connections_form check (jsonb_typeof(connections) = 'array'),
    constraint workflows_counts_positive check (least(execution_count, success_count, failure_count) >= 0)
);
comment on table public.workflows is 'What is to happen by itself, and when.';
comment on column public.workflows.steps is 'What execute_workflow runs: a list of {type, …}; its kinds are described at the function.';
comment on column public.workflows.nodes is 'What the editor draws; connections are the lines between.';
comment on column public.workflows.execution_count is 'Runs that ended, well or badly; each is counted once, by a trigger.';

create table public.workflow_executions (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    workflow_id uuid not null,
    conversation_id uuid,
    current_node_id text,
    steps jsonb not null default '[]',
    next_step integer not null default 0,
    steps_taken integer not null default 0,
    context jsonb not null default '{}',
    status text not null default 'running',
    started_at timestamptz not null default now(),
    resume_at timestamptz,
    completed_at timestamptz,
    error_message text,
    execution_log jsonb not null default '[]',
    execution_data jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint workflow_executions_pkey primary key (id),
    constraint workflow_executions_workflow_fkey foreign key (tenant_id, workflow_id)
        references public.workflows (tenant_id, id) on delete cascade,
    constraint workflow_executions_conversation_fkey foreign key (tenant_id, conversation_id)
        references public.conversations (tenant_id, id) on delete cascade,
    constraint workflow_executions_context_form check (jsonb_typeof(context) = 'object'),
    constraint workflow_executions_steps_form check (jsonb_typeof(steps) = 'array'),
    constraint workflow_executions_log_form check (jsonb_typeof(execution_log) = 'array'),
    constraint workflow_executions_status_known check (status in ('running', 'completed', 'failed', 'paused')),
    constraint workflow_executions_completed_when check ((status in ('completed', 'failed')) = (completed_at is not null)),
    constraint workflow_executions_failed_why check (status <> 'failed' or error_message is not null),
    constraint workflow_executions_completed_after check (completed_at >= started_at),
    constraint workflow_executions_next_step_positive check (least(next_step, steps_taken) >= 0),
    constraint workflow_executions_resume_when_paused check (resume_at is null or status = 'paused')
);
comment on table public.workflow_executions is 'Each run of a workflow: ended, or waiting for its time.';
comment on column public.workflow_executions.context is 'Personal: what the run was given.';
comment on column public.workflow_executions.execution_log is 'Personal: an object for each step taken: which, what became of it, when.';
comment on column public.workflow_executions.execution_data is 'Personal: what the application says of runs of its own, which it inserts finished.';
comment on column public.workflow_executions.steps is
    'The workflow''s steps when the run began, conditions laid flat: one that waits goes on with what it began, whatever was edited since.';
comment on column public.workflow_executions.next_step is 'Place, from 0, of the step at which a waiting run goes on.';
comment on column public.workflow_executions.steps_taken is 'Counted against the limit on endless runs.';

create table public.playground_sessions (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    session_name text,
    bot_configuration jsonb not null,
    test_conversations jsonb not null default '[]',
    performance_metrics jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint playground_sessions_pkey primary key (id),
    constraint playground_sessions_user_fkey foreign key (tenant_id, user_id)
        references public.profiles (tenant_id, id) on delete cascade,
    constraint playground_sessions_conversations_form check (jsonb_typeof(test_conversations) = 'array')
);
comment on table public.playground_sessions is 'Trials of the AI, out of customers'' sight.';
comment on column public.playground_sessions.test_conversations is 'Personal: testers paste what customers wrote.';

create table public.widget_configurations (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid,
    widget_name text not null,
    domain text,
    configuration jsonb not null,
    embed_code text,
    status text not null default 'active',
    install_verified boolean not null default false,
    custom_css text,
    custom_js text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint widget_configurations_pkey primary key (id),
    constraint widget_configurations_name_key unique (tenant_id, widget_name),
    constraint widget_configurations_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint widget_configurations_user_fkey foreign key (tenant_id, user_id)
        references public.profiles (tenant_id, id) on delete set null (user_id),
    constraint widget_configurations_name_length check (char_length(widget_name) between 1 and 255),
    constraint widget_configurations_status_known check (status in ('active', 'inactive'))
);
comment on table public.widget_configurations is 'Chat windows on the tenant''s websites.';
comment on column public.widget_configurations.embed_code is 'What the website includes. Kept by a trigger.';
comment on column public.widget_configurations.custom_js is 'Runs on the tenant''s own website only; never in the application.';

create table public.website_scan_jobs (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid,
    project_id uuid,
    urls text[] not null,
    status text not null default 'pending',
    progress_percentage integer not null default 0,
    pages_found integer not null default 0,
    pages_processed integer not null default 0,
    scan_settings jsonb not null default '{"maxDepth": 2, "maxPages": 50, "respectRobots": true}',
    started_at timestamptz,
    completed_at timestamptz,
    error_details jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint website_scan_jobs_pkey primary key (id),
    constraint website_scan_jobs_tenant_id_id_key unique (tenant_id, id),
    constraint website_scan_jobs_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint website_scan_jobs_user_fkey foreign key (tenant_id, user_id)
        references public.profiles (tenant_id, id) on delete set null (user_id),
    constraint website_scan_jobs_status_known check (status in ('pending', 'scanning', 'processing', 'completed', 'failed')),
    constraint website_scan_jobs_has_url check (cardinality(urls) >= 1 and array_position(urls, null) is null),
    constraint website_scan_jobs_progress_range check (progress_percentage between 0 and 100),
    constraint website_scan_jobs_pages_positive check (least(pages_found, pages_processed) >= 0),
    constraint website_scan_jobs_completed_after check (completed_at >= started_at)
);
comment on table public.website_scan_jobs is 'Reading a website to learn from it.';
comment on column public.website_scan_jobs.project_id is 'Key of a project of the application''s; there is no table of projects.';
comment on column public.website_scan_jobs.progress_percentage is
    'Kept by a trigger: pages processed of pages found; 100 only when the job is completed.';

create table public.extracted_content (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    scan_job_id uuid not null,
    url text not null,
    title text,
    content text not null,
    content_type text,
    headings jsonb,
    metadata jsonb not null default '{}',
    word_count integer,
    processing_quality numeric(7, 6),
    extracted_entities jsonb,
    created_at timestamptz not null default now(),
    constraint extracted_content_pkey primary key (id),
    constraint extracted_content_tenant_id_id_key unique (tenant_id, id),
    constraint extracted_content_url_key unique (tenant_id, scan_job_id, url),
    constraint extracted_content_scan_job_fkey foreign key (tenant_id, scan_job_id)
        references public.website_scan_jobs (tenant_id, id) on delete cascade,
    constraint extracted_content_content_type_known check (
        content_type in ('pricing', 'faq', 'about', 'product', 'policy', 'general')
    ),
    constraint extracted_content_word_count_positive check (word_count >= 0),
    constraint extracted_content_quality_range check (processing_quality between 0 and 1)
);
comment on table public.extracted_content is 'One row per page that a scan has read.';

create table public.auto_generated_knowledge (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    scan_job_id uuid not null,
    extracted_content_id uuid not null,
    knowledge_item_id uuid,
    auto_category text,
    confidence_score numeric(7, 6),
    needs_review boolean not null default true,
    approved boolean not null default false,
    reviewed_by uuid,
    reviewed_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint auto_generated_knowledge_pkey primary key (id),
    constraint auto_generated_knowledge_scan_job_fkey foreign key (tenant_id, scan_job_id)
        references public.website_scan_jobs (tenant_id, id) on delete cascade,
    constraint auto_generated_knowledge_content_fkey foreign key (tenant_id, extracted_content_id)
        references public.extracted_content (tenant_id, id) on delete cascade,
    constraint auto_generated_knowledge_item_fkey foreign key (tenant_id, knowledge_item_id)
        references public.knowledge_items (tenant_id, id) on delete set null (knowledge_item_id),
    constraint auto_generated_knowledge_reviewed_by_fkey foreign key (tenant_id, reviewed_by)
        references public.profiles (tenant_id, id) on delete set null (reviewed_by),
    constraint auto_generated_knowledge_confidence_range check (confidence_score between 0 and 1),
    constraint auto_generated_knowledge_reviewed_once check (not (needs_review and approved))
);
comment on table public.auto_generated_knowledge is 'Articles that were proposed from a scan, until somebody has decided.';

create table public.audit_logs (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    sequence bigint not null,
    user_id uuid,
    database_role text not null,
    action text not null,
    entity_type text not null,
    entity_id uuid,
    changes jsonb not null default '{}',
    ip_address inet,
    user_agent text,
    created_at timestamptz not null default now(),
    digests jsonb not null default '{}',
    previous_hash bytea not null,
    row_hash bytea not null,
    constraint audit_logs_pkey primary key (id),
    constraint audit_logs_sequence_key unique (tenant_id, sequence),
    constraint audit_logs_sequence_positive check (sequence >= 1),
    constraint audit_logs_action_length check (char_length(action) between 1 and 100),
    constraint audit_logs_changes_form check (jsonb_typeof(changes) = 'object'),
    constraint audit_logs_digests_form check (jsonb_typeof(digests) = 'object'),
    constraint audit_logs_hashes_form check (octet_length(previous_hash) = 32 and octet_length(row_hash) = 32)
);
comment on table public.audit_logs is
    'Who changed what, and when: append-only, a chain of hashes per tenant, whose links app.audit_findings() tries. It has no foreign key, because an entry outlives whatever it speaks of.';
comment on column public.audit_logs.user_id is 'The person, where one asked.';
comment on column public.audit_logs.database_role is 'In whose name the database was asked: an application role, or that of a job.';
comment on column public.audit_logs.changes is
    'Per changed column {"old": …, "new": …}; {"hidden": true} of personal and secret columns, {"erased": true} of what an erasure took.';
comment on column public.audit_logs.sequence is '1, 2, 3 … within the tenant.';
comment on column public.audit_logs.ip_address is 'Personal: where the request came from, as the API''s proxy says.';
comment on column public.audit_logs.user_agent is 'Personal: the program that made the request.';
comment on column public.audit_logs.digests is
    'Per value a salted SHA-256, of hidden ones too. The chain stands on these: a value can be erased, and its link still holds.';
comment on column public.audit_logs.row_hash is 'SHA-256 over the entry, its digests and the hash before it; functions/audit.sql says how.';

create table app.audit_salt (
    tenant_id uuid not null,
    sequence bigint not null,
    salts jsonb not null,
    constraint audit_salt_pkey primary key (tenant_id, sequence)
);
comment on table app.audit_salt is
    'Per value of an audit entry the salt of its digest. Without it nobody finds the value by trying: an erasure deletes it.';

create table app.audit_head (
    tenant_id uuid not null,
    sequence bigint not null,
    row_hash bytea not null,
    constraint audit_head_pkey primary key (tenant_id)
);
comment on table app.audit_head is 'The end of each tenant''s audit chain; the lock on its row is what the chain grows under.';

create unlogged table app.audit_waiting (
    id bigint generated always as identity,
    xid xid8 not null default pg_current_xact_id(),
    tenant_id uuid not null,
    user_id uuid,
    database_role text not null,
    action text not null,
    entity_type text not null,
    entity_id uuid,
    changes jsonb not null default '{}',
    digests jsonb not null default '{}',
    salts jsonb not null default '{}',
    ip_address inet,
    user_agent text,
    created_at timestamptz not null default clock_timestamp(),
    constraint audit_waiting_pkey primary key (id)
);
comment on table app.audit_waiting is
    'What a transaction will log: at its commit each row gets its place in the chain and goes from here. Empty for everybody else.';

create index idx_audit_waiting_xid on app.audit_waiting (xid);

create table public.system_settings (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    setting_key text not null,
    setting_value jsonb not null,
    description text,
    is_public boolean not null default false,
    updated_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint system_settings_pkey primary key (id),
    constraint system_settings_tenant_id_setting_key_key unique (tenant_id, setting_key),
    constraint system_settings_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint system_settings_updated_by_fkey foreign key (tenant_id, updated_by)
        references public.profiles (tenant_id, id) on delete set null (updated_by),
    constraint system_settings_key_form check (setting_key ~ '^[a-z][a-z0-9_]{0,254}$')
);
comment on table public.system_settings is 'What a tenant has set; a key without a row has the default that its reader states.';

-- Installed together with 001, on an empty table: there are no rows to be scanned, and no writers to be kept waiting.
alter table public.conversations
    -- squawk-ignore adding-foreign-key-constraint,constraint-missing-not-valid
    add constraint conversations_workflow_fkey foreign key (tenant_id, workflow_id)
    references public.workflows (tenant_id, id) on delete set null (workflow_id);

create index idx_workflows_user_id on public.workflows (tenant_id, user_id);
create index idx_workflows_is_active on public.workflows (tenant_id, trigger_type) where is_active;
create index idx_workflow_executions_workflow_id on public.workflow_executions (tenant_id, workflow_id, started_at);
create index idx_workflow_executions_conversation_id on public.workflow_executions (tenant_id, conversation_id);
create index idx_workflow_executions_status on public.workflow_executions (tenant_id, status);
create index idx_workflow_executions_resume_at on public.workflow_executions (resume_at) where status = 'paused';
create index idx_playground_sessions_user_id on public.playground_sessions (tenant_id, user_id);
create index idx_widget_configurations_user_id on public.widget_configurations (tenant_id, user_id);
create index idx_widget_configurations_domain on public.widget_configurations (tenant_id, domain);
create index idx_website_scan_jobs_user_id on public.website_scan_jobs (tenant_id, user_id);
create index idx_website_scan_jobs_status on public.website_scan_jobs (tenant_id, status);
create index idx_auto_generated_knowledge_scan_job_id on public.auto_generated_knowledge (tenant_id, scan_job_id);
create index idx_auto_generated_knowledge_content_id on public.auto_generated_knowledge (tenant_id, extracted_content_id);
create index idx_auto_generated_knowledge_item_id on public.auto_generated_knowledge (tenant_id, knowledge_item_id);
create index idx_auto_generated_knowledge_reviewed_by on public.auto_generated_knowledge (tenant_id, reviewed_by);
create index idx_audit_logs_created_at on public.audit_logs (tenant_id, created_at);
create index idx_audit_logs_entity_type on public.audit_logs (tenant_id, entity_type, entity_id);
create index idx_audit_logs_user_id on public.audit_logs (tenant_id, user_id);
create index idx_conversations_workflow_id on public.conversations (tenant_id, workflow_id);
create index idx_system_settings_updated_by on public.system_settings (tenant_id, updated_by);

alter table public.system_settings enable row level security;
revoke all on public.system_settings from anon, authenticated;
grant select, insert, update, delete on public.system_settings to authenticated;
grant all on public.system_settings to service_role;
create policy member_select on public.system_settings for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (is_public or (select app.role()) in ('agent', 'admin')));
create policy admin_insert on public.system_settings for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.system_settings for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.system_settings for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.workflows enable row level security;
revoke all on public.workflows from anon, authenticated;
grant select, insert, update, delete on public.workflows to authenticated;
grant all on public.workflows to service_role;
create policy staff_select on public.workflows for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.workflows for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.workflows for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.workflows for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

-- The application inserts runs of its own when they are over. A run that waits is nobody's to write: whoever could change its
-- steps would have them taken.
alter table public.workflow_executions enable row level security;
revoke all on public.workflow_executions from anon, authenticated;
grant select on public.workflow_executions to authenticated;
grant insert (
    id, tenant_id, workflow_id, conversation_id, current_node_id, context, status, started_at, completed_at, error_message,
    execution_log, execution_data
) on public.workflow_executions to authenticated;
grant all on public.workflow_executions to service_role;
create policy staff_select on public.workflow_executions for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_insert on public.workflow_executions for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and status in ('completed', 'failed')
    );

alter table public.playground_sessions enable row level security;
revoke all on public.playground_sessions from anon, authenticated;
grant select, insert, update, delete on public.playground_sessions to authenticated;
grant all on public.playground_sessions to service_role;
create policy own_select on public.playground_sessions for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and user_id = (select app.user_id())
    );
create policy own_insert on public.playground_sessions for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and user_id = (select app.user_id())
    );
create policy own_update on public.playground_sessions for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and user_id = (select app.user_id())
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and user_id = (select app.user_id())
    );
create policy own_delete on public.playground_sessions for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and user_id = (select app.user_id())
    );

alter table public.widget_configurations enable row level security;
revoke all on public.widget_configurations from anon, authenticated;
grant select, insert, update, delete on public.widget_configurations to authenticated;
grant all on public.widget_configurations to service_role;
create policy staff_select on public.widget_configurations for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.widget_configurations for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.widget_configurations for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.widget_configurations for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.website_scan_jobs enable row level security;
revoke all on public.website_scan_jobs from anon, authenticated;
grant select, insert, update, delete on public.website_scan_jobs to authenticated;
grant all on public.website_scan_jobs to service_role;
create policy staff_select on public.website_scan_jobs for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.website_scan_jobs for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.website_scan_jobs for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.website_scan_jobs for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.extracted_content enable row level security;
revoke all on public.extracted_content from anon, authenticated;
grant select on public.extracted_content to authenticated;
grant all on public.extracted_content to service_role;
create policy staff_select on public.extracted_content for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));

alter table public.auto_generated_knowledge enable row level security;
revoke all on public.auto_generated_knowledge from anon, authenticated;
grant select, update, delete on public.auto_generated_knowledge to authenticated;
grant all on public.auto_generated_knowledge to service_role;
create policy staff_select on public.auto_generated_knowledge for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_update on public.auto_generated_knowledge for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.auto_generated_knowledge for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.audit_logs enable row level security;
revoke all on public.audit_logs from anon, authenticated, service_role;
grant select on public.audit_logs to authenticated, service_role;
create policy admin_select on public.audit_logs for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

-- No policy and no grant: only the functions of audit.sql, which run with the owner's rights.
alter table app.audit_salt enable row level security;
alter table app.audit_head enable row level security;
alter table app.audit_waiting enable row level security;
revoke all on app.audit_salt, app.audit_head, app.audit_waiting from anon, authenticated, service_role;
