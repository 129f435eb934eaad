"""Articles: their versions, what they were good for, the tree they hang in, and finding them.

Belongs here: functions/knowledge.sql. Not here: who may read the tables (`test_row_level_security.py`).
"""

import threading
import uuid
from decimal import Decimal

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")


def article(connection: psycopg.Connection, tenant: Tenant, title: str, content: str, **columns: object) -> uuid.UUID:
    row = connection.execute(
        "insert into public.knowledge_items (tenant_id, title, content, source_type, is_public, status, language) "
        "values (%s, %s, %s, 'manual', %s, %s, %s) returning id",
        (
            tenant.tenant, title, content, columns.get("public", True), columns.get("status", "active"),
            columns.get("language", "en"),
        ),
    ).fetchone()  # fmt: skip
    assert row
    return row[0]  # type: ignore[no-any-return]


def test_each_version_keeps_what_the_article_said_then(connection: psycopg.Connection, acme: Tenant) -> None:
    item = article(connection, acme, "Returns", "14 days")
    for text in ("30 days", "30 days", "60 days"):
        with acting(connection, acme.claims(acme.agent), keep=True):
            connection.execute(
                "update public.knowledge_items set content = %s, version = 99 where id = %s", (text, item)
            )
    connection.execute("update public.knowledge_items set tags = '{a}', version = 7 where id = %s", (item,))
    kept = connection.execute(
        "select version, content, created_by from public.knowledge_versions where knowledge_item_id = %s order by version",
        (item,),
    ).fetchall()
    assert kept == [(1, "14 days", None), (2, "30 days", acme.agent)]
    now = connection.execute("select version, content from public.knowledge_items where id = %s", (item,)).fetchone()
    assert now == (3, "60 days")


def worth(connection: psycopg.Connection, item: uuid.UUID) -> tuple[int, Decimal | None]:
    row = connection.execute(
        "select usage_count, effectiveness_score from public.knowledge_items where id = %s", (item,)
    ).fetchone()
    assert row
    return row[0], row[1]


def test_unrated_is_not_unhelpful(connection: psycopg.Connection, acme: Tenant) -> None:
    item, second = article(connection, acme, "A", "a"), article(connection, acme, "B", "b")
    connection.execute("update public.knowledge_items set usage_count = 10 where id = %s", (item,))
    use = "insert into public.knowledge_analytics (tenant_id, knowledge_item_id, was_helpful) values (%s, %s, %s)"
    for helped in (None, None):
        connection.execute(use, (acme.tenant, item, helped))
    assert worth(connection, item) == (12, None)
    for helped in (True, True, False):
        connection.execute(use, (acme.tenant, item, helped))
    assert worth(connection, item) == (15, Decimal("0.666667"))
    connection.execute("update public.knowledge_analytics set was_helpful = false where was_helpful")
    assert worth(connection, item) == (15, 0)
    connection.execute(
        "update public.knowledge_analytics set knowledge_item_id = %s where knowledge_item_id = %s", (second, item)
    )
    assert (worth(connection, item), worth(connection, second)) == ((10, None), (5, 0))
    connection.execute("delete from public.knowledge_analytics where knowledge_item_id = %s", (second,))
    assert worth(connection, second) == (0, None)


@pytest.mark.parametrize(("reason", "uses"), [("retention", 2), ("erasure", 2), ("correction", 0), ("", 0)])
def test_what_is_forgotten_was_of_use_all_the_same(
    reason: str, uses: int, connection: psycopg.Connection, acme: Tenant
) -> None:
    item = article(connection, acme, "A", "a")
    connection.execute(
        "insert into public.knowledge_analytics (tenant_id, knowledge_item_id, was_helpful) "
        "select %s, %s, helped from unnest(array[true, false]) as helped",
        (acme.tenant, item),
    )
    with connection.transaction():
        connection.execute("select set_config('etl.reason', %s, true)", (reason,))
        connection.execute("delete from public.knowledge_analytics where knowledge_item_id = %s", (item,))
    assert worth(connection, item) == (uses, Decimal("0.5") if uses else None)


def category(connection: psycopg.Connection, tenant: Tenant, parent: uuid.UUID | None = None) -> uuid.UUID:
    row = connection.execute(
        "insert into public.knowledge_categories (tenant_id, name, parent_id) "
        "values (%s, gen_random_uuid()::text, %s) returning id",
        (tenant.tenant, parent),
    ).fetchone()
    assert row
    return row[0]  # type: ignore[no-any-return]


def test_no_category_lies_below_itself(connection: psycopg.Connection, acme: Tenant) -> None:
    top = category(connection, acme)
    middle = category(connection, acme, top)
    low = category(connection, acme, middle)
    move = "update public.knowledge_categories set parent_id = %s where id = %s"
    for parent in (low, middle):
        with pytest.raises(errors.CheckViolation, match="would lie below itself"):
            connection.execute(move, (parent, top))
    connection.execute(move, (top, low))
    connection.execute(move, (low, middle))


def test_two_at_once_make_no_circle(connection: psycopg.Connection, operational_url: str, acme: Tenant) -> None:
    first, second = category(connection, acme), category(connection, acme)
    move = "update public.knowledge_categories set parent_id = %s where id = %s"
    refused: list[Exception] = []

    def other() -> None:
        try:
            with psycopg.connect(operational_url) as session:
                session.execute(move, (first, second))
        except errors.CheckViolation as refusal:
            refused.append(refusal)

    with connection.transaction():
        connection.execute(move, (second, first))
        waiting = threading.Thread(target=other)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join(10)
    assert len(refused) == 1


