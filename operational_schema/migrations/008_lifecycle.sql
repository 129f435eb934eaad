-- Who asked to be forgotten, what must be kept, what was deleted, and who agreed to analytics.

create table public.erasure_requests (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    customer_id uuid not null,
    status text not null default 'pending',
    reason text,
    requested_by uuid,
    requested_at timestamptz not null default now(),
    due_at timestamptz not null default now() + interval '30 days',
    started_at timestamptz,
    completed_at timestamptz,
    steps_done text[] not null default '{}',
    proof jsonb,
    error_message text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint erasure_requests_pkey primary key (id),
    constraint erasure_requests_customer_key unique (tenant_id, customer_id),
    constraint erasure_requests_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint erasure_requests_requested_by_fkey foreign key (tenant_id, requested_by)
        references public.profiles (tenant_id, id) on delete set null (requested_by),
    constraint erasure_requests_status_known check (
        status in ('pending', 'held', 'running', 'completed', 'failed', 'rejected')
    ),
    constraint erasure_requests_failed_why check (status not in ('failed', 'rejected') or error_message is not null),
    constraint erasure_requests_completed_when check ((status = 'completed') = (completed_at is not null)),
    constraint erasure_requests_due_after check (due_at >= requested_at)
);
comment on table public.erasure_requests is
    'Who asked to be forgotten, until when it must be done, and the proof. A completed one is the tombstone that every load obeys.';
comment on column public.erasure_requests.customer_id is 'Not a foreign key: the customer''s row is what goes.';
comment on column public.erasure_requests.steps_done is 'What is behind us, so that an interrupted erasure goes on from there.';
comment on column public.erasure_requests.proof is 'Where the person''s values were looked for and how many were found, without the values.';

create table public.legal_holds (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    conversation_id uuid,
    customer_id uuid,
    reason text not null,
    created_by uuid,
    released_at timestamptz,
    expires_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint legal_holds_pkey primary key (id),
    constraint legal_holds_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint legal_holds_conversation_fkey foreign key (tenant_id, conversation_id)
        references public.conversations (tenant_id, id) on delete cascade,
    constraint legal_holds_customer_fkey foreign key (tenant_id, customer_id)
        references public.customer_profiles (tenant_id, id) on delete cascade,
    constraint legal_holds_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint legal_holds_one_subject check (num_nonnulls(conversation_id, customer_id) <= 1),
    constraint legal_holds_reason_given check (reason ~ '\S'),
    constraint legal_holds_expires_after check (expires_at > created_at)
);
comment on table public.legal_holds is
    'What must not be deleted: a conversation, a customer, or, where neither is named, all of the tenant. While one is in force a trigger refuses the delete; one that is over goes with its subject.';
comment on column public.legal_holds.expires_at is 'When the hold ends by itself; null for one that somebody must release.';

create table public.retention_runs (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    as_of timestamptz not null,
    dry_run boolean not null,
    started_at timestamptz not null default now(),
    completed_at timestamptz,
    deleted jsonb not null default '{}',
    kept jsonb not null default '{}',
    error_message text,
    constraint retention_runs_pkey primary key (id),
    constraint retention_runs_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint retention_runs_completed_after check (completed_at >= started_at)
);
comment on table public.retention_runs is 'Each run of the retention rules: what went by table, and what stayed by reason.';

create table public.customer_consents (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    customer_id uuid not null,
    purpose text not null,
    legal_basis text not null,
    granted boolean not null,
    decided_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    constraint customer_consents_pkey primary key (id),
    constraint customer_consents_decision_key unique (tenant_id, customer_id, purpose, decided_at),
    constraint customer_consents_customer_fkey foreign key (tenant_id, customer_id)
        references public.customer_profiles (tenant_id, id) on delete cascade,
    constraint customer_consents_purpose_known check (purpose in ('essential', 'functional', 'analytics', 'marketing')),
    constraint customer_consents_legal_basis_known check (
        legal_basis in ('consent', 'legitimate_interest', 'contract', 'legal_obligation')
    )
);
comment on table public.customer_consents is 'Each decision of a customer about a purpose; the latest holds.';

create index idx_erasure_requests_due on public.erasure_requests (tenant_id, due_at) where status not in ('completed', 'rejected');
create index idx_erasure_requests_requested_by on public.erasure_requests (tenant_id, requested_by);
create index idx_legal_holds_conversation_id on public.legal_holds (tenant_id, conversation_id);
create index idx_legal_holds_customer_id on public.legal_holds (tenant_id, customer_id);
create index idx_legal_holds_created_by on public.legal_holds (tenant_id, created_by);
create index idx_retention_runs_started_at on public.retention_runs (tenant_id, started_at);

alter table public.erasure_requests enable row level security;
revoke all on public.erasure_requests from anon, authenticated;
grant select, insert on public.erasure_requests to authenticated;
grant all on public.erasure_requests to service_role;
create policy admin_select on public.erasure_requests for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_insert on public.erasure_requests for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.legal_holds enable row level security;
revoke all on public.legal_holds from anon, authenticated;
grant select, insert, update on public.legal_holds to authenticated;
grant all on public.legal_holds to service_role;
create policy staff_select on public.legal_holds for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.legal_holds for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.legal_holds for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.retention_runs enable row level security;
revoke all on public.retention_runs from anon, authenticated;
grant select on public.retention_runs to authenticated;
grant all on public.retention_runs to service_role;
create policy admin_select on public.retention_runs for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.customer_consents enable row level security;
revoke all on public.customer_consents from anon, authenticated;
grant select, insert on public.customer_consents to authenticated;
grant all on public.customer_consents to service_role;
create policy staff_select on public.customer_consents for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_insert on public.customer_consents for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
