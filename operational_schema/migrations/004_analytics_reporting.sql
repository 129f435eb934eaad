-- Analytics and reporting: the figures that the application shows, its dashboards and alerts, reports and who got them, exports.

create table public.scheduled_reports (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    slug text not null,
    name text not null,
    description text,
    report_type text not null,
    template text not null default 'default',
    schedule_cron text not null,
    timezone text not null default 'UTC',
    recipients text[] not null,
    filters jsonb not null default '{}',
    format text not null default 'pdf',
    additional_formats text[] not null default '{}',
    last_sent_at timestamptz,
    last_run_at timestamptz,
    next_run_at timestamptz,
    is_active boolean not null default true,
    catch_up text not null default 'latest',
    catch_up_limit smallint not null default 10,
    when_stale text not null default 'hold',
    stale_after_minutes integer not null default 720,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint scheduled_reports_pkey primary key (id),
    constraint scheduled_reports_tenant_id_id_key unique (tenant_id, id),
    constraint scheduled_reports_tenant_id_slug_key unique (tenant_id, slug),
    constraint scheduled_reports_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint scheduled_reports_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint scheduled_reports_slug_form check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    constraint scheduled_reports_name_length check (char_length(name) between 1 and 255),
    constraint scheduled_reports_report_type_known check (
        report_type in ('performance', 'satisfaction', 'ai_analytics', 'custom')
    ),
    constraint scheduled_reports_template_known check (template in ('default', 'executive', 'detailed', 'comparison')),
    constraint scheduled_reports_format_known check (format in ('pdf', 'excel', 'csv', 'json', 'parquet')),
    constraint scheduled_reports_additional_formats_known check (
        additional_formats <@ array['pdf', 'excel', 'csv', 'json', 'parquet']
    ),
    constraint scheduled_reports_catch_up_known check (catch_up in ('skip', 'latest', 'all')),
    constraint scheduled_reports_catch_up_limit_range check (catch_up_limit between 1 and 100),
    constraint scheduled_reports_when_stale_known check (when_stale in ('hold', 'send')),
    constraint scheduled_reports_stale_after_range check (stale_after_minutes between 0 and 10080),
    constraint scheduled_reports_has_recipient check (cardinality(recipients) >= 1)
);
comment on table public.scheduled_reports is 'Reports that a tenant wants by mail, and when.';
comment on column public.scheduled_reports.schedule_cron is 'Five fields, read in the report''s time zone.';
comment on column public.scheduled_reports.next_run_at is 'The next slot not yet run; null before the first look at the schedule.';
comment on column public.scheduled_reports.recipients is 'Personal: addresses.';
comment on column public.scheduled_reports.catch_up is
    'After missed slots: skip them, send the latest, or all, the latest catch_up_limit of them.';
comment on column public.scheduled_reports.when_stale is
    'When the data still do not cover the period stale_after_minutes after the slot: hold the report on, or send it, marked.';
comment on column public.scheduled_reports.additional_formats is 'Formats sent in the same mail beside the first.';

create table public.report_deliveries (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    report_id uuid not null,
    slot_local timestamp not null,
    slot_at timestamptz not null,
    recipient text not null,
    state text not null default 'queued',
    reason text,
    attempts integer not null default 0,
    message_id text not null,
    rows_sent bigint,
    rows_total bigint,
    content_digest text,
    data_as_of timestamptz,
    next_attempt_at timestamptz,
    sent_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint report_deliveries_pkey primary key (id),
    constraint report_deliveries_slot_key unique (tenant_id, report_id, slot_local, recipient),
    constraint report_deliveries_report_fkey foreign key (tenant_id, report_id)
        references public.scheduled_reports (tenant_id, id) on delete cascade,
    constraint report_deliveries_state_known check (
        state in ('queued', 'sending', 'sent', 'skipped', 'partial', 'failed', 'unknown', 'held')
    ),
    constraint report_deliveries_reason_given check (
        state in ('queued', 'sending', 'sent') or reason is not null
    )
);
comment on table public.report_deliveries is
    'The ledger of mails: one row per report, local slot and recipient, so that no slot reaches anybody twice.';
