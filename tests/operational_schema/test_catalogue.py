"""The promises of the schema over its catalogue: kept by ours, and each noticed when it is broken.

Belongs here: the rules. Not here: what else `verify` asks (`test_verify.py`), and what rows do.
"""

import psycopg
import pytest

from operational_schema import verify

pytestmark = pytest.mark.usefixtures("every_server")

# For each rule a statement that breaks it and nothing else, and what is then found.
BREAKS: dict[str, tuple[str, str]] = {
    "audit_complete": ("alter table public.profiles enable trigger audit_update", "update on profiles"),
    "audit_decided": (
        "create table public.new (tenant_id uuid primary key, updated_at timestamptz); comment on table public.new is 'x'; "
        "create trigger keep_updated_at before update on public.new for each row "
        "execute function public.update_updated_at_column(); "
        "alter table public.new enable row level security; "
        "revoke all on public.new from anon, authenticated; create policy one on public.new for select to authenticated "
        "using (tenant_id = (select app.tenant_id()))",
        "new",
    ),
    "audit_guarded": ("alter table public.audit_logs disable trigger guard_delete", "delete on audit_logs"),
    "change_log_complete": (
        "alter table public.messages enable trigger change_log_update",
        "update on messages",
    ),
    "figures_described": (
        "comment on column public.daily_metrics.handoff_rate is null",
        "handoff_rate of daily_metrics",
    ),
    "function_described": ("comment on function app.role() is null", "app.role()"),
    "function_listed": ("grant execute on function etl.reason() to authenticated", "etl.reason() for authenticated"),
    "function_search_path": ("alter function app.role() set search_path = public", "app.role()"),
    "grants_of_anon": ("grant select on public.messages to anon", "messages"),
    "grants_past_policies": ("grant truncate on public.messages to authenticated", "messages"),
    "has_policy": ("drop policy staff_select on public.report_deliveries", "report_deliveries"),
    "index_asked": ("create index idle on public.messages (tenant_id, tokens_used)", "idle"),
    "index_begins_none": ("create index begins on public.messages (tenant_id, conversation_id)", "begins"),
    "index_is_single": (
        "create index twice on public.messages (tenant_id, sender_id)",
        "idx_messages_sender_id and twice",
    ),
    "kept_columns": (
        "grant update (message_count) on public.conversations to authenticated",
        "message_count of conversations: update",
    ),
    "key_indexed": ("drop index public.idx_messages_sender_id", "messages_sender_fkey of messages"),
    "key_says_on_delete": (
        "alter table public.messages drop constraint messages_sender_fkey, add constraint messages_sender_fkey "
        "foreign key (tenant_id, sender_id) references public.profiles (tenant_id, id)",
        "messages_sender_fkey of messages",
    ),
    "key_within_tenant": (
        "create index of_sender on public.messages (sender_id); "
        "alter table public.messages add constraint bare "
        "foreign key (sender_id) references public.profiles (id) on delete set null",
        "bare of messages",
    ),
    "nothing_invalid": (
        "alter table public.messages add constraint long check (content <> 'x') not valid",
        "long of messages",
    ),
    "one_owner": (
        "create role stranger; grant create on schema app to stranger; alter function app.role() owner to stranger",
        "app.role() belongs to stranger",
    ),
    "policy_check_is_using": (
        "alter policy staff_update on public.messages with check (tenant_id = (select app.tenant_id()))",
        "staff_update of messages",
    ),
    "policy_helper_wrapped": (
        "alter policy staff_select on public.messages "
        "using (tenant_id = (select app.tenant_id()) and app.role() in ('agent', 'admin'))",
        "staff_select of messages",
    ),
    "policy_is_single": (
        "create policy again on public.messages for select to authenticated "
        "using (tenant_id = (select app.tenant_id()))",
        "SELECT on messages",
    ),
    "policy_names_tenant": (
        "alter policy staff_select on public.messages using (tenant_id = (select app.tenant_id()) or true)",
        "staff_select of messages",
    ),
    "policy_role_within": (
        "alter policy staff_select on public.messages "
        "using (tenant_id = (select app.tenant_id()) and (select app.role()) in ('agent', 'admin'))",
        "staff_select of messages",
    ),
    "policy_role": ("alter policy staff_select on public.messages to public", "staff_select of messages"),
    "private_schemas": ("grant select on etl.change to service_role", "etl.change for service_role"),
    "row_level_security": ("alter table app.erasure_work disable row level security", "app.erasure_work"),
    "row_level_security_unforced": ("alter table public.messages force row level security", "messages"),
    "secrets_enveloped": (
        "grant select (credentials) on public.integrations to service_role",
        "credentials of integrations",
    ),
    "settings_without_secret": (
        "alter table public.channel_routing_rules disable trigger refuse_secrets",
        "conditions of channel_routing_rules",
    ),
    "table_described": ("comment on table public.messages is null", "messages"),
    "tenant_column": ("alter table public.messages alter column tenant_id drop not null", "messages"),
    "tenant_leads_index": (
        "alter table public.audit_logs drop constraint audit_logs_sequence_key cascade; drop index "
        "public.idx_audit_logs_created_at, public.idx_audit_logs_entity_type, public.idx_audit_logs_user_id",
        "audit_logs",
    ),
    "updated_at_kept": ("alter table public.messages disable trigger keep_updated_at", "messages"),
    "words_checked": (
        "alter table public.file_deletions drop constraint file_deletions_reason_known",
        "reason of file_deletions",
    ),
    "view_listed": (
        "create view public.seen with (security_invoker = true) as select 1 as one; "
        "revoke all on public.seen from anon, authenticated; grant select on public.seen to authenticated",
        "seen for authenticated",
    ),
    "view_security_invoker": (
        "create view public.seen as select 1 as one; revoke all on public.seen from anon, authenticated",
        "seen",
    ),
}