def found(connection: psycopg.Connection, query: str, *more: object) -> list[str]:
    marks = ", ".join(["%s"] * (1 + len(more)))
    rows = connection.execute(f"select title from public.search_knowledge_base({marks})".encode(), (query, *more))
    return [title for (title,) in rows]


@pytest.fixture
def shelf(connection: psycopg.Connection, acme: Tenant, other: Tenant) -> Tenant:
    """Articles of acme, and one of another tenant that says the same."""
    connection.execute("delete from public.knowledge_items")
    article(connection, acme, "Shipping times", "Parcels arrive within three days.")
    article(connection, acme, "Refunds", "We refund shipping costs of 100 % when a parcel is late.")
    article(connection, acme, "Internal shipping notes", "The carrier is slow.", public=False)
    article(connection, acme, "Shipping, old", "Weeks.", status="archived")
    article(connection, acme, "Versand", "Pakete, shipping", language="de")
    article(connection, other, "Shipping at the others", "Parcels")
    return acme


def test_planning_a_search_compares_with_few_texts(connection: psycopg.Connection, acme: Tenant) -> None:
    """The planner holds a word against every text of the statistics: of a hundred articles, that took longer than the search."""
    for number in range(120):
        article(connection, acme, f"Article {number}", f"{number} " * 100)
    connection.execute("analyze public.knowledge_items")
    texts = connection.execute(
        """
        select attname, cardinality(most_common_vals::text::text[]), cardinality(histogram_bounds::text::text[])
        from pg_stats where tablename = 'knowledge_items' and attname in ('title', 'content')
        """
    ).fetchall()
    assert {name for name, *_ in texts} == {"title", "content"}
    assert all((common or 0) + (bounds or 0) <= 3 for _, common, bounds in texts), texts


def test_finding_what_a_member_may_read(connection: psycopg.Connection, shelf: Tenant) -> None:
    for person, expected in (
        (shelf.agent, {"Shipping times", "Internal shipping notes", "Refunds"}),
        (shelf.user, {"Shipping times", "Refunds"}), (shelf.retired, {"Shipping times", "Refunds"}),
    ):  # fmt: skip
        with acting(connection, shelf.claims(person)):
            assert set(found(connection, "shipping")) == expected
            seen = {
                title
                for (title,) in connection.execute(
                    "select title from public.knowledge_items where status = 'active' and language = 'en'"
                )
            }
            assert expected <= seen, "what is found is what row level security shows"
    for claims in (None, {"sub": str(shelf.agent)}):
        with acting(connection, claims):
            assert found(connection, "shipping") == []


def test_a_visitor_finds_what_the_tenant_publishes(connection: psycopg.Connection, shelf: Tenant) -> None:
    with acting(connection, None, role="anon"):
        assert found(connection, "shipping") == []
        connection.execute("select set_config('request.headers', '{\"x-romashka-tenant\": \"acme\"}', true)")
        assert set(found(connection, "shipping")) == {"Shipping times", "Refunds"}


def test_the_most_similar_first_then_what_helped_most(connection: psycopg.Connection, shelf: Tenant) -> None:
    with acting(connection, shelf.claims(shelf.agent)):
        assert found(connection, "Shiping tmes")[0] == "Shipping times", "words like it"
        assert found(connection, "ship", "de") == ["Versand"]
        assert found(connection, "shipping", "en", 1) != []
    connection.execute("update public.knowledge_items set effectiveness_score = 0.9 where title = 'Refunds'")
    with acting(connection, shelf.claims(shelf.user)):
        assert found(connection, "shipping") == ["Refunds", "Shipping times"]


def test_signs_of_patterns_are_signs(connection: psycopg.Connection, shelf: Tenant) -> None:
    with acting(connection, shelf.claims(shelf.agent)):
        assert found(connection, "100 %") == ["Refunds"]
        assert found(connection, "100 _") in ([], ["Refunds"])
        assert found(connection, "  ") == found(connection, "zzzzzz") == []
        assert found(connection, "'; drop table x; --\\") == []


@pytest.mark.parametrize("rows", [0, -1, 101, None])
def test_no_screen_shows_so_many(rows: int | None, connection: psycopg.Connection, acme: Tenant) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="ask for 1 to 100"):
        found(connection, "x", "en", rows)
    with pytest.raises(errors.InvalidParameterValue, match="ask for 1 to 100"):
        connection.execute("select * from public.search_messages('x', %s)", (rows,))


def test_messages_are_found_by_the_tenants_staff_alone(
    connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    for tenant in (acme, other):
        connection.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "values (%s, %s, 'customer', 'where is my PARCEL_7%%')",
            (tenant.tenant, tenant.conversation),
        )
    search = "select conversation_id from public.search_messages('parcel_7%')"
    for claims, expected in (
        (acme.claims(acme.agent), [(acme.conversation,)]), (other.claims(other.admin), [(other.conversation,)]),
        (acme.claims(acme.user), []), (acme.claims(acme.retired), []), (None, []),
    ):  # fmt: skip
        with acting(connection, claims):
            assert connection.execute(search).fetchall() == expected
            shown = connection.execute("select 1 from public.messages where content ilike '%parcel_7%'").fetchall()
            assert len(shown) == len(expected), "as row level security has it"
    with acting(connection, None, role="anon"), pytest.raises(errors.InsufficientPrivilege):
        connection.execute(search)
