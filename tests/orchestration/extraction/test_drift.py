"""A source whose tables change: what is added passes with a notice, what breaks halts its own table.

Belongs here: columns, types and values that raw does not expect. Not here: rows (`test_extract.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.extraction import follow, raw_tables
from orchestration.extraction.extract import Extract
from orchestration.extraction.table import Table, columns
from orchestration.extraction.tables import TABLES
from tests.orchestration.conftest import add_conversation

pytestmark = pytest.mark.usefixtures("every_server")
Extractor = Callable[..., Extract]
Check = Callable[[], None]


def test_a_new_column_passes_with_a_notice_once(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X18: so does one that may be empty now."""
    run_extract()
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant)
        source.execute("set local session_replication_role = replica")
        source.execute("alter table public.messages add column mood text, alter column content drop not null")
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) values (%s, %s, 'customer', null)",
            (tenant, conversation),
        )
    done = run_extract()
    assert done.notices == ("public.messages has other columns than before: new: mood text",)
    assert done.tables["messages"].inserted == 1
    assert run_extract().notices == ()
    assert_equal()


def test_a_word_that_a_list_gains_passes(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X18: lists of words are checks here, where others have enums."""
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "alter table public.export_jobs drop constraint export_jobs_type_known, "
            "add constraint export_jobs_type_known check (type in ('conversations', 'audit'))"
        )
        source.execute(
            "insert into public.export_jobs (tenant_id, name, type, format) values (%s, 'a', 'audit', 'csv')", (tenant,)
        )
    done = run_extract()
    assert (done.halted, done.tables["export_jobs"].inserted) == ({}, 1)
    assert_equal()


@pytest.mark.parametrize(
    ("type_", "why"), [("uuid", "gives usage_context as uuid, raw holds text"), ("public.context", "raw holds text")]
)
def test_a_word_that_becomes_a_key_or_an_enum_halts_its_table(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, *, type_: str, why: str
) -> None:
    """X18: text→uuid, and an enum, also when it gains a value."""
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("create type public.context as enum ('chat')")
        source.execute(
            "alter table public.knowledge_analytics drop constraint knowledge_analytics_usage_context_known, "
            f"alter column usage_context type {type_} using null".encode()
        )
        add_conversation(source, tenant, "flows on")
    for _ in range(2):
        done = run_extract()
        assert list(done.halted) == ["knowledge_analytics"]
        assert why in done.halted["knowledge_analytics"]
        with psycopg.connect(databases.operational) as source:
            source.execute("alter type public.context add value if not exists 'search'")


@pytest.mark.parametrize(
    ("breaking", "mending", "why"),
    [
        ("rename column ordinal to place", "rename column place to ordinal", 'column "ordinal" does not exist'),
        (
            "alter column tokens_used type bigint",
            "alter column tokens_used type integer",
            "public.messages gives tokens_used as int8, raw holds int4",
        ),
    ],
)
def test_a_breaking_change_halts_its_table_alone_and_it_catches_up_when_mended(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check,
    *, breaking: str, mending: str, why: str,
) -> None:  # fmt: skip
    """X18. The log keeps what the halted table has yet to read."""
    run_extract()
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "waits")
        source.execute("set local session_replication_role = replica")
        source.execute(f"alter table public.messages {breaking}")
    for _ in range(2):
        done = run_extract()
        assert list(done.halted) == ["messages"]
        assert why in done.halted["messages"]
    assert (done.tables["conversations"].rows, done.tables["messages"].rows) == (1, 0)
    with psycopg.connect(databases.operational) as source:
        source.execute(f"alter table public.messages {mending}")
    done = run_extract()
    assert (done.halted, done.full_because, done.tables["messages"].inserted) == ({}, None, 1)
    assert_equal()


@pytest.mark.parametrize(
    "statement",
    [
        "alter table public.messages alter column tokens_used type integer using tokens_used * 2",
        "alter table public.messages drop column tokens_used, add column tokens_used integer default 9",
    ],
    ids=["computed anew", "made anew"],
)
def test_values_that_an_alter_changed_arrive_although_no_trigger_heard_of_them(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check, *, statement: str
) -> None:
    """X18. Names, types and order are what they were: the values once stayed in raw as they had been."""
    with psycopg.connect(databases.operational) as source:
        source.execute("alter table public.messages drop column tokens_used, add column tokens_used integer default 7")
        add_conversation(source, tenant, "hello")
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute(statement.encode())
    done = run_extract()
    assert {name for name, landed in done.tables.items() if landed.changed} == {"messages"}
    assert done.notices == ("public.messages, or what logs its changes, was altered: all of it was compared",)
    assert_equal()
    assert run_extract().tables["messages"].changed == 0


def test_a_table_that_is_dropped_at_the_source_halts_alone(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor
) -> None:
    """X19."""
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("drop table public.export_jobs cascade")
        add_conversation(source, tenant, "flows on")
    done = run_extract()
    assert list(done.halted) == ["export_jobs"]
    assert done.tables["messages"].inserted == 1


def test_a_column_added_to_what_leaves_is_filled_for_old_rows_too(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X19: another definition reads the table as a whole, and only that table."""
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "an old row")
    run_extract()
    wider = tuple(
        Table(each.name, (*each.columns, *columns("shouts boolean = content = upper(content)")), each.key, each.where)
        if each.name == "messages"
        else each
        for each in TABLES
    )
    for room in (follow, raw_tables):
        monkeypatch.setattr(room, "TABLES", wider)
    with psycopg.connect(databases.warehouse) as warehouse:
        raw_tables.create_raw_tables(warehouse)
    done = run_extract()
    assert {name: landed.changed for name, landed in done.tables.items() if landed.changed} == {"messages": 1}
    with psycopg.connect(databases.warehouse) as warehouse:
        assert warehouse.execute("select shouts from raw.messages").fetchall() == [(False,)]


