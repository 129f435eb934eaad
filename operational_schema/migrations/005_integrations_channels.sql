-- Channels on which customers write, and the systems of others that the tenant has connected.

-- Domains, and not checks of the tables: what they refuse is not repeated in the message, as a refused row would be.
create domain app.envelope as text
    -- squawk-ignore ban-create-domain-with-constraint
    constraint envelope_form check (value ~ '^v1\.[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}$');
comment on domain app.envelope is
    'A secret under AES-256-GCM: v1, key id, nonce (12 bytes), ciphertext with tag (16 bytes and more), each in base64url. Bound to tenant, table, column and row: elsewhere it does not open.';

create domain app.web_address as text
    -- squawk-ignore ban-create-domain-with-constraint
    constraint web_address_form check (value ~ '^https?://[^/?#@[:space:]]+([/?#]|$)');
comment on domain app.web_address is 'An address on the web, without user and password: those are secrets.';

create domain app.open_settings as jsonb
    -- squawk-ignore ban-create-domain-with-constraint
    constraint open_settings_form check (jsonb_typeof(value) = 'object')
    constraint open_settings_without_secret check (not jsonb_path_exists(
        value,
        '$.** ? (@.type() == "object").keyvalue() ? (
            @.key like_regex "(password|passwd|passphrase|secret|token|api_?key|private_?key|credentials?)$" flag "i"
            && !(@.key like_regex "(page|sync|delta|continuation)_?token$" flag "i")
            && (@.value.type() == "string" && @.value != "" || @.value.type() == "object" || @.value.type() == "array")
        )'
    ));
comment on domain app.open_settings is
    'Settings that the tenant''s people may read: an object, refused where a key says that its value is a secret (a token that marks a place in a list is none).';

create table public.communication_channels (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    name text not null,
    type text not null,
    status text not null default 'active',
    configuration app.open_settings not null default '{}',
    webhook_url app.web_address,
    webhook_secret app.envelope,
    has_webhook_secret boolean generated always as (webhook_secret is not null) stored,
    api_credentials app.envelope,
    has_api_credentials boolean generated always as (api_credentials is not null) stored,
    message_limit_per_day integer not null default 1000,
    messages_sent_today integer not null default 0,
    last_reset_date date not null default current_date,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint communication_channels_pkey primary key (id),
    constraint communication_channels_tenant_id_id_key unique (tenant_id, id),
    constraint communication_channels_name_key unique (tenant_id, name),
    constraint communication_channels_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint communication_channels_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint communication_channels_name_length check (char_length(name) between 1 and 100),
    constraint communication_channels_type_form check (type ~ '^[a-z][a-z0-9_]{0,49}$'),
    constraint communication_channels_status_known check (status in ('active', 'inactive', 'pending_setup')),
    constraint communication_channels_limit_positive check (message_limit_per_day >= 0),
    constraint communication_channels_sent_positive check (messages_sent_today >= 0)
);
comment on table public.communication_channels is 'Where customers write: a website, a mailbox, a telephone number.';
comment on column public.communication_channels.webhook_secret is 'Secret: an envelope, opened by whoever holds the key.';
comment on column public.communication_channels.api_credentials is 'Secret: an envelope, opened by whoever holds the key.';
comment on column public.communication_channels.last_reset_date is 'The tenant''s local day that messages_sent_today counts.';

create table public.message_templates (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    name text not null,
    language text not null,
    category text not null,
    template_content jsonb not null,
    status text not null default 'pending',
    channel_type text not null,
    external_template_id text,
    usage_count integer not null default 0,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint message_templates_pkey primary key (id),
    constraint message_templates_name_key unique (tenant_id, channel_type, language, name),
    constraint message_templates_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint message_templates_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint message_templates_name_length check (char_length(name) between 1 and 255),
    constraint message_templates_category_known check (category in ('utility', 'marketing', 'authentication')),
    constraint message_templates_status_known check (status in ('pending', 'approved', 'rejected')),
    constraint message_templates_channel_type_form check (channel_type ~ '^[a-z][a-z0-9_]{0,49}$'),
    constraint message_templates_usage_positive check (usage_count >= 0)
);
comment on table public.message_templates is 'Messages that a channel''s operator has approved.';

