"""Odd values: clocks that lie, texts of fifty megabytes, JSON a thousand deep. Whatever the source holds, raw is equal to it.

Belongs here: values that PostgreSQL takes. Not here: those that land as another one, and are counted (`test_drift.py`).
"""

import uuid
from collections.abc import Callable

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.extraction.extract import Extract
from tests.orchestration.conftest import add_conversation

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
            "(%s, 'a@example.org', '[7:9]={a,NULL,\"\"}', '-infinity'), (%s, '', '{}', null)",
            (tenant, tenant),
        )
    run_extract()
    assert_equal()
