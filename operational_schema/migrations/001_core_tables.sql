-- Core tables: who the tenants are, who works and writes there, and what they say to each other.

create schema if not exists app;
comment on schema app is 'Helpers of policies, triggers and jobs. Not exposed through the API.';

create function app.uuid_or_null(value text)
returns uuid
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
    return case when value ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then value::uuid end;
end;
$$;
comment on function app.uuid_or_null(text) is 'The uuid that a text spells; null, not an error, for any other text.';

create function app.tenant_id()
returns uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    -- PL/pgSQL keeps its plans for the session. Every request asks this several times, and an SQL function is planned each time.
    return app.uuid_or_null(auth.jwt() -> 'app_metadata' ->> 'tenant_id');
end;
$$;
comment on function app.tenant_id() is
    'Tenant of the request: app_metadata.tenant_id of its JWT, which users cannot change (user_metadata they can). Null without one.';

create function app.user_id()
returns uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
    return app.uuid_or_null(auth.jwt() ->> 'sub');
end;
$$;
comment on function app.user_id() is 'Who makes the request. Null, not an error, for a claim that is no uuid.';

create sequence public.conversation_ordinal;
comment on sequence public.conversation_ordinal is
    'Order of arrival within a conversation, shared by messages and events: what tells two entries of one instant apart.';