create table public.customer_channel_preferences (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    customer_id uuid not null,
    channel_type text not null,
    is_preferred boolean not null default false,
    opt_in boolean not null default true,
    last_interaction timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint customer_channel_preferences_pkey primary key (id),
    constraint customer_channel_preferences_channel_key unique (tenant_id, customer_id, channel_type),
    constraint customer_channel_preferences_customer_fkey foreign key (tenant_id, customer_id)
        references public.customer_profiles (tenant_id, id) on delete cascade,
    constraint customer_channel_preferences_channel_type_form check (channel_type ~ '^[a-z][a-z0-9_]{0,49}$')
);
comment on table public.customer_channel_preferences is 'How a customer wants to be reached, and where not.';

create table public.channel_routing_rules (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    name text not null,
    priority integer not null default 0,
    conditions jsonb not null,
    target_channel_type text not null,
    fallback_channel_type text,
    is_active boolean not null default true,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint channel_routing_rules_pkey primary key (id),
    constraint channel_routing_rules_name_key unique (tenant_id, name),
    constraint channel_routing_rules_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint channel_routing_rules_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint channel_routing_rules_name_length check (char_length(name) between 1 and 255),
    constraint channel_routing_rules_conditions_form check (jsonb_typeof(conditions) = 'object'),
    constraint channel_routing_rules_target_form check (target_channel_type ~ '^[a-z][a-z0-9_]{0,49}$'),
    constraint channel_routing_rules_fallback_form check (fallback_channel_type ~ '^[a-z][a-z0-9_]{0,49}$')
);
comment on table public.channel_routing_rules is 'Which channel a conversation goes to; the highest priority comes first.';

create table public.message_delivery_tracking (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    message_id uuid not null,
    channel_type text not null,
    external_message_id text,
    delivery_status text not null default 'sent',
    delivery_timestamp timestamptz,
    read_timestamp timestamptz,
    error_details jsonb,
    retry_count integer not null default 0,
    max_retries integer not null default 3,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint message_delivery_tracking_pkey primary key (id),
    constraint message_delivery_tracking_message_key unique (tenant_id, message_id, channel_type),
    constraint message_delivery_tracking_message_fkey foreign key (tenant_id, message_id)
        references public.messages (tenant_id, id) on delete cascade,
    constraint message_delivery_tracking_status_known check (delivery_status in ('sent', 'delivered', 'read', 'failed')),
    constraint message_delivery_tracking_channel_type_form check (channel_type ~ '^[a-z][a-z0-9_]{0,49}$'),
    constraint message_delivery_tracking_retries_range check (retry_count between 0 and max_retries)
);
comment on table public.message_delivery_tracking is
    'How far an outbound message has come: one row per message and channel, and the furthest status of it.';
comment on column public.message_delivery_tracking.external_message_id is
    'Personal: the message''s id at the operator of the channel, which may be made of a telephone number.';
comment on column public.message_delivery_tracking.delivery_timestamp is 'When it was delivered; null until then.';
comment on column public.message_delivery_tracking.error_details is 'Personal: why it failed last, may name the recipient.';

create table public.webhook_events (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    channel_id uuid,
    event_type text not null,
    source text not null,
    external_event_id text,
    payload jsonb not null,
    processed boolean not null default false,
    processing_attempts integer not null default 0,
    error_message text,
    created_at timestamptz not null default now(),
    processed_at timestamptz,
    updated_at timestamptz not null default now(),
    constraint webhook_events_pkey primary key (id),
    constraint webhook_events_external_key unique (tenant_id, source, external_event_id),
    constraint webhook_events_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint webhook_events_channel_fkey foreign key (tenant_id, channel_id)
        references public.communication_channels (tenant_id, id) on delete set null (channel_id),
    constraint webhook_events_source_form check (source ~ '^[a-z][a-z0-9_]{0,49}$'),
    constraint webhook_events_processed_when check (processed = (processed_at is not null)),
    constraint webhook_events_attempts_positive check (processing_attempts >= 0)
);
comment on table public.webhook_events is 'What other systems told us, until it is worked on.';
comment on column public.webhook_events.source is 'Who told us: an open list, such as whatsapp, webhook, api.';
comment on column public.webhook_events.external_event_id is 'The event''s id at its source; what is told twice is one event.';
comment on column public.webhook_events.payload is 'Personal: whatever the other system sent.';

