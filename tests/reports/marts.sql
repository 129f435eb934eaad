-- What reports read of the marts, with the types of their contract.
create schema marts;

create table marts.tenants (tenant_id uuid primary key, slug text not null, name text not null, timezone text not null);

create table marts.publication (generation bigint not null, data_as_of timestamptz not null, published_at timestamptz not null);

create table marts.conversation_analytics (
    tenant_id uuid not null,
    conversation_id uuid not null default gen_random_uuid(),
    channel_type text not null default 'web_chat',
    department text not null default 'general',
    customer_key uuid,
    agent_id uuid,
    status text not null default 'resolved',
    started_on date not null,
    started_at timestamptz not null default '2026-11-22 10:00:00.123456+00',
    customer_messages bigint not null default 1,
    revenue_generated numeric(14, 2),
    first_response_seconds numeric(18, 3),
    first_human_response_seconds numeric(18, 3),
    first_resolved_at timestamptz,
    full_resolution_seconds numeric(18, 3),
    reopen_count integer not null default 0,
    ai_messages bigint not null default 0,
    handoff_count integer not null default 0,
    resolved_by text,
    is_abandoned boolean not null default false,
    customer_satisfaction numeric(7, 6),
    ai_confidence_sum numeric(18, 2),
    ai_confidence_count bigint,
    ai_fallback_messages bigint,
    primary key (tenant_id, conversation_id)
);

create table marts.daily_metrics (
    tenant_id uuid not null,
    date date not null,
    channel_type text not null,
    department text not null,
    agent_id uuid,
    total_conversations bigint not null,
    avg_satisfaction_score numeric(9, 6)
);
