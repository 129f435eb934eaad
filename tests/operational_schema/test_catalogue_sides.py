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
        ("alter table public.messages enable trigger audit_update", "audit_complete", "update on messages"),
    ],
)
def test_a_rule_notices_its_other_sides(breaks: str, rule: str, finding: str, connection: psycopg.Connection) -> None:
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