create table public.integrations (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    name text not null,
    type text not null,
    provider text not null,
    status text not null default 'inactive',
    configuration app.open_settings not null default '{}',
    credentials app.envelope,
    has_credentials boolean generated always as (credentials is not null) stored,
    sync_settings app.open_settings not null default '{}',
    last_sync_at timestamptz,
    sync_frequency integer not null default 3600,
    error_count integer not null default 0,
    last_error text,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint integrations_pkey primary key (id),
    constraint integrations_tenant_id_id_key unique (tenant_id, id),
    constraint integrations_name_key unique (tenant_id, name),
    constraint integrations_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint integrations_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint integrations_name_length check (char_length(name) between 1 and 255),
    constraint integrations_type_known check (type in ('crm', 'helpdesk', 'ecommerce', 'email_marketing')),
    constraint integrations_provider_form check (provider ~ '^[a-z][a-z0-9_]{0,99}$'),
    constraint integrations_status_known check (status in ('active', 'inactive', 'error', 'pending_setup')),
    constraint integrations_sync_frequency_positive check (sync_frequency > 0),
    constraint integrations_error_count_positive check (error_count >= 0)
);
comment on table public.integrations is 'Systems of others that the tenant has connected.';
comment on column public.integrations.credentials is 'Secret: an envelope, opened by whoever holds the key.';
comment on column public.integrations.sync_frequency is 'Seconds.';

create table public.integration_field_mappings (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    integration_id uuid not null,
    source_entity text not null,
    target_entity text not null,
    source_field text not null,
    target_field text not null,
    transformation_rule text,
    is_required boolean not null default false,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint integration_field_mappings_pkey primary key (id),
    constraint integration_field_mappings_field_key
        unique (tenant_id, integration_id, source_entity, source_field, target_entity, target_field),
    constraint integration_field_mappings_integration_fkey foreign key (tenant_id, integration_id)
        references public.integrations (tenant_id, id) on delete cascade,
    constraint integration_field_mappings_source_known check (source_entity in ('conversation', 'customer', 'message')),
    constraint integration_field_mappings_target_form check (target_entity ~ '^[A-Za-z][A-Za-z0-9_]{0,99}$')
);
comment on table public.integration_field_mappings is 'Which of our fields becomes which of theirs.';
comment on column public.integration_field_mappings.target_entity is 'In the words of the other system: contact, deal, ticket, …';

create table public.sync_jobs (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    integration_id uuid not null,
    job_type text not null,
    direction text not null,
    status text not null default 'pending',
    records_processed integer not null default 0,
    records_failed integer not null default 0,
    records_total integer,
    started_at timestamptz,
    completed_at timestamptz,
    error_details jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint sync_jobs_pkey primary key (id),
    constraint sync_jobs_integration_fkey foreign key (tenant_id, integration_id)
        references public.integrations (tenant_id, id) on delete cascade,
    constraint sync_jobs_job_type_known check (job_type in ('full_sync', 'incremental', 'real_time')),
    constraint sync_jobs_direction_known check (direction in ('inbound', 'outbound', 'bidirectional')),
    constraint sync_jobs_status_known check (status in ('pending', 'running', 'completed', 'failed')),
    constraint sync_jobs_counts_positive check (least(records_processed, records_failed, records_total) >= 0),
    constraint sync_jobs_completed_after check (completed_at >= started_at),
    constraint sync_jobs_completed_when check ((status in ('completed', 'failed')) = (completed_at is not null))
);
comment on table public.sync_jobs is 'Each exchange of rows with a connected system.';
comment on column public.sync_jobs.error_details is 'Personal: may hold the rows that failed.';