comment on column public.report_deliveries.slot_local is 'Wall time of the slot in the report''s zone; a repeated hour is one slot.';
comment on column public.report_deliveries.recipient is 'Personal: an address.';
comment on column public.report_deliveries.next_attempt_at is
    'Not before then is the mail tried again; null is at once. Temporary refusals put it off, each time longer.';
comment on column public.report_deliveries.message_id is 'Message-ID of the mail; the same in every attempt.';

create table public.report_unsubscriptions (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    report_id uuid not null,
    recipient text not null,
    created_at timestamptz not null default now(),
    constraint report_unsubscriptions_pkey primary key (id),
    constraint report_unsubscriptions_recipient_key unique (tenant_id, report_id, recipient),
    constraint report_unsubscriptions_report_fkey foreign key (tenant_id, report_id)
        references public.scheduled_reports (tenant_id, id) on delete cascade
);
comment on table public.report_unsubscriptions is 'Who wants no more mails of a report: kept when the report''s recipients change.';
comment on column public.report_unsubscriptions.recipient is 'Personal: the address, in lower case, without a name.';

create table public.report_notices (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    report_id uuid not null,
    slot_local timestamp not null,
    kind text not null,
    told_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint report_notices_pkey primary key (id),
    constraint report_notices_slot_key unique (tenant_id, report_id, slot_local, kind),
    constraint report_notices_report_fkey foreign key (tenant_id, report_id)
        references public.scheduled_reports (tenant_id, id) on delete cascade,
    constraint report_notices_kind_known check (kind in ('failed', 'held'))
);
comment on table public.report_notices is 'Of what a report''s owner was told, so that nobody is told twice.';
comment on column public.report_notices.told_at is 'When the mail server took the notice; null while that has not happened.';

create table public.export_jobs (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid,
    name text not null,
    type text not null,
    filters jsonb not null default '{}',
    format text not null,
    status text not null default 'pending',
    file_url text,
    file_size_bytes bigint,
    row_count bigint,
    checksum_sha256 text,
    error_message text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    completed_at timestamptz,
    expires_at timestamptz,
    constraint export_jobs_pkey primary key (id),
    constraint export_jobs_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint export_jobs_user_fkey foreign key (tenant_id, user_id)
        references public.profiles (tenant_id, id) on delete set null (user_id),
    constraint export_jobs_type_known check (type in ('conversations', 'analytics', 'customers')),
    constraint export_jobs_format_known check (format in ('pdf', 'excel', 'csv', 'json', 'parquet')),
    constraint export_jobs_status_known check (status in ('pending', 'processing', 'completed', 'failed')),
    constraint export_jobs_file_size_positive check (file_size_bytes >= 0),
    constraint export_jobs_row_count_positive check (row_count >= 0)
);
comment on table public.export_jobs is 'Exports that a person asked for, and what became of them.';

