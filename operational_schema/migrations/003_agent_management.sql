-- Agents at work: who is there, what they note, hand over, attach and promise.

create table public.agent_availability (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    agent_id uuid not null,
    is_online boolean not null default false,
    status text not null default 'available',
    max_concurrent_chats integer not null default 5,
    current_chat_count integer not null default 0,
    skills text[] not null default '{}',
    departments text[] not null default '{}',
    last_activity timestamptz not null default now(),
    last_assigned_at timestamptz,
    auto_away_time integer not null default 300,
    working_hours jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint agent_availability_pkey primary key (id),
    constraint agent_availability_agent_key unique (tenant_id, agent_id),
    constraint agent_availability_agent_fkey foreign key (tenant_id, agent_id)
        references public.profiles (tenant_id, id) on delete cascade,
    constraint agent_availability_status_known check (status in ('available', 'busy', 'away', 'offline')),
    constraint agent_availability_max_chats_range check (max_concurrent_chats between 0 and 1000),
    constraint agent_availability_chat_count_positive check (current_chat_count >= 0),
    constraint agent_availability_auto_away_positive check (auto_away_time > 0)
);
comment on table public.agent_availability is 'Whether each agent can take a conversation now; the past is in agent_availability_events.';
comment on column public.agent_availability.current_chat_count is 'Open conversations assigned to the agent. Kept by triggers.';
comment on column public.agent_availability.auto_away_time is 'Seconds without activity after which the agent is away.';
comment on column public.agent_availability.departments is 'The departments that the agent serves; empty is all.';
comment on column public.agent_availability.skills is 'What skill-based assignment looks for: tags and intents.';
comment on column public.agent_availability.working_hours is 'Days with start and end; null is the tenant''s opening hours.';

create table public.agent_availability_events (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    agent_id uuid,
    is_online boolean not null,
    status text not null,
    occurred_at timestamptz not null default now(),
    constraint agent_availability_events_pkey primary key (id),
    constraint agent_availability_events_agent_fkey foreign key (tenant_id, agent_id)
        references public.profiles (tenant_id, id) on delete set null (agent_id),
    constraint agent_availability_events_tenant_fkey foreign key (tenant_id)
        references public.tenants (id) on delete restrict
);
comment on table public.agent_availability_events is
    'Each change of an agent''s presence, from which time online is computed. Kept by a trigger.';

create table public.conversation_notes (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    conversation_id uuid not null,
    agent_id uuid,
    note text not null,
    is_internal boolean not null default true,
    note_type text not null default 'general',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint conversation_notes_pkey primary key (id),
    constraint conversation_notes_conversation_fkey foreign key (tenant_id, conversation_id)
        references public.conversations (tenant_id, id) on delete cascade,
    constraint conversation_notes_agent_fkey foreign key (tenant_id, agent_id)
        references public.profiles (tenant_id, id) on delete set null (agent_id),
    constraint conversation_notes_note_type_known check (note_type in ('general', 'escalation', 'resolution'))
);
comment on table public.conversation_notes is 'What agents tell each other about a conversation.';
comment on column public.conversation_notes.note is 'Personal: may name the customer.';

create table public.conversation_transfers (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    conversation_id uuid not null,
    from_agent_id uuid,
    to_agent_id uuid,
    transfer_reason text,
    transfer_type text not null default 'manual',
    status text not null default 'pending',
    transfer_time timestamptz not null default now(),
    accepted_at timestamptz,
    rejected_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint conversation_transfers_pkey primary key (id),
    constraint conversation_transfers_conversation_fkey foreign key (tenant_id, conversation_id)
        references public.conversations (tenant_id, id) on delete cascade,
    constraint conversation_transfers_from_agent_fkey foreign key (tenant_id, from_agent_id)
        references public.profiles (tenant_id, id) on delete set null (from_agent_id),
    constraint conversation_transfers_to_agent_fkey foreign key (tenant_id, to_agent_id)
        references public.profiles (tenant_id, id) on delete set null (to_agent_id),
    constraint conversation_transfers_transfer_type_known check (transfer_type in ('manual', 'automatic', 'escalation')),
    constraint conversation_transfers_status_known check (status in ('pending', 'accepted', 'rejected')),
    constraint conversation_transfers_accepted_when check ((status = 'accepted') = (accepted_at is not null)),
    constraint conversation_transfers_rejected_when check ((status = 'rejected') = (rejected_at is not null)),
    constraint conversation_transfers_not_to_oneself check (from_agent_id <> to_agent_id)
);
comment on table public.conversation_transfers is
    'A conversation given to an agent. Without from_agent_id it comes from the AI or the queue: a handoff.';
comment on column public.conversation_transfers.transfer_reason is 'Personal: may name the customer.';