create table public.webhook_subscriptions (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    integration_id uuid not null,
    event_type text not null,
    webhook_url app.web_address not null,
    secret_key app.envelope,
    has_secret_key boolean generated always as (secret_key is not null) stored,
    is_active boolean not null default true,
    retry_count integer not null default 3,
    timeout_seconds integer not null default 30,
    last_triggered timestamptz,
    success_count integer not null default 0,
    failure_count integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint webhook_subscriptions_pkey primary key (id),
    constraint webhook_subscriptions_integration_id_key unique (tenant_id, integration_id, id),
    constraint webhook_subscriptions_event_key unique (tenant_id, integration_id, event_type, webhook_url),
    constraint webhook_subscriptions_integration_fkey foreign key (tenant_id, integration_id)
        references public.integrations (tenant_id, id) on delete cascade,
    constraint webhook_subscriptions_retry_range check (retry_count between 0 and 20),
    constraint webhook_subscriptions_timeout_range check (timeout_seconds between 1 and 300),
    constraint webhook_subscriptions_counts_positive check (least(success_count, failure_count) >= 0)
);
comment on table public.webhook_subscriptions is 'Where our events are to be sent.';
comment on column public.webhook_subscriptions.secret_key is
    'Secret: an envelope, opened by whoever holds the key; what we send is signed with it.';

create table public.customer_sync_mapping (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    customer_profile_id uuid not null,
    integration_id uuid not null,
    external_id text not null,
    external_entity_type text not null,
    last_synced_at timestamptz not null default now(),
    sync_status text not null default 'synced',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint customer_sync_mapping_pkey primary key (id),
    constraint customer_sync_mapping_customer_key unique (tenant_id, customer_profile_id, integration_id),
    constraint customer_sync_mapping_external_key unique (tenant_id, integration_id, external_entity_type, external_id),
    constraint customer_sync_mapping_customer_fkey foreign key (tenant_id, customer_profile_id)
        references public.customer_profiles (tenant_id, id) on delete cascade,
    constraint customer_sync_mapping_integration_fkey foreign key (tenant_id, integration_id)
        references public.integrations (tenant_id, id) on delete cascade,
    constraint customer_sync_mapping_entity_type_known check (external_entity_type in ('contact', 'lead', 'customer')),
    constraint customer_sync_mapping_status_known check (sync_status in ('synced', 'pending', 'error'))
);
comment on table public.customer_sync_mapping is 'Which of their contacts is which of our customers.';
comment on column public.customer_sync_mapping.external_id is 'Personal: names the customer in the other system.';

create table public.webhook_logs (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    integration_id uuid not null,
    webhook_subscription_id uuid,
    event_type text not null,
    payload jsonb,
    response_status integer,
    response_body text,
    error_message text,
    processing_time_ms integer,
    created_at timestamptz not null default now(),
    constraint webhook_logs_pkey primary key (id),
    constraint webhook_logs_integration_fkey foreign key (tenant_id, integration_id)
        references public.integrations (tenant_id, id) on delete cascade,
    constraint webhook_logs_subscription_fkey foreign key (tenant_id, integration_id, webhook_subscription_id)
        references public.webhook_subscriptions (tenant_id, integration_id, id) on delete cascade,
    constraint webhook_logs_response_range check (response_status between 100 and 599),
    constraint webhook_logs_processing_time_positive check (processing_time_ms >= 0)
);
comment on table public.webhook_logs is 'Each attempt to send an event; kept 30 days.';
comment on column public.webhook_logs.integration_id is 'That of the subscription, where only the subscription is given.';
comment on column public.webhook_logs.webhook_subscription_id is 'Null for what was sent without a subscription.';
comment on column public.webhook_logs.payload is 'Personal: what was sent.';
comment on column public.webhook_logs.response_body is 'Personal: may repeat what was sent.';

create table public.integration_audit_logs (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    integration_id uuid not null,
    actor_id uuid default app.user_id(),
    action text not null,
    entity_type text,
    entity_id text,
    details app.open_settings not null default '{}',
    created_at timestamptz not null default now(),
    constraint integration_audit_logs_pkey primary key (id),
    constraint integration_audit_logs_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint integration_audit_logs_action_known check (action in ('create', 'update', 'delete', 'sync', 'error'))
);
comment on table public.integration_audit_logs is
    'What was done with connected systems, and by whom: append-only, and written by a trigger for what changes in integrations.';