create table public.daily_metrics (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    date date not null,
    channel_type text not null,
    department text not null,
    agent_id uuid,
    total_conversations integer not null,
    ai_resolved_conversations integer not null,
    human_resolved_conversations integer not null,
    abandoned_conversations integer not null,
    avg_first_response_time_seconds numeric(18, 3),
    avg_resolution_time_seconds numeric(18, 3),
    total_ratings integer not null,
    avg_satisfaction_score numeric(7, 6),
    ai_confidence_avg numeric(7, 6),
    ai_accuracy_rate numeric(7, 6),
    handoff_rate numeric(7, 6),
    leads_generated integer,
    sales_qualified_leads integer,
    revenue_attributed numeric(14, 2),
    source text not null default 'database',
    data_as_of timestamptz not null default now(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint daily_metrics_pkey primary key (id),
    constraint daily_metrics_cell_key unique nulls not distinct (tenant_id, date, channel_type, department, agent_id),
    constraint daily_metrics_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint daily_metrics_source_known check (source in ('database', 'warehouse')),
    constraint daily_metrics_counts_positive check (
        least(total_conversations, ai_resolved_conversations, human_resolved_conversations, abandoned_conversations,
            total_ratings, leads_generated, sales_qualified_leads) >= 0
    ),
    constraint daily_metrics_satisfaction_range check (avg_satisfaction_score between 1 and 5),
    constraint daily_metrics_confidence_range check (ai_confidence_avg between 0 and 1),
    constraint daily_metrics_accuracy_range check (ai_accuracy_rate between 0 and 1),
    constraint daily_metrics_handoff_range check (handoff_rate between 0 and 1)
);
comment on table public.daily_metrics is
    'Conversations by the tenant''s local day on which they started, channel, department and agent. Averages are null where nothing happened.';
comment on column public.daily_metrics.agent_id is
    'Null for conversations without an agent, in one row. Not a foreign key: the figures outlive the agent''s row.';
comment on column public.daily_metrics.source is
    'Who wrote the row: aggregate_daily_metrics (database), until the warehouse has published the day; then it alone writes it.';

create table public.realtime_metrics (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    metric_name text not null,
    metric_value numeric(15, 4) not null,
    dimensions jsonb not null default '{}',
    timestamp timestamptz not null default now(),
    expires_at timestamptz not null default now() + interval '1 hour',
    constraint realtime_metrics_pkey primary key (id),
    constraint realtime_metrics_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint realtime_metrics_name_form check (metric_name ~ '^[a-z][a-z0-9_]{0,99}$')
);
comment on table public.realtime_metrics is 'Figures of the last hours, each with the instant after which it counts no more.';
comment on column public.realtime_metrics.dimensions is 'What the figure is of, and its sample_size.';

create table public.conversation_analytics (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    conversation_id uuid not null,
    started_at timestamptz not null,
    first_response_at timestamptz,
    resolved_at timestamptz,
    total_duration_seconds numeric(18, 3),
    total_messages integer not null default 0,
    customer_messages integer not null default 0,
    ai_messages integer not null default 0,
    agent_messages integer not null default 0,
    resolved_by text,
    resolution_type text,
    handoff_count integer not null default 0,
    agent_switches integer not null default 0,
    customer_satisfaction numeric(7, 6),
    ai_accuracy_score numeric(7, 6),
    knowledge_items_used integer not null default 0,
    lead_qualified boolean,
    revenue_generated numeric(14, 2),
    follow_up_required boolean,
    source text not null default 'database',
    data_as_of timestamptz not null default now(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint conversation_analytics_pkey primary key (id),
    constraint conversation_analytics_conversation_key unique (tenant_id, conversation_id),
    constraint conversation_analytics_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint conversation_analytics_resolved_by_known check (resolved_by in ('ai', 'agent', 'abandoned')),
    constraint conversation_analytics_source_known check (source in ('database', 'warehouse')),
    constraint conversation_analytics_counts_positive check (
        least(total_messages, customer_messages, ai_messages, agent_messages, handoff_count, agent_switches,
            knowledge_items_used) >= 0
    ),
    constraint conversation_analytics_satisfaction_range check (customer_satisfaction between 1 and 5),
    constraint conversation_analytics_accuracy_range check (ai_accuracy_score between 0 and 1)
) with (
    -- Every message counts here, too.
    fillfactor = 80
);
comment on table public.conversation_analytics is 'The figures of each conversation.';
comment on column public.conversation_analytics.conversation_id is
    'Not a foreign key: the figures are kept for years, the conversation for one.';
comment on column public.conversation_analytics.source is
    'Who wrote the row last: triggers (database), as things happen, or the warehouse, when it publishes.';

create table public.dashboard_configs (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    user_id uuid not null,
    name text not null,
    is_default boolean not null default false,
    layout jsonb not null,
    filters jsonb not null default '{}',
    refresh_interval integer not null default 300,
    is_public boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint dashboard_configs_pkey primary key (id),
    constraint dashboard_configs_name_key unique (tenant_id, user_id, name),
    constraint dashboard_configs_user_fkey foreign key (tenant_id, user_id)
        references public.profiles (tenant_id, id) on delete cascade,
    constraint dashboard_configs_name_length check (char_length(name) between 1 and 255),
    constraint dashboard_configs_layout_form check (jsonb_typeof(layout) in ('array', 'object')),
    constraint dashboard_configs_refresh_range check (refresh_interval between 5 and 86400)
);
comment on table public.dashboard_configs is 'Dashboards that people have laid out; public ones are seen by all staff of the tenant.';
comment on column public.dashboard_configs.layout is 'A list of {id, type, position {x, y, w, h}, config}.';
comment on column public.dashboard_configs.refresh_interval is 'Seconds.';

create table public.alert_rules (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    name text not null,
    metric text not null,
    condition text not null,
    threshold numeric(15, 4) not null,
    time_window_minutes integer not null default 60,
    dimensions jsonb not null default '{}',
    severity text not null default 'medium',
    cooldown_minutes integer not null default 60,
    channels text[] not null default '{email}',
    recipients text[] not null,
    is_active boolean not null default true,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint alert_rules_pkey primary key (id),
    constraint alert_rules_tenant_id_id_key unique (tenant_id, id),
    constraint alert_rules_name_key unique (tenant_id, name),
    constraint alert_rules_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint alert_rules_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint alert_rules_name_length check (char_length(name) between 1 and 255),
    constraint alert_rules_metric_form check (metric ~ '^[a-z][a-z0-9_]{0,99}$'),
    constraint alert_rules_condition_known check (condition in ('above', 'below', 'equals')),
    constraint alert_rules_severity_known check (severity in ('low', 'medium', 'high', 'critical')),
    constraint alert_rules_window_range check (time_window_minutes between 1 and 44640),
    constraint alert_rules_cooldown_range check (cooldown_minutes between 0 and 44640),
    constraint alert_rules_channels_known check (channels <@ array['email', 'slack', 'webhook']),
    constraint alert_rules_has_recipient check (cardinality(recipients) >= 1)
);
comment on table public.alert_rules is 'When somebody is to be told: a metric above, below or at a threshold over a window.';
comment on column public.alert_rules.recipients is 'Personal: addresses.';
comment on column public.alert_rules.dimensions is 'Narrows the rule: channel_type, department, agent_id.';

create table public.alert_history (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    rule_id uuid not null,
    triggered_at timestamptz not null default now(),
    metric_value numeric(15, 4) not null,
    threshold_value numeric(15, 4) not null,
    sample_size integer,
    sent_channels text[] not null default '{}',
    sent_recipients text[] not null default '{}',
    resolved_at timestamptz,
    resolution_notes text,
    updated_at timestamptz not null default now(),
    constraint alert_history_pkey primary key (id),
    constraint alert_history_rule_fkey foreign key (tenant_id, rule_id)
        references public.alert_rules (tenant_id, id) on delete cascade,
    constraint alert_history_resolved_after check (resolved_at >= triggered_at),
    constraint alert_history_sample_positive check (sample_size >= 0)
);
comment on table public.alert_history is 'Each time that a rule''s condition began to hold; open while resolved_at is null.';
comment on column public.alert_history.sent_recipients is 'Personal: addresses.';

create index idx_daily_metrics_date on public.daily_metrics (tenant_id, date);
create index idx_daily_metrics_agent_id on public.daily_metrics (tenant_id, agent_id, date);
create index idx_daily_metrics_channel_type on public.daily_metrics (tenant_id, channel_type, date);
create index idx_realtime_metrics_name on public.realtime_metrics (tenant_id, metric_name, timestamp);
create index idx_realtime_metrics_expires_at on public.realtime_metrics (expires_at);
create index idx_conversation_analytics_started_at on public.conversation_analytics (tenant_id, started_at);
create index idx_alert_rules_created_by on public.alert_rules (tenant_id, created_by);
create index idx_alert_history_triggered_at on public.alert_history (tenant_id, rule_id, triggered_at);
create unique index idx_alert_history_open on public.alert_history (tenant_id, rule_id) where resolved_at is null;
create index idx_scheduled_reports_next_run_at on public.scheduled_reports (next_run_at) where is_active;
create index idx_scheduled_reports_created_by on public.scheduled_reports (tenant_id, created_by);
create index idx_report_deliveries_unsettled on public.report_deliveries (tenant_id, slot_at)
    where state in ('queued', 'sending', 'held');
create index idx_export_jobs_status on public.export_jobs (tenant_id, status);
create index idx_export_jobs_user_id on public.export_jobs (tenant_id, user_id);

alter table public.scheduled_reports enable row level security;
revoke all on public.scheduled_reports from anon, authenticated;
grant select, insert, update, delete on public.scheduled_reports to authenticated;
grant all on public.scheduled_reports to service_role;
create policy staff_select on public.scheduled_reports for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.scheduled_reports for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.scheduled_reports for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.scheduled_reports for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.report_deliveries enable row level security;
revoke all on public.report_deliveries from anon, authenticated;
grant select on public.report_deliveries to authenticated;
grant all on public.report_deliveries to service_role;
create policy staff_select on public.report_deliveries for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));

