"""`verify` notices whatever has become of a database: each planted fault, by one clear line.

Belongs here: verify as a whole, on databases with rows. Not here: the rules one by one (`test_catalogue.py`).
"""

import json

import psycopg
import pytest

from operational_schema import catalogue, critical, migrate, verify
from operational_schema.errors import SchemaError
from tests.operational_schema.conftest import Tenant

pytestmark = pytest.mark.usefixtures("every_server")

# What somebody did to the database, and the line that says so.
FAULTS: dict[str, str] = {
    "drop table public.report_notices": "table public.report_notices is missing",
    "create table public.mine (id int)": "table public.mine is none of ours",
    "alter table public.messages alter column tokens_used type bigint": (
        "public.messages: column tokens_used was changed: bigint, instead of integer"
    ),
    "alter table public.messages add column more text": "public.messages: column more is none of ours (text)",
    "alter table public.messages alter column content drop not null": (
        "public.messages: column content was changed: text, instead of text not null"
    ),
    "alter table public.conversations alter column status drop default": (
        "public.conversations: column status was changed: text not null, instead of text not null default 'active'::text"
    ),
    "alter table public.messages drop constraint messages_tokens_positive; alter table public.messages "
    "add constraint messages_tokens_positive check (tokens_used >= 0) not valid": (
        "public.messages: constraint messages_tokens_positive was changed: CHECK ((tokens_used >= 0)) NOT VALID, instead of "
        "CHECK ((tokens_used >= 0))"
    ),
    "drop index public.idx_messages_created_at": "public.messages: index idx_messages_created_at is missing",
    "update pg_index set indisvalid = false where indexrelid = 'public.idx_messages_created_at'::regclass": (
        "public.messages: index idx_messages_created_at was changed: CREATE INDEX idx_messages_created_at ON public.messages "
        "USING btree (tenant_id, created_at) INVALID, instead of CREATE INDEX idx_messages_created_at ON public.messages USING "
        "btree (tenant_id, created_at)"
    ),
    "create or replace function app.user_id() returns uuid language sql stable set search_path = pg_catalog, pg_temp "
    "as $$ select gen_random_uuid() $$": "app.user_id(): body was changed",
    "alter function app.role() set search_path = public": (
        "function app.role() was changed: plpgsql text stable security definer search_path=public, instead of plpgsql text "
        "stable security definer search_path=pg_catalog, pg_temp"
    ),
    "grant execute on function app.role() to anon": "app.role(): right of anon is none of ours (execute)",
    "drop function public.validate_phone(text) cascade": "function public.validate_phone(phone text) is missing",
    "alter table public.messages disable trigger keep_updated_at": (
        "public.messages: trigger keep_updated_at was changed: CREATE TRIGGER keep_updated_at BEFORE UPDATE ON public.messages "
    ),
    "alter policy staff_select on public.messages using (true)": (
        "public.messages: policy staff_select was changed: select to authenticated using true, instead of select to "
    ),
    "drop policy staff_select on public.messages": "public.messages: policy staff_select is missing",
    "grant truncate on public.messages to authenticated": (
        "public.messages: right of authenticated was changed: delete, select, truncate, instead of "
    ),
    "grant select (credentials) on public.integrations to authenticated": (
        "public.integrations: right of authenticated on column credentials "
    ),
    "alter table public.messages disable row level security": (
        "table public.messages was changed: row level security off, instead of row level security on"
    ),
    "set session_replication_role = replica; delete from public.conversations; reset session_replication_role": (
        "conversation_context: 2 of its rows lead to no row of conversations (conversation_context_conversation_fkey)"
    ),
    "alter table public.messages disable trigger all": (
        "messages: the key messages_conversation_fkey is not enforced (its triggers are disabled)"
    ),
    "delete from app.migration where version = '008'": "008_lifecycle.sql is pending",
    "update app.migration set checksum = 'x' where version = '001'": "001_core_tables.sql is changed",
    "insert into app.migration values ('099', '099_future.sql', 'x')": "099_future.sql is missing",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_planted_fault_is_noticed_by_one_line(
    fault: str, operational_url: str, connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    connection.execute("set allow_system_table_mods = on")
    connection.execute(fault.encode())
    found = [line for line in verify.verify(operational_url) if line.startswith(FAULTS[fault])]
    assert len(found) == 1, verify.verify(operational_url)


def test_a_database_with_rows_keeps_every_promise(operational_url: str, acme: Tenant, other: Tenant) -> None:
    report = verify.examine(operational_url)
    assert report.findings == []
    assert [section.name for section in report.sections] == [
        "files", "objects", "promises", "keys", "isolation", "queries",
    ]  # fmt: skip
    assert all(section.asked for section in report.sections)
    assert [query.name for query in report.queries] == [query.name for query in critical.queries()]


def test_whoever_sees_rows_of_others_is_named(
    operational_url: str, connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    """By looking, not by reading the policies."""
    connection.execute("alter policy staff_select on public.customer_profiles using (true)")
    seen = [line for line in verify.verify(operational_url) if "sees rows" in line]
    assert seen == [
        f"public.customer_profiles: somebody of tenant {who} sees rows of others" for who in ("acme", "other", "(none)")
    ]


def test_a_query_that_no_index_serves_is_named(
    operational_url: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    keys = connection.execute(
        "select conname from pg_constraint where conrelid = 'public.canned_responses'::regclass and contype in ('p', 'u')"
    ).fetchall()
    for (name,) in keys:
        connection.execute(f"alter table public.canned_responses drop constraint {name}")
    connection.execute("drop index public.idx_canned_responses_category, public.idx_canned_responses_created_by")
    assert (
        "query canned_responses: no index serves it, public.canned_responses is read from end to end"
        in verify.verify(operational_url)
    )


@pytest.mark.parametrize(
    ("query", "index"),
    [("inbox_page", "idx_conversations_last_message_at"), ("recent_activity", "idx_conversation_events_occurred_at")],
)
def test_a_query_whose_order_no_index_has_is_named(
    query: str, index: str, operational_url: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    """However few rows it shows, it would sort all of the tenant's."""
    connection.execute(f"drop index public.{index}".encode())
    assert f"query {query}: no index has its order, it sorts all rows of a tenant" in verify.verify(operational_url)


def test_the_report_is_for_programs_too(operational_url: str, connection: psycopg.Connection) -> None:
    assert json.loads(json.dumps(verify.examine(operational_url).as_json()))["ok"] is True
    connection.execute("drop index public.idx_messages_created_at")
    report = json.loads(json.dumps(verify.examine(operational_url).as_json()))
    assert report["ok"] is False
    objects = next(section for section in report["sections"] if section["name"] == "objects")
    assert objects["findings"] == ["public.messages: index idx_messages_created_at is missing"]


def test_the_list_of_objects_is_what_the_files_make(connection: psycopg.Connection) -> None:
    """On every server, from one list."""
    advice = "run make bundle"
    assert list(catalogue.differences(catalogue.present(connection), catalogue.promised())) == [], advice


@pytest.mark.parametrize(
    ("printed", "alike"),
    [
        ("WHEN (((a OR b) OR c) OR d)", "WHEN (a OR b OR c OR d)"),
        ("((a AND b) AND c)", "(a AND b AND c)"),
        ("((a AND b) OR c)", "((a AND b) OR c)"),
        ("(a OR (b OR c))", "(a OR (b OR c))"),
        ("((a = ' OR (b') OR c)", "((a = ' OR (b') OR c)"),
        ("(f((a OR b), c) OR d)", "(f((a OR b), c) OR d)"),
    ],
)
def test_brackets_that_a_dump_leaves_out_are_no_difference(printed: str, alike: str) -> None:
    assert catalogue.flat(printed) == alike


def test_verify_refuses_what_is_not_ours(empty_url: str) -> None:
    with pytest.raises(SchemaError, match="is not a ROMASHKA database yet: run romashka migrate"):
        verify.verify(empty_url)
    with pytest.raises(SchemaError, match="is not a ROMASHKA database yet: run romashka migrate"):
        migrate.require_current(empty_url)
