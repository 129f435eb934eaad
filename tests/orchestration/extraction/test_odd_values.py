"""Odd values: clocks that lie, texts of fifty megabytes, years of five digits. Raw is equal to the source, or says where not.

Belongs here: what each value that PostgreSQL takes lands as. Not here: how those are counted that land as another one
(`test_drift.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo

from operational_schema import seeding
from orchestration.databases import Databases
from orchestration.extraction.extract import Extract, extract
from orchestration.extraction.reconciling import reconcile
from tests.orchestration.conftest import KEY, add_conversation

pytestmark = pytest.mark.usefixtures("every_server")

Extractor = Callable[..., Extract]
Check = Callable[[], None]


@pytest.mark.parametrize("at", ["now() - interval '1 hour'", "'2099-01-01'", "'infinity'", "'2026-01-01 00:00'"])
def test_no_clock_of_the_application_matters(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check, at: str
) -> None:
    """X6: set back, far in the future, or the same for all."""
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant, *("text" for _ in range(20)))
    run_extract()
    with psycopg.connect(databases.operational) as source:
        source.execute("alter table public.messages disable trigger user")
        source.execute(f"update public.messages set updated_at = {at}".encode())
        source.execute("alter table public.messages enable trigger user")
        source.execute(
            f"insert into public.messages (tenant_id, conversation_id, sender_type, content, updated_at) "
            f"select %s, %s, 'customer', 'later', {at} from generate_series(1, 100)".encode(),
            (tenant, conversation),
        )
    run_extract()
    assert_equal()


@pytest.mark.parametrize(
    "statements",
    [
        ("update public.messages set content = 'edited'",),
        ("delete from public.messages",),
        (
            "insert into public.messages (id, tenant_id, conversation_id, sender_type, content) "
            "select gen_random_uuid(), tenant_id, id, 'customer', 'short life' from public.conversations",
            "delete from public.messages where content = 'short life'",
        ),
    ],
    ids=["update only", "delete only", "insert and delete"],
)
def test_each_kind_of_change_alone_arrives(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check, statements: tuple[str, ...]
) -> None:
    """X2."""
    with psycopg.connect(databases.operational) as source:
        add_conversation(source, tenant, "one", "two")
    run_extract()
    with psycopg.connect(databases.operational) as source:
        for statement in statements:
            source.execute(statement.encode())
    run_extract()
    assert_equal()


def test_texts_and_json_of_any_size_and_form(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, assert_equal: Check
) -> None:
    """X21: fifty megabytes, letters beyond the first plane, empty next to none, doubled keys, a thousand levels."""
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant)
        for content, metadata in (
            ("x" * 50_000_000, "{}"),
            ("👩‍👩‍👧 \u202e مرحبا \x01\x7f\t\r\n\\N \\. \"'", '{"a": 1, "a": 2, "": null}'),
            ("", "[" * 1000 + "]" * 1000),
        ):
            source.execute(
                "insert into public.messages (tenant_id, conversation_id, sender_type, content, metadata, media_caption) "
                "values (%s, %s, 'customer', %s, %s, nullif(%s, ''))",
                (tenant, conversation, content, metadata, content[:10]),
            )
        source.execute(
            "insert into public.customer_profiles (tenant_id, email, tags, last_interaction) values "
            "(%s, 'a@example.org', '[7:9]={a,\"NULL\",\"\"}', '-infinity'), (%s, '', '{}', null)",
            (tenant, tenant),
        )
    run_extract()
    assert_equal()


def test_texts_are_the_same_from_a_session_of_another_encoding(
    databases: Databases, tenant: uuid.UUID, assert_equal: Check
) -> None:
    """What one side writes in Latin letters, the other once read as UTF-8."""
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.tenants set name = 'GrÃ¼ÃŸe'")
    theirs = make_conninfo(databases.operational, client_encoding="WIN1252")
    assert extract(theirs, databases.warehouse, pseudonym_key=KEY).halted == {}
    assert_equal()


def test_whatever_words_a_role_has_for_dates_and_quotes(databases: Databases, assert_equal: Check) -> None:
    """Of the one psycopg reads no instant, and in the other a pattern of ours finds other words."""
    seeding.seed(databases.operational)
    theirs = "-c datestyle=German -c standard_conforming_strings=off -c timezone=America/St_Johns"
    urls = [make_conninfo(url, options=theirs) for url in (databases.operational, databases.warehouse)]
    extract(*urls, pseudonym_key=KEY)
    assert_equal()
    assert reconcile(*urls, pseudonym_key=KEY).differences == ()


# What it lands as: itself, or infinity, and then it is noted.
INSTANTS = {
    "infinity": "infinity",
    "-infinity": "-infinity",
    "0001-01-02 00:00:00+00": "0001-01-02 00:00:00+00",
    "0001-01-01 23:59:59.999999+00": "-infinity",
    "9999-12-30 23:59:59.999999+00": "9999-12-30 23:59:59.999999+00",
    "9999-12-31 00:00:00+00": "infinity",
    "20000-01-01 00:00:00+00": "infinity",
    "294276-12-31 23:59:59.999999+00": "infinity",
    "0001-12-31 23:59:59.999999+00 BC": "-infinity",
    "0044-03-15 00:00:00+00 BC": "-infinity",
}
DAYS = {
    "infinity": "infinity",
    "0001-01-01": "0001-01-01",
    "9999-12-30": "9999-12-30",
    "9999-12-31": "infinity",
    "20000-01-01": "infinity",
    "0044-03-15 BC": "-infinity",
}


def landed_as(databases: Databases, column: str, table: str) -> tuple[dict[str, str | None], set[str]]:
    """The column of raw by key, and the keys whose value of it is noted as rejected."""
    with psycopg.connect(databases.warehouse, options="-ctimezone=UTC") as warehouse:
        found = warehouse.execute(f"select id::text, {column}::text from raw.{table}".encode()).fetchall()
        noted = warehouse.execute(
            "select id::text from ops.rejected_rows where (table_name, column_name) = (%s, %s)", (table, column)
        ).fetchall()
    return dict(found), {key for (key,) in noted}


@pytest.mark.parametrize("first", [True, False], ids=["first", "next"])
def test_instants_and_days_of_all_ages(
    databases: Databases, tenant: uuid.UUID, run_extract: Extractor, *, first: bool
) -> None:
    """X21: infinite, of a year of five digits, before Christ, and the last on either side that are kept."""
    if not first:
        run_extract()
    instants, days = ({str(uuid.uuid4()): value for value in values} for values in (INSTANTS, DAYS))
    with psycopg.connect(databases.operational) as source, source.cursor() as cursor:
        conversation = add_conversation(source, tenant)
        cursor.execute("set local session_replication_role = replica")
        cursor.executemany(
            "insert into public.messages (id, tenant_id, conversation_id, sender_type, content, created_at) "
            "values (%s, %s, %s, 'customer', 'x', %s)",
            [(key, tenant, conversation, value) for key, value in instants.items()],
        )
        cursor.executemany(
            "insert into public.tenant_special_days (id, tenant_id, day) values (%s, %s, %s)",
            [(key, tenant, value) for key, value in days.items()],
        )
    assert run_extract().halted == {}
    for written, expected, column, table in (
        (instants, INSTANTS, "created_at", "messages"),
        (days, DAYS, "day", "tenant_special_days"),
    ):
        landed, noted = landed_as(databases, column, table)
        assert {written[key]: value for key, value in landed.items()} == expected
        assert {written[key] for key in noted} == {value for value, kept in expected.items() if value != kept}


def test_numbers_of_all_sizes_and_none(databases: Databases, tenant: uuid.UUID, run_extract: Extractor) -> None:
    """X21: of a hundred digits, next to nothing, and none; past their checks not a number and infinity, which are noted."""
    revenues = {"1e100": "1" + "0" * 100, "1e-20": f"0.{'0' * 19}1", "-0.0": "0.0", "null": None, '"NaN"': None}
    scores = {"NaN": None, "Infinity": None, "-Infinity": None, "0.125": "0.125"}
    keys = {value: str(uuid.uuid4()) for value in (*revenues, *scores)}
    with psycopg.connect(databases.operational) as source:
        conversation = add_conversation(source, tenant)
        for value in revenues:
            source.execute(
                "insert into public.conversations (id, tenant_id, business_context) "
                "values (%s, %s, jsonb_build_object('revenue_generated', %s::jsonb))",
                (keys[value], tenant, value),
            )
        source.execute(
            "alter table public.conversation_events drop constraint conversation_events_score_range, "
            "alter column score type numeric"
        )
        source.execute("set local session_replication_role = replica")
        for value in scores:
            source.execute(
                "insert into public.conversation_events (id, tenant_id, conversation_id, event_type, score) "
                "values (%s, %s, %s, 'rating', %s)",
                (keys[value], tenant, conversation, value),
            )
    assert run_extract().halted == {}
    for expected, column, table, rejected in (
        (revenues, "revenue_generated", "conversations", ()),
        (scores, "score", "conversation_events", ("NaN", "Infinity", "-Infinity")),
    ):
        landed, noted = landed_as(databases, column, table)
        assert {value: landed[keys[value]] for value in expected} == expected
        assert noted == {keys[value] for value in rejected}


@pytest.mark.parametrize("value", ['"\\u0000"', '"\\ud800"'], ids=["NUL", "half a letter"])
def test_what_no_text_can_hold_never_gets_into_the_source(databases: Databases, tenant: uuid.UUID, value: str) -> None:
    """X21: nothing has to be done about it here."""
    with (
        psycopg.connect(databases.operational) as source,
        pytest.raises((errors.UntranslatableCharacter, errors.InvalidTextRepresentation)),
    ):
        source.execute(
            "insert into public.conversations (tenant_id, business_context) values (%s, %s)", (tenant, value)
        )
