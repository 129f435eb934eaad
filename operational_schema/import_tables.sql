-- Where a file's rows wait within the transaction that imports it, keyed by the names that the file uses.

create temporary table import_tenants (
    line int, slug text, name text, timezone text, has_hours boolean
) on commit drop;
create temporary table import_hours (slug text, weekday smallint, opens_at time, closes_at time) on commit drop;
create temporary table import_special_days (slug text, day date, opens_at time, closes_at time) on commit drop;
create temporary table import_settings (slug text, setting_key text, setting_value jsonb) on commit drop;
create temporary table import_customers (
    line int, id uuid, slug text, external_id text, name text, email text
) on commit drop;
create temporary table import_agents (id uuid, slug text, external_id text) on commit drop;
create temporary table import_conversations (
    line int, id uuid, slug text, external_id text, customer text, user_name text, user_email text, agent text,
    status text, priority text, channel_type text, department text, score numeric, created_at timestamptz,
    resolved_at timestamptz, resolution_seconds int
) on commit drop;
create temporary table import_messages (
    id uuid, slug text, conversation_id uuid, ordinal bigint, sender_type text, agent text, content text,
    is_internal boolean, channel_type text, confidence numeric, created_at timestamptz
) on commit drop;
create temporary table import_events (
    id uuid, slug text, conversation_id uuid, ordinal bigint, event_type text, from_status text, to_status text,
    from_agent text, to_agent text, score numeric, occurred_at timestamptz
) on commit drop;