create table public.file_attachments (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    conversation_id uuid not null,
    message_id uuid,
    filename text not null,
    file_path text not null,
    file_size bigint,
    mime_type text,
    file_hash text,
    uploaded_by uuid,
    storage_provider text not null default 'supabase',
    is_public boolean not null default false,
    created_at timestamptz not null default now(),
    constraint file_attachments_pkey primary key (id),
    constraint file_attachments_path_key unique (tenant_id, storage_provider, file_path),
    constraint file_attachments_conversation_fkey foreign key (tenant_id, conversation_id)
        references public.conversations (tenant_id, id) on delete cascade,
    constraint file_attachments_message_fkey foreign key (tenant_id, message_id)
        references public.messages (tenant_id, id) on delete cascade,
    constraint file_attachments_uploaded_by_fkey foreign key (tenant_id, uploaded_by)
        references public.profiles (tenant_id, id) on delete set null (uploaded_by),
    constraint file_attachments_filename_length check (char_length(filename) between 1 and 255),
    constraint file_attachments_file_size_positive check (file_size >= 0),
    constraint file_attachments_hash_form check (file_hash ~ '^[0-9a-f]{64}$'),
    constraint file_attachments_storage_provider_known check (storage_provider in ('supabase', 'aws', 'gcs'))
);
comment on table public.file_attachments is 'Files of a conversation; their bytes lie with the storage provider.';
comment on column public.file_attachments.filename is 'Personal: as the customer called it.';
comment on column public.file_attachments.file_path is 'Personal: holds the file''s name.';
comment on column public.file_attachments.file_hash is 'SHA-256 of the bytes, in hexadecimal.';

create table public.sla_tracking (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    conversation_id uuid not null,
    sla_type text not null,
    target_time_seconds integer not null,
    actual_time_seconds integer,
    status text not null default 'pending',
    breach_reason text,
    created_at timestamptz not null default now(),
    completed_at timestamptz,
    updated_at timestamptz not null default now(),
    constraint sla_tracking_pkey primary key (id),
    constraint sla_tracking_type_key unique (tenant_id, conversation_id, sla_type),
    constraint sla_tracking_conversation_fkey foreign key (tenant_id, conversation_id)
        references public.conversations (tenant_id, id) on delete cascade,
    constraint sla_tracking_sla_type_known check (sla_type in ('first_response', 'resolution', 'handoff', 'assignment')),
    constraint sla_tracking_status_known check (status in ('met', 'breached', 'pending')),
    constraint sla_tracking_target_positive check (target_time_seconds > 0),
    constraint sla_tracking_actual_positive check (actual_time_seconds >= 0),
    constraint sla_tracking_met_is_complete check (status <> 'met' or completed_at is not null)
);
comment on table public.sla_tracking is
    'What a conversation was promised and whether it was kept, in elapsed time; the warehouse computes business time. Kept by triggers.';

create table public.canned_responses (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    title text not null,
    content text not null,
    shortcut text,
    category text not null default 'general',
    language text not null default 'en',
    usage_count integer not null default 0,
    created_by uuid,
    is_public boolean not null default true,
    is_active boolean not null default true,
    tags text[] not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint canned_responses_pkey primary key (id),
    constraint canned_responses_title_key unique (tenant_id, language, title),
    constraint canned_responses_shortcut_key unique (tenant_id, language, shortcut),
    constraint canned_responses_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint canned_responses_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint canned_responses_title_length check (char_length(title) between 1 and 255),
    constraint canned_responses_shortcut_form check (shortcut ~ '^\S{1,50}$'),
    constraint canned_responses_usage_positive check (usage_count >= 0)
);
comment on table public.canned_responses is 'Answers that agents insert by a shortcut.';
comment on column public.canned_responses.is_public is 'Whether all agents of the tenant see it, or only its author.';

create index idx_agent_availability_is_online on public.agent_availability (tenant_id, is_online, status);
create index idx_agent_availability_events_agent_id on public.agent_availability_events (tenant_id, agent_id, occurred_at);
create index idx_conversation_notes_conversation_id on public.conversation_notes (tenant_id, conversation_id, created_at);
create index idx_conversation_notes_agent_id on public.conversation_notes (tenant_id, agent_id);
create index idx_conversation_transfers_conversation_id
    on public.conversation_transfers (tenant_id, conversation_id, transfer_time);