alter table public.export_jobs enable row level security;
revoke all on public.export_jobs from anon, authenticated;
grant select, insert, update, delete on public.export_jobs to authenticated;
grant all on public.export_jobs to service_role;
create policy staff_select on public.export_jobs for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy member_insert on public.export_jobs for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin')
        and user_id = (select app.user_id()));
create policy admin_update on public.export_jobs for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.export_jobs for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.report_unsubscriptions enable row level security;
revoke all on public.report_unsubscriptions from anon, authenticated;
grant select, delete on public.report_unsubscriptions to authenticated;
grant all on public.report_unsubscriptions to service_role;
create policy staff_select on public.report_unsubscriptions for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.report_unsubscriptions for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.report_notices enable row level security;
revoke all on public.report_notices from anon, authenticated;
grant select on public.report_notices to authenticated;
grant all on public.report_notices to service_role;
create policy staff_select on public.report_notices for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));

alter table public.daily_metrics enable row level security;
revoke all on public.daily_metrics from anon, authenticated;
grant select on public.daily_metrics to authenticated;
grant all on public.daily_metrics to service_role;
create policy staff_select on public.daily_metrics for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));

alter table public.realtime_metrics enable row level security;
revoke all on public.realtime_metrics from anon, authenticated;
grant select, insert, delete on public.realtime_metrics to authenticated;
grant all on public.realtime_metrics to service_role;
create policy staff_select on public.realtime_metrics for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_insert on public.realtime_metrics for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.realtime_metrics for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.conversation_analytics enable row level security;
revoke all on public.conversation_analytics from anon, authenticated;
grant select on public.conversation_analytics to authenticated;
grant all on public.conversation_analytics to service_role;
create policy staff_select on public.conversation_analytics for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));

alter table public.dashboard_configs enable row level security;
revoke all on public.dashboard_configs from anon, authenticated;
grant select, insert, update, delete on public.dashboard_configs to authenticated;
grant all on public.dashboard_configs to service_role;
create policy staff_select on public.dashboard_configs for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and (is_public or user_id = (select app.user_id()))
    );
create policy own_insert on public.dashboard_configs for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and user_id = (select app.user_id())
    );
create policy own_update on public.dashboard_configs for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and user_id = (select app.user_id())
    )
    with check (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and user_id = (select app.user_id())
    );
create policy own_delete on public.dashboard_configs for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and user_id = (select app.user_id())
    );

alter table public.alert_rules enable row level security;
revoke all on public.alert_rules from anon, authenticated;
grant select, insert, update, delete on public.alert_rules to authenticated;
grant all on public.alert_rules to service_role;
create policy staff_select on public.alert_rules for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.alert_rules for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.alert_rules for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.alert_rules for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.alert_history enable row level security;
revoke all on public.alert_history from anon, authenticated;
grant select on public.alert_history to authenticated;
grant update (resolved_at, resolution_notes) on public.alert_history to authenticated;
grant all on public.alert_history to service_role;
create policy staff_select on public.alert_history for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_update on public.alert_history for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
