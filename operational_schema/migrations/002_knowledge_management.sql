-- Knowledge: what the tenant knows, in versions, what it was good for, and what customers mean.

create function app.public_tenant_id()
returns uuid
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select tenant.id
    from public.tenants as tenant
    where tenant.status = 'active'
        and tenant.slug = nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-romashka-tenant'
$$;
comment on function app.public_tenant_id() is
    'Tenant whose published knowledge a visitor reads: the slug in the request''s header x-romashka-tenant. Null without one.';
revoke execute on function app.public_tenant_id() from public;
grant usage on schema app to anon;
grant execute on function app.public_tenant_id() to anon, authenticated, service_role;

create table public.knowledge_categories (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    name text not null,
    description text,
    parent_id uuid,
    order_index integer not null default 0,
    icon text,
    color text,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint knowledge_categories_pkey primary key (id),
    constraint knowledge_categories_tenant_id_id_key unique (tenant_id, id),
    constraint knowledge_categories_name_key unique nulls not distinct (tenant_id, parent_id, name),
    constraint knowledge_categories_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint knowledge_categories_parent_fkey foreign key (tenant_id, parent_id)
        references public.knowledge_categories (tenant_id, id) on delete restrict,
    constraint knowledge_categories_name_length check (char_length(name) between 1 and 255),
    constraint knowledge_categories_not_its_own_parent check (parent_id <> id)
);
comment on table public.knowledge_categories is 'A tree of subjects; names are unique among siblings.';

create table public.knowledge_items (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    category_id uuid,
    title text not null,
    content text not null,
    source_type text not null,
    source_url text,
    file_path text,
    confidence_score numeric(7, 6) not null default 0.8,
    usage_count integer not null default 0,
    effectiveness_score numeric(7, 6),
    language text not null default 'en',
    tags text[] not null default '{}',
    status text not null default 'active',
    is_public boolean not null default false,
    version integer not null default 1,
    created_by uuid,
    updated_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint knowledge_items_pkey primary key (id),
    constraint knowledge_items_tenant_id_id_key unique (tenant_id, id),
    constraint knowledge_items_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint knowledge_items_category_fkey foreign key (tenant_id, category_id)
        references public.knowledge_categories (tenant_id, id) on delete set null (category_id),
    constraint knowledge_items_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint knowledge_items_updated_by_fkey foreign key (tenant_id, updated_by)
        references public.profiles (tenant_id, id) on delete set null (updated_by),
    constraint knowledge_items_title_length check (char_length(title) between 1 and 500),
    constraint knowledge_items_source_type_known check (source_type in ('url', 'file', 'manual')),
    constraint knowledge_items_status_known check (status in ('active', 'draft', 'archived')),
    constraint knowledge_items_confidence_range check (confidence_score between 0 and 1),
    constraint knowledge_items_effectiveness_range check (effectiveness_score between 0 and 1),
    constraint knowledge_items_usage_positive check (usage_count >= 0),
    constraint knowledge_items_version_positive check (version >= 1)
);
comment on table public.knowledge_items is 'Articles that the AI and the agents answer from.';
comment on column public.knowledge_items.is_public is 'Whether visitors who are not logged in may read it, while it is active.';
comment on column public.knowledge_items.effectiveness_score is
    'Share of the rated uses that helped; null before the first rating. Kept by a trigger, as usage_count is.';

create table public.knowledge_versions (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    knowledge_item_id uuid not null,
    version integer not null,
    title text not null,
    content text not null,
    changes_description text,
    created_by uuid,
    created_at timestamptz not null default now(),
    constraint knowledge_versions_pkey primary key (id),
    constraint knowledge_versions_version_key unique (tenant_id, knowledge_item_id, version),
    constraint knowledge_versions_item_fkey foreign key (tenant_id, knowledge_item_id)
        references public.knowledge_items (tenant_id, id) on delete cascade,
    constraint knowledge_versions_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint knowledge_versions_version_positive check (version >= 1)
);
comment on table public.knowledge_versions is 'What an article said before each change. Kept by a trigger.';

create table public.knowledge_analytics (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    knowledge_item_id uuid not null,
    conversation_id uuid,
    was_helpful boolean,
    feedback_text text,
    usage_context text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint knowledge_analytics_pkey primary key (id),
    constraint knowledge_analytics_item_fkey foreign key (tenant_id, knowledge_item_id)
        references public.knowledge_items (tenant_id, id) on delete cascade,
    constraint knowledge_analytics_conversation_fkey foreign key (tenant_id, conversation_id)
        references public.conversations (tenant_id, id) on delete cascade,
    constraint knowledge_analytics_usage_context_known check (usage_context in ('chat', 'search', 'suggestion'))
);
comment on table public.knowledge_analytics is 'One row per use of an article.';
comment on column public.knowledge_analytics.was_helpful is 'Null where nobody said.';
comment on column public.knowledge_analytics.feedback_text is 'Personal: what the customer wrote.';

create table public.intent_patterns (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    intent_name text not null,
    language text not null,
    patterns text[] not null,
    examples jsonb not null default '[]',
    confidence_threshold numeric(7, 6) not null default 0.8,
    is_active boolean not null default true,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint intent_patterns_pkey primary key (id),
    constraint intent_patterns_name_key unique (tenant_id, intent_name, language),
    constraint intent_patterns_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint intent_patterns_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint intent_patterns_name_length check (char_length(intent_name) between 1 and 100),
    constraint intent_patterns_has_pattern check (cardinality(patterns) >= 1),
    constraint intent_patterns_threshold_range check (confidence_threshold between 0 and 1)
);
comment on table public.intent_patterns is 'What customers say when they mean something, by language.';

