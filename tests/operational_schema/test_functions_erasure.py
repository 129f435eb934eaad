"""What names a person, and masking it: nothing of theirs is left, and nothing of anybody else is touched.

Belongs here: the functions one by one. Not here: a whole erasure (`tests/orchestration/lifecycle/test_erasure.py`).
"""

import json

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.usefixtures("every_server")

VALUES = ["zaphod@example.org", 'Zaphod "Zed" Q\\uill', "4-12345"]
# Kinds in which nobody is named: keys, numbers, instants, digests; and what is sealed.
NAMELESS = {
    "uuid", "uuid[]", "boolean", "smallint", "integer", "bigint", "numeric", "date", "time without time zone",
    "timestamp with time zone", "timestamp without time zone", "bytea", "bigint[]", "smallint[]", "integer[]",
    "tsvector", "app.envelope", "inet",
}  # fmt: skip


def masked(connection: psycopg.Connection, text: str) -> str:
    row = connection.execute("select app.mask_values(%s, %s)", (text, VALUES)).fetchone()
    assert row is not None
    return str(row[0])


def test_each_kind_of_column_is_masked_or_nameless(connection: psycopg.Connection) -> None:
    """A kind that somebody adds must be thought about."""
    kinds = connection.execute(
        "select distinct format_type(atttypid, null), coalesce(nullif(typbasetype, 0), pg_type.oid)::regtype::text "
        "from pg_attribute inner join pg_class on pg_class.oid = attrelid inner join pg_type on pg_type.oid = atttypid "
        "where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and attnum > 0 and not attisdropped"
    ).fetchall()
    unknown = {kind for kind, base in kinds if base not in ("text", "jsonb", "text[]") and kind not in NAMELESS}
    assert unknown == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call ZAPHOD@example.org.", "call xxxxxx@xxxxxxx.xxx."),
        ("order 4-12345 and 4-123456", "order 9-99999 and 4-123456"),
        ("notzaphod@example.org", "notzaphod@example.org"),
        ('to Zaphod "Zed" Q\\uill', 'to xxxxxx "xxx" x\\xxxx'),
        ("nobody", "nobody"),
    ],
)
def test_what_stands_by_itself_is_masked(connection: psycopg.Connection, text: str, expected: str) -> None:
    assert masked(connection, text) == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8), st.sampled_from(VALUES))
@example("a\n", VALUES[0])
@example("\\", VALUES[1])
def test_json_stays_json_and_as_long_as_it_was(connection: psycopg.Connection, around: str, value: str) -> None:
    """And the value is gone from it, unless it is a part of a longer word."""
    said = json.dumps({around + value: [f"{around} {value}\t{around}"]}, ensure_ascii=False)
    after = masked(connection, said)
    assert len(after) == len(said)
    ((text,),) = json.loads(after).values()
    assert value not in text.removeprefix(around).removesuffix(around)


@pytest.mark.parametrize(
    ("said", "expected"), [("of\nn12345\n12345\\n12345", "of\nx99999\n12345\\x99999"), ("n12345\t", "x99999\t")]
)
def test_a_letter_of_an_escape_begins_no_value(connection: psycopg.Connection, said: str, expected: str) -> None:
    """Of n12345 after a line break there was no JSON left, and the whole erasure broke."""
    row = connection.execute(
        "select app.mask_values(to_jsonb(%s::text)::text, array['n12345'])::jsonb #>> '{}'", (said,)
    ).fetchone()
    assert row == (expected,)


def test_a_number_is_known_however_it_is_written(connection: psycopg.Connection) -> None:
    tenant = "10000000-0000-4000-8000-000000000001"
    connection.execute("insert into public.tenants (id, slug, name) values (%s, 'acme', 'Acme')", (tenant,))
    (person,) = connection.execute(
        "insert into public.customer_profiles (tenant_id, phone) values (%s, '+49 170 1234567') returning id", (tenant,)
    ).fetchone()  # type: ignore[misc]
    connection.execute(
        "insert into public.conversations (tenant_id, customer_id, customer_phone) values (%s, %s, '(030) 765-4321')",
        (tenant, person),
    )
    (found,) = connection.execute("select app.subject_values(%s, %s)", (tenant, person)).fetchone()  # type: ignore[misc]
    assert {"+49 170 1234567", "491701234567", "(030) 765-4321", "0307654321"} < set(found)


def test_what_a_colleague_bears_names_no_customer(connection: psycopg.Connection) -> None:
    tenant = "10000000-0000-4000-8000-000000000001"
    connection.execute("insert into public.tenants (id, slug, name) values (%s, 'acme', 'Acme')", (tenant,))
    connection.execute(
        "insert into public.profiles (tenant_id, full_name, email, external_id) "
        "values (%s, 'Ada Andersen', 'ADA@example.org', 'staff-1234')",
        (tenant,),
    )
    (person,) = connection.execute(
        "insert into public.customer_profiles (tenant_id, name, email, external_id) "
        "values (%s, 'ada andersen', 'ada@example.org', 'STAFF-1234') returning id",
        (tenant,),
    ).fetchone()  # type: ignore[misc]
    assert connection.execute("select app.subject_values(%s, %s)", (tenant, person)).fetchone() == ([str(person)],)


def test_what_two_bear_names_neither(connection: psycopg.Connection) -> None:
    tenant = "10000000-0000-4000-8000-000000000001"
    connection.execute("insert into public.tenants (id, slug, name) values (%s, 'acme', 'Acme')", (tenant,))
    one, other = (
        connection.execute(
            "insert into public.customer_profiles (tenant_id, name, email, phone) values (%s, %s, %s, '+49 170 1234567') "
            "returning id",
            (tenant, name, email),
        ).fetchone()[0]  # type: ignore[index]
        for name, email in (("Ada Andersen", "ada@example.org"), ("Ada", "ADA.B@example.org"))
    )
    found = connection.execute("select app.subject_values(%s, %s)", (tenant, one)).fetchone()
    assert found is not None
    assert sorted(found[0]) == sorted([str(one), "Ada Andersen", "ada@example.org"])
    (others,) = connection.execute("select app.subject_values(%s, %s)", (tenant, other)).fetchone()  # type: ignore[misc]
    assert sorted(others) == sorted([str(other), "ADA.B@example.org"]), "a name of one word is anybody's"
