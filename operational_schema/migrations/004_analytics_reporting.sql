-- Analytics and reporting: which reports a tenant wants, who got them, and which exports were asked for.

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
    constraint scheduled_reports_has_recipient check (cardinality(recipients) >= 1)
);
comment on table public.scheduled_reports is 'Reports that a tenant wants by mail, and when.';
comment on column public.scheduled_reports.schedule_cron is 'Five fields, read in the report''s time zone.';
comment on column public.scheduled_reports.next_run_at is 'The next slot not yet run; null before the first look at the schedule.';
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
comment on column public.report_deliveries.message_id is 'Message-ID of the mail; the same in every attempt.';

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