comment on column public.integration_audit_logs.integration_id is 'Not a foreign key: the trail outlives what it is about.';
comment on column public.integration_audit_logs.actor_id is
    'The person, where one asked; null for a job. Not a foreign key: the trail outlives the person''s row.';
comment on column public.integration_audit_logs.details is
    'Personal: may hold what was exchanged. Of a change, the names of the columns only.';

create table public.api_keys (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    name text not null,
    key_prefix text not null,
    key_hash text not null,
    scopes text[] not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint api_keys_pkey primary key (id),
    constraint api_keys_name_key unique (tenant_id, name),
    constraint api_keys_hash_key unique (key_hash),
    constraint api_keys_tenant_fkey foreign key (tenant_id) references public.tenants (id) on delete restrict,
    constraint api_keys_created_by_fkey foreign key (tenant_id, created_by)
        references public.profiles (tenant_id, id) on delete set null (created_by),
    constraint api_keys_name_length check (char_length(name) between 1 and 100),
    constraint api_keys_prefix_form check (key_prefix ~ '^rk_[0-9a-f]{8}$'),
    constraint api_keys_hash_form check (key_hash ~ '^[0-9a-f]{64}$'),
    constraint api_keys_scopes_known check (scopes <@ array['read', 'write', 'admin'] and cardinality(scopes) >= 1)
);
comment on table public.api_keys is 'Keys with which programs call our interface. The key itself is shown once and kept nowhere.';
comment on column public.api_keys.key_prefix is 'The beginning of the key, by which people tell keys apart.';
comment on column public.api_keys.key_hash is
    'Secret: SHA-256 of the key, hexadecimal. A key is 244 random bits: no salt and no slow hash would add to that.';
comment on column public.api_keys.last_used_at is 'To the minute.';

-- Installed together with 001, on an empty table: there are no rows to be scanned, and no writers to be kept waiting.
alter table public.conversations
    -- squawk-ignore adding-foreign-key-constraint,constraint-missing-not-valid
    add constraint conversations_channel_fkey foreign key (tenant_id, channel_id)
    references public.communication_channels (tenant_id, id) on delete set null (channel_id);

create index idx_conversations_channel_id on public.conversations (tenant_id, channel_id);
create index idx_communication_channels_type on public.communication_channels (tenant_id, type);
create index idx_communication_channels_created_by on public.communication_channels (tenant_id, created_by);
create index idx_message_templates_created_by on public.message_templates (tenant_id, created_by);
create index idx_channel_routing_rules_created_by on public.channel_routing_rules (tenant_id, created_by);
create index idx_message_delivery_tracking_external_id on public.message_delivery_tracking (tenant_id, external_message_id);
create index idx_webhook_events_waiting on public.webhook_events (tenant_id, created_at) where not processed;
create index idx_webhook_events_created_at on public.webhook_events (tenant_id, created_at);
create index idx_webhook_events_channel_id on public.webhook_events (tenant_id, channel_id);
create index idx_integrations_type on public.integrations (tenant_id, type, status);
create index idx_integrations_created_by on public.integrations (tenant_id, created_by);
create index idx_sync_jobs_integration_id on public.sync_jobs (tenant_id, integration_id, created_at);
create index idx_sync_jobs_status on public.sync_jobs (tenant_id, status);
create index idx_customer_sync_mapping_integration_id on public.customer_sync_mapping (tenant_id, integration_id);
create index idx_webhook_logs_subscription_id on public.webhook_logs (tenant_id, integration_id, webhook_subscription_id);
create index idx_webhook_logs_created_at on public.webhook_logs (tenant_id, created_at);
create index idx_integration_audit_logs_integration_id
    on public.integration_audit_logs (tenant_id, integration_id, created_at);
create index idx_api_keys_created_by on public.api_keys (tenant_id, created_by);

