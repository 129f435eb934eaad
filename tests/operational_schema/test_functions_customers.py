"""What the row of a customer knows of their conversations, held against computing it anew.

Belongs here: total_conversations, avg_satisfaction and last_interaction. Not here: what forgets customers
(`test_functions_retention.py`).
"""

import random
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql

from operational_schema.migration_files import MIGRATIONS
from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
# What triggers keep and computing anew does not say: the last may be up to five minutes behind.
WRONG = """
    select customer.id, total_conversations, avg_satisfaction, last_interaction, said.*
    from public.customer_profiles as customer
    cross join lateral (
        select count(*) as conversations, avg(satisfaction_score)::numeric(7, 6) as satisfaction,
            max(greatest(created_at, last_message_at)) as last_at
        from public.conversations as conversation where conversation.customer_id = customer.id
    ) as said
    where (customer.total_conversations, customer.avg_satisfaction)
        is distinct from (said.conversations, said.satisfaction)
        or (customer.last_interaction is null) <> (said.last_at is null)
        or customer.last_interaction > said.last_at
        or customer.last_interaction <= said.last_at - interval '5 minutes'
"""


def _customers(connection: psycopg.Connection, tenant: Tenant, many: int) -> list[uuid.UUID | None]:
    made = connection.execute(
        "insert into public.customer_profiles (tenant_id) select %s from generate_series(1, %s) returning id",
        (tenant.tenant, many),
    )
    return [key for (key,) in made]


def _figures(connection: psycopg.Connection, customer: uuid.UUID | None) -> tuple[int, float | None, datetime | None]:
    row = connection.execute(
        "select total_conversations, avg_satisfaction::float, last_interaction from public.customer_profiles where id = %s",
        (customer,),
    ).fetchone()
    assert row
    return row


def _begin(connection: psycopg.Connection, tenant: Tenant, customer: uuid.UUID | None) -> uuid.UUID:
    row = connection.execute(
        "insert into public.conversations (tenant_id, customer_id, created_at) values (%s, %s, %s) returning id",
        (tenant.tenant, customer, NOON),
    ).fetchone()
    assert row
    return row[0]  # type: ignore[no-any-return]


def _say(connection: psycopg.Connection, tenant: Tenant, conversation: uuid.UUID, minute: float) -> None:
    connection.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
        "values (%s, %s, 'customer', 'x', %s)",
        (tenant.tenant, conversation, NOON + timedelta(minutes=minute)),
    )


class Chance:
    """Statements about customers' conversations, at random; some of them about many rows at once."""

    def __init__(self, seed: int, customers: list[uuid.UUID | None]) -> None:
        self.chance, self.customers = random.Random(seed), customers

    def values(self) -> dict[str, object]:
        """What the statement is about."""
        return {
            "customer": self.chance.choice(self.customers), "score": self.chance.choice([None, 1, 2.5, 4, 5]),
            "at": NOON + timedelta(minutes=self.chance.randrange(-600, 600)), "many": self.chance.choice([1, 1, 1, 4]),
            "salt": str(self.chance.random()),
        }  # fmt: skip

    def statement(self) -> str:
        """One of them."""
        chosen = (
            "(select id from public.{} where tenant_id = %(tenant)s order by md5(id::text || %(salt)s) limit %(many)s)"
        )
        some, spoken = chosen.format("conversations"), chosen.format("messages")
        another = "(array[%(customer)s::uuid, null, %(second)s::uuid])[1 + n %% 3]"
        return self.chance.choices(
            (
                "insert into public.conversations (tenant_id, customer_id, satisfaction_score, created_at) "
                f"select %(tenant)s, {another}, %(score)s, %(at)s from generate_series(1, %(many)s) as n",
                "insert into public.messages (tenant_id, conversation_id, sender_type, content, is_internal, created_at) "
                "select %(tenant)s, id, 'customer', 'x', place %% 3 = 2, %(at)s "
                f"from unnest(array{some}) with ordinality as n (id, place)",
                f"update public.conversations set satisfaction_score = %(score)s where id in {some}",
                f"update public.conversations set customer_id = %(customer)s where id in {some}",
                f"update public.conversations set created_at = %(at)s where id in {some}",
                f"delete from public.conversations where id in {some}",
                f"delete from public.messages where id in {spoken}",
                f"update public.messages set created_at = %(at)s, is_internal = not is_internal where id in {spoken}",
                f"update public.messages set conversation_id = (select min(id::text)::uuid from public.conversations "
                f"where tenant_id = %(tenant)s) where id in {spoken}",
                "delete from public.customer_profiles where id = %(customer)s",
            ),
            (5, 8, 3, 3, 1, 1, 2, 2, 1, 0.3),
        )[0]  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_triggers_keep_what_computing_anew_says(seed: int, connection: psycopg.Connection, acme: Tenant) -> None:
    customers = [*_customers(connection, acme, 5), None]
    story = Chance(seed, customers)
    for step in range(100):
        values = {**story.values(), "tenant": acme.tenant, "second": customers[0]}
        statement = story.statement()
        try:
            connection.execute(statement.encode(), values)
        except psycopg.errors.ForeignKeyViolation:
            continue  # the customer was deleted
        assert connection.execute(WRONG).fetchall() == [], f"seed {seed}, step {step}: {statement} {values}"


