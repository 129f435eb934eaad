"""Rules that can be broken in more than one way: each way is noticed.

Belongs here: the other sides of a rule. Not here: that each is noticed at all, and no other with it (`test_catalogue.py`).
"""

import psycopg
import pytest

from tests.operational_schema.test_catalogue import findings_of

pytestmark = pytest.mark.usefixtures("every_server")


@pytest.mark.parametrize(
    ("breaks", "rule", "finding"),
    [
        ("alter table public.file_deletions drop column updated_at", "updated_at_kept", "file_deletions"),
        ("grant update (title) on public.extracted_content to authenticated", "updated_at_kept", "extracted_content"),
        (
            "alter table public.alert_rules drop constraint alert_rules_recipients_whole",
            "words_checked",
            "recipients of alert_rules",
        ),
        (
            "alter table public.conversations drop constraint conversations_tags_whole",
            "words_checked",
            "tags of conversations",
        ),
        ("alter table public.messages enable trigger audit_update", "audit_complete", "update on messages"),
        ("grant select (content) on public.messages to anon", "grants_of_anon", "messages"),
        ("grant update (title) on public.knowledge_items to anon", "grants_of_anon", "knowledge_items"),
        ("grant delete on public.knowledge_items to anon", "grants_of_anon", "knowledge_items"),
        ("alter table public.audit_logs drop constraint audit_logs_sequence_key cascade; drop index "
         "public.idx_audit_logs_created_at, public.idx_audit_logs_entity_type, public.idx_audit_logs_user_id; "
         "create unique index of_edits on public.audit_logs (tenant_id, sequence) where action = 'update'",
         "tenant_leads_index", "audit_logs"),
        ("grant references on public.messages to authenticated", "grants_past_policies", "messages"),
        ("grant insert (message_count) on public.conversations to authenticated", "kept_columns",
         "message_count of conversations: insert"),
        ("drop index public.idx_messages_sender_id; create unique index of_sender on public.messages "
         "(tenant_id, sender_id, id) where is_internal", "key_indexed", "messages_sender_fkey of messages"),
        ("grant create on schema app to pg_monitor; alter table app.erasure_work owner to pg_monitor",
         "one_owner", "app.erasure_work belongs to pg_monitor"),
        ("alter schema etl owner to pg_monitor",
         "one_owner", "schema etl belongs to pg_monitor"),
        ("alter policy staff_insert on public.messages with check ((select app.role() = 'admin' as has_role))",
         "policy_names_tenant", "staff_insert of messages"),
        ("alter policy member_select on public.tenants using (id is not null)", "policy_names_tenant",
         "member_select of tenants"),
        ("drop policy staff_select on public.conversation_events; create policy everything on public.conversation_events "
         "to authenticated using (tenant_id = (select app.tenant_id()))", "policy_is_single",
         "ALL on conversation_events"),
        ("alter table public.webhook_events add column smtp_password text", "secrets_enveloped",
         "smtp_password of webhook_events"),
        ("create view public.seen with (security_invoker = true) as select 1 as one; "
         "revoke all on public.seen from anon, authenticated; grant select (one) on public.seen to authenticated",
         "view_listed", "seen for authenticated"),
        ("update pg_index set indisvalid = false where indexrelid = 'public.idx_audit_logs_user_id'::regclass",
         "nothing_invalid", "idx_audit_logs_user_id"),
    ],
)  # fmt: skip
def test_a_rule_notices_its_other_sides(breaks: str, rule: str, finding: str, connection: psycopg.Connection) -> None:
    connection.execute("set allow_system_table_mods = on")
    connection.execute(breaks.encode())
    assert findings_of(connection) == [(rule, finding)]


@pytest.mark.parametrize(
    ("breaks", "found"),
    [
        (
            "grant execute on function etl.reason() to public",
            {("function_listed", f"etl.reason() for {role}") for role in ("anon", "authenticated", "public")},
        ),
        (
            "grant execute on function public.search_knowledge_base(text, text, integer) to public",
            {("function_listed", "search_knowledge_base(text,text,integer) for public")},
        ),
        (
            "create function public.new() returns integer language sql set search_path = pg_catalog, pg_temp return 1; "
            "comment on function public.new() is 'x'",
            {("function_listed", f"new() for {role}") for role in ("anon", "authenticated", "public")},
        ),
    ],
)
def test_what_everybody_may_call_is_found(
    breaks: str, found: set[tuple[str, str]], connection: psycopg.Connection
) -> None:
    """A new function is everybody's until that is revoked."""
    connection.execute(breaks.encode())
    assert set(findings_of(connection)) == found


def test_a_partitioned_table_is_asked_for_row_level_security_at_its_root_and_its_parts(
    connection: psycopg.Connection,
) -> None:
    """S13: linters look at ordinary tables, and at the root rights are asked."""
    connection.execute("create table public.parted (tenant_id uuid not null, at date not null) partition by range (at)")
    connection.execute("create table public.parted_2026 partition of public.parted default")
    found = {broken for rule, broken in findings_of(connection) if rule == "row_level_security"}
    assert found == {"parted", "parted_2026"}
    connection.execute("alter table public.parted enable row level security")
    assert ("row_level_security", "parted_2026") in findings_of(connection)