-- Secrets are in no grant, not even of service_role: select * is refused, a list of columns or the view beside the table gets
-- all the rest. The server writes an envelope like any column, and reads one by read_secret().

alter table public.communication_channels enable row level security;
revoke all on public.communication_channels from anon, authenticated, service_role;
grant select (
    id, tenant_id, name, type, status, configuration, webhook_url, has_webhook_secret,
    has_api_credentials, message_limit_per_day, messages_sent_today, last_reset_date, created_by,
    created_at, updated_at
) on public.communication_channels to authenticated, service_role;
grant
    insert (
        id, tenant_id, name, type, status, configuration, webhook_url, message_limit_per_day, created_by,
        created_at, updated_at
    ),
    update (
        id, tenant_id, name, type, status, configuration, webhook_url, message_limit_per_day, created_by,
        created_at, updated_at
    ),
    delete on public.communication_channels to authenticated;
grant insert, update, delete on public.communication_channels to service_role;
create policy staff_select on public.communication_channels for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.communication_channels for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.communication_channels for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.communication_channels for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.message_templates enable row level security;
revoke all on public.message_templates from anon, authenticated;
grant select, insert, update, delete on public.message_templates to authenticated;
grant all on public.message_templates to service_role;
create policy staff_select on public.message_templates for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.message_templates for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.message_templates for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.message_templates for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.customer_channel_preferences enable row level security;
revoke all on public.customer_channel_preferences from anon, authenticated;
grant select, insert, update, delete on public.customer_channel_preferences to authenticated;
grant all on public.customer_channel_preferences to service_role;
create policy staff_select on public.customer_channel_preferences for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_insert on public.customer_channel_preferences for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy staff_update on public.customer_channel_preferences for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_delete on public.customer_channel_preferences for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.channel_routing_rules enable row level security;
revoke all on public.channel_routing_rules from anon, authenticated;
grant select, insert, update, delete on public.channel_routing_rules to authenticated;
grant all on public.channel_routing_rules to service_role;
create policy staff_select on public.channel_routing_rules for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.channel_routing_rules for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.channel_routing_rules for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.channel_routing_rules for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.message_delivery_tracking enable row level security;
revoke all on public.message_delivery_tracking from anon, authenticated;
grant select on public.message_delivery_tracking to authenticated;
grant all on public.message_delivery_tracking to service_role;
create policy staff_select on public.message_delivery_tracking for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));

alter table public.webhook_events enable row level security;
revoke all on public.webhook_events from anon, authenticated;
grant select on public.webhook_events to authenticated;
grant all on public.webhook_events to service_role;
create policy admin_select on public.webhook_events for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.integrations enable row level security;
revoke all on public.integrations from anon, authenticated, service_role;
grant select (
    id, tenant_id, name, type, provider, status, configuration, has_credentials, sync_settings,
    last_sync_at, sync_frequency, error_count, last_error, created_by, created_at, updated_at
) on public.integrations to authenticated, service_role;
grant
    insert (
        id, tenant_id, name, type, provider, status, configuration, sync_settings, last_sync_at,
        sync_frequency, error_count, last_error, created_by, created_at, updated_at
    ),
    update (
        id, tenant_id, name, type, provider, status, configuration, sync_settings, last_sync_at,
        sync_frequency, error_count, last_error, created_by, created_at, updated_at
    ),
    delete on public.integrations to authenticated;