def test_values_that_nothing_else_can_hold_land_as_unknown_and_are_counted(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor
) -> None:
    """X22: with key and reason; what each value lands as, see test_odd_values.py."""
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant, "hello")
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) values "
            "(%(t)s, %(c)s, 'customer', 'a', '20000-01-01'), (%(t)s, %(c)s, 'customer', 'b', '0044-03-15 BC')",
            {"t": tenant, "c": conversation},
        )
    done = run_extract()
    assert (done.halted, done.tables["messages"].rejected, done.tables["messages"].rows) == ({}, 2, 3)
    with psycopg.connect(databases.warehouse) as warehouse:
        landed = warehouse.execute(
            "select created_at::text from raw.messages where not isfinite(created_at) order by 1"
        )
        assert [value for (value,) in landed] == ["-infinity", "infinity"]
        # Of the customer's first message there is a promise, too, with the same beginning.
        noted = warehouse.execute(
            "select table_name, column_name, tenant_id, reason from ops.rejected_rows where table_name <> 'sla_tracking'"
        ).fetchall()
    assert noted == [("messages", "created_at", tenant, "an instant outside the years 1 to 9999")] * 2
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.messages set created_at = '2026-01-01' where not created_at < '9999-01-01'")
    run_extract()
    with psycopg.connect(databases.warehouse) as warehouse:
        assert warehouse.execute("select count(*) from ops.rejected_rows where table_name = 'messages'").fetchone() == (
            1,
        ), "what was mended is forgotten"
    with psycopg.connect(databases.operational) as source:
        source.execute("delete from public.messages where created_at < '0001-01-01'")
    run_extract()
    with psycopg.connect(databases.warehouse) as warehouse:
        assert warehouse.execute("select from ops.rejected_rows where table_name = 'messages'").rowcount == 0, (
            "and gone"
        )


@pytest.mark.parametrize(
    ("bad", "came", "halts"), [(100, 100, False), (101, 101, True), (101, 10_100, False), (102, 10_100, True)]
)
def test_more_bad_values_than_chance_explains_halt_the_table(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, *, bad: int, came: int, halts: bool
) -> None:
    """X22: the threshold, above one in a hundred and above a hundred."""
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant)
        source.execute("set local session_replication_role = replica")
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
            "select %s, %s, 'customer', 'x', case when place <= %s then timestamptz '20000-01-01' else '2026-01-01' end "
            "from generate_series(1, %s) as place",
            (tenant, conversation, bad, came),
        )
    done = run_extract()
    assert done.tables["conversations"].rows == 1
    if halts:
        assert list(done.halted) == ["messages"]
        assert f"{bad} values among {came} rows cannot be kept" in done.halted["messages"]
    else:
        assert (done.halted, done.tables["messages"].rejected) == ({}, bad)