create index idx_conversation_transfers_from_agent_id on public.conversation_transfers (tenant_id, from_agent_id);
create index idx_conversation_transfers_to_agent_id on public.conversation_transfers (tenant_id, to_agent_id);
create index idx_file_attachments_conversation_id on public.file_attachments (tenant_id, conversation_id);
create index idx_file_attachments_message_id on public.file_attachments (tenant_id, message_id);
create index idx_file_attachments_uploaded_by on public.file_attachments (tenant_id, uploaded_by);
create index idx_sla_tracking_pending on public.sla_tracking (tenant_id, created_at) where status = 'pending';
create index idx_canned_responses_category on public.canned_responses (tenant_id, category);
create index idx_canned_responses_created_by on public.canned_responses (tenant_id, created_by);

alter table public.agent_availability enable row level security;
revoke all on public.agent_availability from anon, authenticated;
grant select, insert, delete on public.agent_availability to authenticated;
-- Not how many conversations somebody has: whoever could set it could be given more than they may have.
grant update (is_online, status, max_concurrent_chats, skills, departments, last_activity, auto_away_time, working_hours)
    on public.agent_availability to authenticated;
grant all on public.agent_availability to service_role;
create policy staff_select on public.agent_availability for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy own_insert on public.agent_availability for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and ((select app.role()) = 'admin' or ((select app.role()) = 'agent' and agent_id = (select app.user_id())))
    );
create policy own_update on public.agent_availability for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and ((select app.role()) = 'admin' or ((select app.role()) = 'agent' and agent_id = (select app.user_id())))
    )
    with check (
        tenant_id = (select app.tenant_id())
        and ((select app.role()) = 'admin' or ((select app.role()) = 'agent' and agent_id = (select app.user_id())))
    );
create policy admin_delete on public.agent_availability for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.agent_availability_events enable row level security;
revoke all on public.agent_availability_events from anon, authenticated;
grant select on public.agent_availability_events to authenticated;
grant all on public.agent_availability_events to service_role;
create policy staff_select on public.agent_availability_events for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));

alter table public.conversation_notes enable row level security;
revoke all on public.conversation_notes from anon, authenticated;
grant select, insert, update, delete on public.conversation_notes to authenticated;
grant all on public.conversation_notes to service_role;
create policy staff_select on public.conversation_notes for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy own_insert on public.conversation_notes for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and ((select app.role()) = 'admin' or ((select app.role()) = 'agent' and agent_id = (select app.user_id())))
    );
create policy own_update on public.conversation_notes for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and ((select app.role()) = 'admin' or ((select app.role()) = 'agent' and agent_id = (select app.user_id())))
    )
    with check (
        tenant_id = (select app.tenant_id())
        and ((select app.role()) = 'admin' or ((select app.role()) = 'agent' and agent_id = (select app.user_id())))
    );
create policy own_delete on public.conversation_notes for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and ((select app.role()) = 'admin' or ((select app.role()) = 'agent' and agent_id = (select app.user_id())))
    );

alter table public.conversation_transfers enable row level security;
revoke all on public.conversation_transfers from anon, authenticated;
grant select, insert, update, delete on public.conversation_transfers to authenticated;
grant all on public.conversation_transfers to service_role;
create policy staff_select on public.conversation_transfers for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_insert on public.conversation_transfers for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_update on public.conversation_transfers for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.conversation_transfers for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.file_attachments enable row level security;
revoke all on public.file_attachments from anon, authenticated;
grant select, insert, update, delete on public.file_attachments to authenticated;
grant all on public.file_attachments to service_role;
create policy staff_select on public.file_attachments for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_insert on public.file_attachments for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_update on public.file_attachments for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.file_attachments for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.sla_tracking enable row level security;
revoke all on public.sla_tracking from anon, authenticated;
grant select on public.sla_tracking to authenticated;
grant all on public.sla_tracking to service_role;
create policy staff_select on public.sla_tracking for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));

alter table public.canned_responses enable row level security;
revoke all on public.canned_responses from anon, authenticated;
grant select, insert, update, delete on public.canned_responses to authenticated;
grant all on public.canned_responses to service_role;
create policy staff_select on public.canned_responses for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and (select app.role()) in ('agent', 'admin') and (is_public or created_by = (select app.user_id()) or (select app.role()) = 'admin')
    );
create policy own_insert on public.canned_responses for insert to authenticated
    with check (
        tenant_id = (select app.tenant_id())
        and ((select app.role()) = 'admin' or ((select app.role()) = 'agent' and created_by = (select app.user_id())))
    );
create policy own_update on public.canned_responses for update to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and ((select app.role()) = 'admin' or ((select app.role()) = 'agent' and created_by = (select app.user_id())))
    )
    with check (
        tenant_id = (select app.tenant_id())
        and ((select app.role()) = 'admin' or ((select app.role()) = 'agent' and created_by = (select app.user_id())))
    );
create policy own_delete on public.canned_responses for delete to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and ((select app.role()) = 'admin' or ((select app.role()) = 'agent' and created_by = (select app.user_id())))
    );