grant insert, update, delete on public.integrations to service_role;
create policy staff_select on public.integrations for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.integrations for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.integrations for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.integrations for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.integration_field_mappings enable row level security;
revoke all on public.integration_field_mappings from anon, authenticated;
grant select, insert, update, delete on public.integration_field_mappings to authenticated;
grant all on public.integration_field_mappings to service_role;
create policy staff_select on public.integration_field_mappings for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.integration_field_mappings for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.integration_field_mappings for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.integration_field_mappings for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.sync_jobs enable row level security;
revoke all on public.sync_jobs from anon, authenticated;
grant select, insert on public.sync_jobs to authenticated;
grant all on public.sync_jobs to service_role;
create policy staff_select on public.sync_jobs for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));
create policy admin_insert on public.sync_jobs for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.webhook_subscriptions enable row level security;
revoke all on public.webhook_subscriptions from anon, authenticated, service_role;
grant select (
    id, tenant_id, integration_id, event_type, webhook_url, has_secret_key, is_active, retry_count,
    timeout_seconds, last_triggered, success_count, failure_count, created_at, updated_at
) on public.webhook_subscriptions to authenticated, service_role;
grant
    insert (
        id, tenant_id, integration_id, event_type, webhook_url, is_active, retry_count, timeout_seconds,
        created_at, updated_at
    ),
    update (
        id, tenant_id, integration_id, event_type, webhook_url, is_active, retry_count, timeout_seconds,
        created_at, updated_at
    ),
    delete on public.webhook_subscriptions to authenticated;
grant insert, update, delete on public.webhook_subscriptions to service_role;
create policy admin_select on public.webhook_subscriptions for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_insert on public.webhook_subscriptions for insert to authenticated
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.webhook_subscriptions for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_delete on public.webhook_subscriptions for delete to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.customer_sync_mapping enable row level security;
revoke all on public.customer_sync_mapping from anon, authenticated;
grant select on public.customer_sync_mapping to authenticated;
grant all on public.customer_sync_mapping to service_role;
create policy staff_select on public.customer_sync_mapping for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'));

alter table public.webhook_logs enable row level security;
revoke all on public.webhook_logs from anon, authenticated;
grant select on public.webhook_logs to authenticated;
grant all on public.webhook_logs to service_role;
create policy admin_select on public.webhook_logs for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.integration_audit_logs enable row level security;
revoke all on public.integration_audit_logs from anon, authenticated, service_role;
grant select on public.integration_audit_logs to authenticated;
grant select, insert on public.integration_audit_logs to service_role;
create policy admin_select on public.integration_audit_logs for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

alter table public.api_keys enable row level security;
revoke all on public.api_keys from anon, authenticated, service_role;
grant select (
    id, tenant_id, name, key_prefix, scopes, expires_at, revoked_at, last_used_at, created_by, created_at, updated_at
) on public.api_keys to authenticated, service_role;
grant update (name, expires_at, revoked_at) on public.api_keys to authenticated;
grant insert, update, delete on public.api_keys to service_role;
create policy admin_select on public.api_keys for select to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');
create policy admin_update on public.api_keys for update to authenticated
    using (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin')
    with check (tenant_id = (select app.tenant_id()) and (select app.role()) = 'admin');

create view public.readable_communication_channels
with (security_invoker = true) as
select
    id, tenant_id, name, type, status, configuration, webhook_url, has_webhook_secret,
    has_api_credentials, message_limit_per_day, messages_sent_today, last_reset_date, created_by,
    created_at, updated_at
from public.communication_channels;
comment on view public.readable_communication_channels is
    'public.communication_channels without its secrets: what select * may be asked of.';
revoke all on public.readable_communication_channels from anon, authenticated, service_role;
grant select on public.readable_communication_channels to authenticated, service_role;

create view public.readable_integrations
with (security_invoker = true) as
select
    id, tenant_id, name, type, provider, status, configuration, has_credentials, sync_settings,
    last_sync_at, sync_frequency, error_count, last_error, created_by, created_at, updated_at
from public.integrations;
comment on view public.readable_integrations is
    'public.integrations without its secrets: what select * may be asked of.';
revoke all on public.readable_integrations from anon, authenticated, service_role;
grant select on public.readable_integrations to authenticated, service_role;

create view public.readable_webhook_subscriptions
with (security_invoker = true) as
select
    id, tenant_id, integration_id, event_type, webhook_url, has_secret_key, is_active, retry_count,
    timeout_seconds, last_triggered, success_count, failure_count, created_at, updated_at
from public.webhook_subscriptions;
comment on view public.readable_webhook_subscriptions is
    'public.webhook_subscriptions without its secrets: what select * may be asked of.';
revoke all on public.readable_webhook_subscriptions from anon, authenticated, service_role;
grant select on public.readable_webhook_subscriptions to authenticated, service_role;