create table public.tenants (
    id uuid not null default gen_random_uuid(),
    slug text not null,
    name text not null,
    timezone text not null default 'UTC',
    status text not null default 'active',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tenants_pkey primary key (id),
    constraint tenants_slug_key unique (slug),
    constraint tenants_slug_form check (slug ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
    constraint tenants_name_length check (char_length(name) between 1 and 255),
    constraint tenants_status_known check (status in ('active', 'suspended'))
);
comment on table public.tenants is 'One row per company that is a customer of ROMASHKA: the 47th table, the root of every key.';
comment on column public.tenants.timezone is 'Canonical IANA zone (Area/City, or UTC): the zone of the tenant''s days.';

create table public.tenant_business_schedules (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    valid_from date not null default '0001-01-01',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tenant_business_schedules_pkey primary key (id),
    constraint tenant_business_schedules_tenant_id_id_key unique (tenant_id, id),
    constraint tenant_business_schedules_valid_from_key unique (tenant_id, valid_from),
    constraint tenant_business_schedules_tenant_fkey foreign key (tenant_id)
        references public.tenants (id) on delete cascade
);
comment on table public.tenant_business_schedules is
    'A week of opening hours and the local day from which it holds; one without hours is closed all week.';

create table public.tenant_business_hours (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    schedule_id uuid not null,
    weekday smallint not null,
    opens_at time not null,
    closes_at time not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tenant_business_hours_pkey primary key (id),
    constraint tenant_business_hours_range_key unique (tenant_id, schedule_id, weekday, opens_at),
    constraint tenant_business_hours_schedule_fkey foreign key (tenant_id, schedule_id)
        references public.tenant_business_schedules (tenant_id, id) on delete cascade,
    constraint tenant_business_hours_weekday_iso check (weekday between 1 and 7),
    constraint tenant_business_hours_forward check (opens_at < closes_at)
);
comment on table public.tenant_business_hours is 'One opening range of one weekday, local wall time; 00:00 to 24:00 is the whole day.';
comment on column public.tenant_business_hours.weekday is 'ISO: 1 is Monday, 7 is Sunday.';

create table public.tenant_special_days (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    day date not null,
    opens_at time,
    closes_at time,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tenant_special_days_pkey primary key (id),
    constraint tenant_special_days_range_key unique nulls not distinct (tenant_id, day, opens_at),
    constraint tenant_special_days_tenant_fkey foreign key (tenant_id)
        references public.tenants (id) on delete cascade,
    constraint tenant_special_days_forward check (
        (opens_at is null and closes_at is null) or coalesce(opens_at < closes_at, false)
    )
);
comment on table public.tenant_special_days is
    'Local days whose hours differ from the week''s: one row per range, or one row without times for a closed day.';

create table public.profiles (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    external_id text,
    email text,
    full_name text,
    company_name text,
    website_url text,
    avatar_url text,
    role text not null default 'user',
    timezone text not null default 'UTC',
    language text not null default 'en',
    is_active boolean not null default true,
    onboarding_completed boolean not null default false,
    onboarding_data jsonb not null default '{}',
    settings jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint profiles_pkey primary key (id),
    constraint profiles_tenant_id_id_key unique (tenant_id, id),
    constraint profiles_tenant_id_email_key unique (tenant_id, email),
    constraint profiles_tenant_id_external_id_key unique (tenant_id, external_id),
    constraint profiles_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint profiles_role_known check (role in ('admin', 'agent', 'user'))
);
comment on table public.profiles is 'People of a tenant: its agents, admins and users.';
comment on column public.profiles.id is
    'auth.users.id of whoever can log in. Not a foreign key: an agent''s history outlives the login.';
comment on column public.profiles.external_id is 'Key of the agent in the system that the history was imported from.';

create table public.customer_profiles (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    external_id text,
    email text,
    name text,
    phone text,
    company text,
    location text,
    timezone text not null default 'UTC',
    language text not null default 'en',
    tags text[] not null default '{}',
    custom_fields jsonb not null default '{}',
    total_conversations integer not null default 0,
    avg_satisfaction numeric(7, 6),
    last_interaction timestamptz,
    notes text,
    status text not null default 'active',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint customer_profiles_pkey primary key (id),
    constraint customer_profiles_tenant_id_id_key unique (tenant_id, id),
    constraint customer_profiles_tenant_id_email_key unique (tenant_id, email),
    constraint customer_profiles_tenant_id_external_id_key unique (tenant_id, external_id),
    constraint customer_profiles_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint customer_profiles_status_known check (status in ('active', 'blocked', 'vip')),
    constraint customer_profiles_satisfaction_range check (avg_satisfaction between 1 and 5)
);
comment on table public.customer_profiles is 'People who write to a tenant. Personal data; it does not leave this database.';

create table public.conversations (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    customer_id uuid,
    user_name text,
    user_email text,
    assigned_agent_id uuid,
    status text not null default 'active',
    priority text not null default 'normal',
    channel_type text not null default 'website',
    channel_id uuid,
    external_conversation_id text,
    customer_phone text,
    customer_social_id text,
    tags text[] not null default '{}',
    satisfaction_score numeric(7, 6),
    resolution_time_seconds integer,
    handoff_reason text,
    department text not null default 'general',
    language text not null default 'en',
    sentiment text,
    intent text,
    ai_confidence numeric(7, 6),
    business_context jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    last_message_at timestamptz,
    resolved_at timestamptz,
    last_message text,
    message_count integer not null default 0,
    workflow_id uuid,
    constraint conversations_pkey primary key (id),
    constraint conversations_tenant_id_id_key unique (tenant_id, id),
    constraint conversations_tenant_id_external_conversation_id_key unique (tenant_id, external_conversation_id),
    constraint conversations_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint conversations_customer_fkey foreign key (tenant_id, customer_id)
        references public.customer_profiles (tenant_id, id) on delete set null (customer_id),
    constraint conversations_assigned_agent_fkey foreign key (tenant_id, assigned_agent_id)
        references public.profiles (tenant_id, id) on delete set null (assigned_agent_id),
    constraint conversations_status_known check (status in (
        'active', 'open', 'assigned', 'queued', 'human_handled', 'pending', 'escalated',
        'resolved', 'closed', 'abandoned'
    )),
    constraint conversations_priority_known check (priority in ('low', 'normal', 'medium', 'high', 'urgent')),
    constraint conversations_channel_type_form check (channel_type ~ '^[a-z][a-z0-9_]{0,49}$'),
    constraint conversations_sentiment_known check (sentiment in ('positive', 'neutral', 'negative')),
    constraint conversations_satisfaction_range check (satisfaction_score between 1 and 5),
    constraint conversations_ai_confidence_range check (ai_confidence between 0 and 1),
    constraint conversations_message_count_positive check (message_count >= 0)
) with (
    -- Every message updates its conversation: room for the new row on the same page spares all indexes.
    fillfactor = 80
);
comment on table public.conversations is 'One row per conversation of a customer with a tenant, in its present state.';
comment on column public.conversations.status is
    'Present status in the words the application writes; conversation_events has the history.';
comment on column public.conversations.channel_type is 'An open list of lower-case words: a new channel needs no migration.';
comment on column public.conversations.resolution_time_seconds is 'Creation to the last resolution, whole seconds; null while open.';

create table public.messages (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    conversation_id uuid not null,
    ordinal bigint not null default nextval('public.conversation_ordinal'),
    sender_type text not null,
    sender_id uuid,
    content text not null,
    is_internal boolean not null default false,
    channel_type text not null default 'website',
    external_message_id text,
    message_type text not null default 'text',
    media_url text,
    media_caption text,
    delivery_status text not null default 'sent',
    metadata jsonb not null default '{}',
    confidence_score numeric(7, 6),
    processing_time_ms integer,
    intent_detected text,
    knowledge_sources jsonb not null default '{}',
    tokens_used integer,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint messages_pkey primary key (id),
    constraint messages_tenant_id_id_key unique (tenant_id, id),
    constraint messages_conversation_fkey foreign key (tenant_id, conversation_id)
        references public.conversations (tenant_id, id) on delete cascade,
    constraint messages_sender_fkey foreign key (tenant_id, sender_id)
        references public.profiles (tenant_id, id) on delete set null (sender_id),
    constraint messages_sender_type_known check (sender_type in (
        'user', 'customer', 'visitor', 'ai', 'assistant', 'bot', 'agent', 'human', 'system'
    )),
    constraint messages_channel_type_form check (channel_type ~ '^[a-z][a-z0-9_]{0,49}$'),
    constraint messages_message_type_known check (message_type in (
        'text', 'image', 'audio', 'video', 'document', 'location',
        'template', 'interactive', 'contacts', 'reaction'
    )),
    constraint messages_delivery_status_known check (delivery_status in ('sent', 'delivered', 'read', 'failed')),
    constraint messages_confidence_range check (confidence_score between 0 and 1),
    constraint messages_processing_time_positive check (processing_time_ms >= 0),
    constraint messages_tokens_positive check (tokens_used >= 0)
);
comment on table public.messages is 'One row per message of a conversation, public or internal.';
comment on column public.messages.ordinal is
    'Order within one instant; imported messages carry their place in the file, so that importing again changes nothing.';
comment on column public.messages.sender_id is 'The agent who wrote, where an agent did.';
comment on column public.messages.is_internal is 'Seen by the tenant''s people only; never a reply.';

create table public.conversation_events (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    conversation_id uuid not null,
    ordinal bigint not null default nextval('public.conversation_ordinal'),
    event_type text not null,
    from_status text,
    to_status text,
    from_agent_id uuid,
    to_agent_id uuid,
    score numeric(7, 6),
    actor_id uuid,
    is_automatic boolean not null default false,
    occurred_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    constraint conversation_events_pkey primary key (id),
    constraint conversation_events_conversation_fkey foreign key (tenant_id, conversation_id)
        references public.conversations (tenant_id, id) on delete cascade,
    constraint conversation_events_from_agent_fkey foreign key (tenant_id, from_agent_id)
        references public.profiles (tenant_id, id) on delete set null (from_agent_id),
    constraint conversation_events_to_agent_fkey foreign key (tenant_id, to_agent_id)
        references public.profiles (tenant_id, id) on delete set null (to_agent_id),
    constraint conversation_events_actor_fkey foreign key (tenant_id, actor_id)
        references public.profiles (tenant_id, id) on delete set null (actor_id),
    constraint conversation_events_event_type_known check (event_type in ('status', 'assignment', 'rating')),
    constraint conversation_events_status_has_target check ((event_type = 'status') = (to_status is not null)),
    constraint conversation_events_rating_has_score check ((event_type = 'rating') = (score is not null)),
    constraint conversation_events_score_range check (score between 1 and 5)
);
comment on table public.conversation_events is
    'What happened to a conversation beside its messages: each change of status, of assignee, and each rating. Kept by triggers.';
comment on column public.conversation_events.from_status is 'Null on the event of creation.';
comment on column public.conversation_events.to_agent_id is 'Null when the conversation became unassigned.';

create index idx_profiles_tenant_role on public.profiles (tenant_id, role);
create index idx_customer_profiles_tenant_created_at on public.customer_profiles (tenant_id, created_at);
create index idx_customer_profiles_phone on public.customer_profiles (tenant_id, phone);
create index idx_conversations_customer_id on public.conversations (tenant_id, customer_id);
create index idx_conversations_agent_id on public.conversations (tenant_id, assigned_agent_id);
-- What is at work now stays small however much is kept: these two hold only that, and the history has one of its own.
create index idx_conversations_status on public.conversations (tenant_id, status)
    where status not in ('resolved', 'closed', 'abandoned');
create index idx_conversations_agent_status on public.conversations (tenant_id, assigned_agent_id, status)
    where assigned_agent_id is not null and status not in ('resolved', 'closed', 'abandoned');
create index idx_conversations_status_created_at on public.conversations (tenant_id, status, created_at);
create index idx_conversations_created_at on public.conversations (tenant_id, created_at);
create index idx_messages_conversation_created on public.messages (tenant_id, conversation_id, created_at, ordinal);
-- Who of the agents wrote last, also in a conversation in which customer and AI wrote a thousand times since.
create index idx_messages_conversation_id on public.messages (tenant_id, conversation_id, created_at, ordinal)
    where sender_type in ('agent', 'human') and not is_internal;
create index idx_messages_created_at on public.messages (tenant_id, created_at);
create index idx_messages_sender_id on public.messages (tenant_id, sender_id);
create index idx_conversation_events_conversation_id on public.conversation_events (tenant_id, conversation_id, occurred_at);
create index idx_conversation_events_from_agent_id on public.conversation_events (tenant_id, from_agent_id);
create index idx_conversation_events_to_agent_id on public.conversation_events (tenant_id, to_agent_id);
create index idx_conversation_events_actor_id on public.conversation_events (tenant_id, actor_id);

create function app.role()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    person uuid := app.user_id();
    tenant uuid := app.tenant_id();
begin
    return (
        select member.role
        from public.profiles as member
        where member.id = person and member.tenant_id = tenant and member.is_active
    );
end;
$$;
comment on function app.role() is 'Role of the caller in the tenant of the request: admin, agent or user. Null for anybody else.';

revoke execute on function app.uuid_or_null(text), app.tenant_id(), app.user_id(), app.role() from public;
grant usage on schema app to authenticated, service_role;
grant execute on function app.uuid_or_null(text), app.tenant_id(), app.user_id(), app.role() to authenticated, service_role;

-- Who may see and change which rows. One policy per table and action; helpers stand in sub-selects, so that they run once per
-- statement and not once per row. Grants are stated, because what a new table grants by itself differs between installations.

alter table public.tenants enable row level security;
revoke all on public.tenants from anon, authenticated;
grant select on public.tenants to authenticated;
grant all on public.tenants to service_role;
create policy member_select on public.tenants for select to authenticated
    using (id = (select app.tenant_id()));

alter table public.tenant_business_schedules enable row level security;
revoke all on public.tenant_business_schedules from anon, authenticated;
grant select, insert, update, delete on public.tenant_business_schedules to authenticated;
grant all on public.tenant_business_schedules to service_role;
create policy staff_select on public.tenant_business_schedules for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.tenant_business_schedules for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.tenant_business_schedules for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.tenant_business_schedules for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.tenant_business_hours enable row level security;
revoke all on public.tenant_business_hours from anon, authenticated;
grant select, insert, update, delete on public.tenant_business_hours to authenticated;
grant all on public.tenant_business_hours to service_role;
create policy staff_select on public.tenant_business_hours for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.tenant_business_hours for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.tenant_business_hours for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.tenant_business_hours for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.tenant_special_days enable row level security;
revoke all on public.tenant_special_days from anon, authenticated;
grant select, insert, update, delete on public.tenant_special_days to authenticated;
grant all on public.tenant_special_days to service_role;
create policy staff_select on public.tenant_special_days for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.tenant_special_days for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.tenant_special_days for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.tenant_special_days for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.profiles enable row level security;
revoke all on public.profiles from anon, authenticated;
grant select, insert, update, delete on public.profiles to authenticated;
grant all on public.profiles to service_role;
create policy member_select on public.profiles for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (id = (select app.user_id()) or (select app.role()) in ('agent', 'admin')));
create policy admin_insert on public.profiles for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy member_update on public.profiles for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (id = (select app.user_id()) or (select app.role()) = 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (id = (select app.user_id()) or (select app.role()) = 'admin'));
create policy admin_delete on public.profiles for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.customer_profiles enable row level security;
revoke all on public.customer_profiles from anon, authenticated;
grant select, insert, update, delete on public.customer_profiles to authenticated;
grant all on public.customer_profiles to service_role;
create policy staff_select on public.customer_profiles for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_insert on public.customer_profiles for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_update on public.customer_profiles for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.customer_profiles for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.conversations enable row level security;
revoke all on public.conversations from anon, authenticated;
grant select, insert, update, delete on public.conversations to authenticated;
grant all on public.conversations to service_role;
create policy staff_select on public.conversations for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_insert on public.conversations for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_update on public.conversations for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.conversations for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.messages enable row level security;
revoke all on public.messages from anon, authenticated;
grant select, insert, update, delete on public.messages to authenticated;
grant all on public.messages to service_role;
create policy staff_select on public.messages for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_insert on public.messages for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_update on public.messages for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.messages for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.conversation_events enable row level security;
revoke all on public.conversation_events from anon, authenticated;
grant select on public.conversation_events to authenticated;
grant all on public.conversation_events to service_role;
create policy staff_select on public.conversation_events for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));

revoke all on sequence public.conversation_ordinal from anon, authenticated;
grant usage on sequence public.conversation_ordinal to authenticated, service_role;

create function app.guard_profile()
returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if (new.tenant_id, new.role, new.is_active) is distinct from (old.tenant_id, old.role, old.is_active)
        and pg_catalog.row_security_active('public.profiles')
        and app.role() is distinct from 'admin'
    then
        raise exception 'only an admin changes a role, or who is active' using errcode = 'insufficient_privilege';
    end if;
    return new;
end;
$$;
comment on function app.guard_profile() is
    'A policy cannot compare a row with what it was: this keeps people from promoting themselves.';
revoke execute on function app.guard_profile() from public;

create trigger guard_profile
before update on public.profiles
for each row execute function app.guard_profile();