create table public.conversation_context (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    conversation_id uuid not null,
    context_data jsonb not null default '{}',
    last_intent text,
    conversation_summary text,
    key_entities jsonb not null default '{}',
    customer_preferences jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint conversation_context_pkey primary key (id),
    constraint conversation_context_conversation_key unique (tenant_id, conversation_id),
    constraint conversation_context_conversation_fkey foreign key (tenant_id, conversation_id)
        references public.conversations (tenant_id, id) on delete cascade
);
comment on table public.conversation_context is 'What the AI remembers of a conversation.';
comment on column public.conversation_context.context_data is 'Personal: whatever the customer said.';
comment on column public.conversation_context.conversation_summary is 'Personal: what was said, in short.';
comment on column public.conversation_context.key_entities is 'Personal: names, numbers and dates that the customer said.';
comment on column public.conversation_context.customer_preferences is 'Personal: what the customer likes.';

-- What searches a text for a part of it asks the three letters in a row that the part has.
do $$
declare
    place text;
begin
    create extension if not exists pg_trgm with schema extensions;
    select extension.extnamespace::regnamespace::text into place
    from pg_catalog.pg_extension as extension
    where extension.extname = 'pg_trgm';
    if place <> 'extensions' then
        raise exception 'the extension pg_trgm lies in the schema %', place
            using hint = 'alter extension pg_trgm set schema extensions';
    end if;
end;
$$;

create index idx_messages_content_trgm on public.messages using gin (content extensions.gin_trgm_ops);
create index idx_knowledge_items_category_id on public.knowledge_items (tenant_id, category_id);
create index idx_knowledge_items_status on public.knowledge_items (tenant_id, status, language);
create index idx_knowledge_items_created_by on public.knowledge_items (tenant_id, created_by);
create index idx_knowledge_items_updated_by on public.knowledge_items (tenant_id, updated_by);
create index idx_knowledge_items_content_trgm on public.knowledge_items using gin (content extensions.gin_trgm_ops);
create index idx_knowledge_items_title_trgm on public.knowledge_items using gin (title extensions.gin_trgm_ops);
create index idx_knowledge_versions_created_by on public.knowledge_versions (tenant_id, created_by);
create index idx_knowledge_analytics_item_id on public.knowledge_analytics (tenant_id, knowledge_item_id, created_at);
create index idx_knowledge_analytics_conversation_id on public.knowledge_analytics (tenant_id, conversation_id);
create index idx_intent_patterns_created_by on public.intent_patterns (tenant_id, created_by);

alter table public.knowledge_categories enable row level security;
revoke all on public.knowledge_categories from anon, authenticated;
grant select, insert, update, delete on public.knowledge_categories to authenticated;
grant all on public.knowledge_categories to service_role;
create policy member_select on public.knowledge_categories for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (is_active or (select app.role()) in ('agent', 'admin')));
create policy staff_insert on public.knowledge_categories for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_update on public.knowledge_categories for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.knowledge_categories for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
grant select on public.knowledge_categories to anon;
create policy visitor_select on public.knowledge_categories for select to anon
    using (tenant_id = (select app.public_tenant_id()) and is_active);

alter table public.knowledge_items enable row level security;
revoke all on public.knowledge_items from anon, authenticated;
grant select, insert, update, delete on public.knowledge_items to authenticated;
grant all on public.knowledge_items to service_role;
create policy member_select on public.knowledge_items for select to authenticated
    using (
        tenant_id = (select app.tenant_id())
        and ((is_public and status = 'active') or (select app.role()) in ('agent', 'admin'))
    );
create policy staff_insert on public.knowledge_items for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_update on public.knowledge_items for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.knowledge_items for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
grant select on public.knowledge_items to anon;
create policy visitor_select on public.knowledge_items for select to anon
    using (tenant_id = (select app.public_tenant_id()) and is_public and status = 'active');

alter table public.knowledge_versions enable row level security;
revoke all on public.knowledge_versions from anon, authenticated;
grant select on public.knowledge_versions to authenticated;
grant all on public.knowledge_versions to service_role;
create policy staff_select on public.knowledge_versions for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));

alter table public.knowledge_analytics enable row level security;
revoke all on public.knowledge_analytics from anon, authenticated;
grant select, insert, update, delete on public.knowledge_analytics to authenticated;
grant all on public.knowledge_analytics to service_role;
create policy staff_select on public.knowledge_analytics for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_insert on public.knowledge_analytics for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_update on public.knowledge_analytics for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.knowledge_analytics for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.intent_patterns enable row level security;
revoke all on public.intent_patterns from anon, authenticated;
grant select, insert, update, delete on public.intent_patterns to authenticated;
grant all on public.intent_patterns to service_role;
create policy staff_select on public.intent_patterns for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.intent_patterns for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.intent_patterns for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.intent_patterns for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.conversation_context enable row level security;
revoke all on public.conversation_context from anon, authenticated;
grant select, insert, update, delete on public.conversation_context to authenticated;
grant all on public.conversation_context to service_role;
create policy staff_select on public.conversation_context for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_insert on public.conversation_context for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_update on public.conversation_context for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.conversation_context for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