def findings_of(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return [
        (rule.name, broken)
        for rule in verify.rules()
        for (broken,) in connection.execute(rule.query.encode()).fetchall()
    ]


def test_our_schema_breaks_none_of_its_promises(operational_url: str) -> None:
    assert verify.verify(operational_url) == []


def test_every_rule_says_what_it_promises_and_is_tried() -> None:
    assert {rule.name for rule in verify.rules()} == set(BREAKS)
    assert all(rule.promise and not rule.promise.endswith(".") for rule in verify.rules())


def test_each_rule_notices_what_breaks_it_and_no_other_does(connection: psycopg.Connection) -> None:
    """S13, M14: clean, break, one finding, mend, clean."""
    for rule, (breaks, finding) in BREAKS.items():
        with connection.transaction(force_rollback=True):
            connection.execute(breaks.encode())
            assert findings_of(connection) == [(rule, finding)]
        assert findings_of(connection) == []


@pytest.mark.parametrize(
    "condition",
    [
        "true", "{} or true", "({} or true) and (select app.role()) = 'agent'", "not {}", "{} is not null",
        "(select app.role()) = 'agent' and {} or status = 'active'", "coalesce({}, true)",
        "tenant_id <> (select app.tenant_id())",
    ],
)  # fmt: skip
def test_a_policy_that_only_mentions_the_tenant_is_found(condition: str, connection: psycopg.Connection) -> None:
    """S3: the comparison alone, or with more on top, and nothing beside it."""
    said = condition.format("(tenant_id = (select app.tenant_id()))")
    connection.execute(f"alter policy staff_select on public.conversations using ({said})".encode())
    assert ("policy_names_tenant", "staff_select of conversations") in findings_of(connection)


def test_a_table_that_keeps_no_promise_breaks_many(connection: psycopg.Connection) -> None:
    connection.execute("create table public.careless (id int, updated_at timestamptz)")
    assert {rule for rule, broken in findings_of(connection) if broken == "careless"} == {
        "audit_decided", "grants_of_anon", "grants_past_policies", "has_policy", "row_level_security", "table_described",
        "tenant_column", "updated_at_kept",
    }  # fmt: skip


# ROMASHKA_SCHEMA.md names these.
INDEXES = (
    "idx_conversations_customer_id", "idx_conversations_agent_id", "idx_conversations_status", "idx_messages_conversation_id",
    "idx_messages_created_at", "idx_knowledge_items_content_trgm", "idx_knowledge_items_title_trgm",
    "idx_messages_content_trgm", "idx_conversations_status_created_at", "idx_conversations_agent_status",
    "idx_messages_conversation_created",
)  # fmt: skip
FUNCTIONS = (
    "update_updated_at_column", "handle_new_user", "validate_email", "validate_phone", "sanitize_input",
    "update_conversation_message_count", "auto_assign_conversation", "update_agent_chat_count",
    "auto_close_inactive_conversations", "update_knowledge_effectiveness", "search_knowledge_base",
    "create_knowledge_version", "create_conversation_analytics", "update_conversation_analytics_on_message",
    "aggregate_daily_metrics", "cleanup_expired_realtime_metrics", "execute_workflow", "update_workflow_statistics",
    "run_scheduled_maintenance", "get_system_health", "cleanup_old_data", "backup_critical_data",
)  # fmt: skip


@pytest.mark.usefixtures("every_server")
def test_what_the_document_names_is_there(connection: psycopg.Connection) -> None:
    indexes = {name for (name,) in connection.execute("select indexname from pg_indexes where schemaname = 'public'")}
    functions = {
        name
        for (name,) in connection.execute("select proname from pg_proc where pronamespace = 'public'::regnamespace")
    }
    assert set(INDEXES) <= indexes
    assert set(FUNCTIONS) <= functions