def test_a_message_moves_the_last_one_on_every_five_minutes(connection: psycopg.Connection, acme: Tenant) -> None:
    (customer,) = _customers(connection, acme, 1)
    conversation = _begin(connection, acme, customer)
    lasts = []
    for minute in (1, 4.9, 5, 9, 10, 3):
        _say(connection, acme, conversation, minute)
        lasts.append(_figures(connection, customer)[2])
    assert lasts == [NOON + timedelta(minutes=minute) for minute in (0, 0, 5, 5, 10, 10)]


def test_a_message_does_not_wait_for_who_has_the_customers_row(
    connection: psycopg.Connection, operational_url: str, acme: Tenant
) -> None:
    (customer,) = _customers(connection, acme, 1)
    conversation = _begin(connection, acme, customer)
    with psycopg.connect(operational_url) as person:
        person.execute("update public.customer_profiles set notes = 'x' where id = %s", (customer,))
        connection.execute("set lock_timeout = '1s'")
        _say(connection, acme, conversation, 20)
        person.commit()
    assert _figures(connection, customer)[2] == NOON
    _say(connection, acme, conversation, 21)
    assert _figures(connection, customer)[2] == NOON + timedelta(minutes=21)


def test_ratings_at_once_are_both_in_the_mean(
    connection: psycopg.Connection, operational_url: str, acme: Tenant
) -> None:
    (customer,) = _customers(connection, acme, 1)
    first, second = (_begin(connection, acme, customer) for _ in range(2))
    rate = "update public.conversations set satisfaction_score = %s where id = %s"
    with psycopg.connect(operational_url) as one, psycopg.connect(operational_url, autocommit=True) as two:
        one.execute(rate, (1, first))
        pipelined = two.pipeline()
        with pipelined:
            two.execute(rate, (5, second))
            one.commit()
    assert _figures(connection, customer)[:2] == (2, 3.0)


def test_being_counted_is_no_change_of_a_customer(connection: psycopg.Connection, acme: Tenant) -> None:
    """Else retention would count its year from there, and wait for the next extract, and the trail would be full of it."""
    (customer,) = _customers(connection, acme, 1)
    noted = sql.SQL(
        "select (select updated_at from public.customer_profiles where id = {0}), "
        "(select count(*) from etl.change where key = {0}), (select count(*) from public.audit_logs where entity_id = {0})"
    ).format(sql.Literal(customer))
    before = connection.execute(noted).fetchone()
    conversation = _begin(connection, acme, customer)
    _say(connection, acme, conversation, 30)
    connection.execute("update public.conversations set satisfaction_score = 4 where id = %s", (conversation,))
    assert _figures(connection, customer) == (1, 4.0, NOON + timedelta(minutes=30))
    connection.execute("delete from public.conversations where id = %s", (conversation,))
    assert _figures(connection, customer) == (0, None, None)
    assert connection.execute(noted).fetchone() == before
    with acting(connection, acme.claims(acme.agent), keep=True):
        connection.execute("update public.customer_profiles set notes = 'x' where id = %s", (customer,))
    after = connection.execute(noted).fetchone()
    assert before and after and after[0] > before[0] and after[1:] == (before[1] + 1, before[2] + 1)


def test_many_at_once_are_counted_by_one_statement(connection: psycopg.Connection, acme: Tenant) -> None:
    customers = _customers(connection, acme, 200)
    connection.execute("set track_functions = 'pl'")
    with connection.transaction():
        connection.execute(
            "insert into public.conversations (tenant_id, customer_id, satisfaction_score) "
            "select %s, id, 1 + n %% 5 from unnest(%s::uuid[]) as id, generate_series(1, 3) as n",
            (acme.tenant, customers),
        )
        calls = connection.execute(
            "select calls from pg_stat_xact_user_functions where funcname = 'measure_customers'"
        ).fetchone()
    assert calls == (1,)
    assert connection.execute(WRONG).fetchall() == []


def test_those_who_were_there_before_are_counted_by_the_migration(connection: psycopg.Connection, acme: Tenant) -> None:
    """Also where the triggers stand already; and it is no change of theirs."""
    (customer,) = _customers(connection, acme, 1)
    _say(connection, acme, _begin(connection, acme, customer), 3)
    connection.execute(
        "update public.customer_profiles set total_conversations = 7, avg_satisfaction = 2, last_interaction = null"
    )
    before = connection.execute("select id, updated_at from public.customer_profiles order by id").fetchall()
    with connection.transaction():
        connection.execute((MIGRATIONS / "016_customer_figures.sql").read_bytes())
    assert connection.execute(WRONG).fetchall() == []
    assert connection.execute("select id, updated_at from public.customer_profiles order by id").fetchall() == before
    connection.execute("update public.customer_profiles set name = 'x' where id = %s", (customer,))
    latest = max(at for _, at in before)
    after = connection.execute("select id from public.customer_profiles where updated_at > %s", (latest,)).fetchall()
    assert after == [(customer,)]
