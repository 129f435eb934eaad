"""What the audit trail forgets with a customer who is erased: values and salts, in whatever way a row is known to name them.

Belongs here: the trail after the transaction at the source. Not here: whose rows go (`test_functions_erase_customer.py`), and
taking values out of a trail that stays whole (`test_audit_upkeep.py`).
"""

import uuid

import psycopg

from operational_schema import auditing
from tests.operational_schema.conftest import Tenant
from tests.operational_schema.test_functions_erase_customer import MAIL, erase, person

__all__ = ["person"]


def salts_of(connection: psycopg.Connection, key: object) -> list[dict[str, str]]:
    """Of each entry about a row the salts that are left, without which its digests say nothing."""
    rows = connection.execute(
        "select salts from app.audit_salt natural join public.audit_logs where entity_id = %s", (key,)
    )
    return [salts for (salts,) in rows.fetchall()]


def test_the_masking_itself_leaves_nothing_in_the_trail(
    connection: psycopg.Connection, acme: Tenant, person: uuid.UUID
) -> None:
    """The change of a shown column is logged with its old value, at the commit: after the trail has been searched."""
    (masked,) = connection.execute("select id from public.integrations limit 1").fetchone()  # type: ignore[misc]
    for name in (f"crm of {MAIL}", "crm 2", f"crm of {MAIL}"):
        connection.execute("update public.integrations set name = %s where id = %s", (name, masked))
    assert erase(connection, person)["integrations", "masked"] == 1
    for table in ("public.audit_logs", "app.audit_waiting", "app.audit_salt"):
        rows = connection.execute(
            f"select from {table} as kept where to_jsonb(kept)::text ilike %s".encode(), ("%zaphod%",)
        )
        assert rows.rowcount == 0, table
    salts = salts_of(connection, masked)
    assert len(salts) >= 4, "what was logged of it stays"
    assert all(name.startswith("request.") for kept in salts for name in kept)
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        assert not auditing.look(connection).findings


def test_each_way_in_which_a_row_is_known_takes_it_out_of_the_trail(
    connection: psycopg.Connection, acme: Tenant, person: uuid.UUID
) -> None:
    """Theirs by key, named by the trail alone, masked just now: each of these here in one way only. The rest has been pruned."""
    keys = {"theirs": uuid.uuid4(), "once": uuid.uuid4(), "masked": uuid.uuid4()}
    values = {**keys, "tenant": acme.tenant, "person": person, "mail": MAIL}
    tables = ("integrations", "conversations")
    for statement in (
        "insert into public.integrations (id, tenant_id, name, type, provider) "
        "values (%(once)s, %(tenant)s, 'of ' || %(mail)s, 'crm', 'custom')",
        *(f"alter table public.{table} disable trigger user" for table in tables),
        "update public.integrations set name = 'crm 2' where id = %(once)s",
        "insert into public.integrations (id, tenant_id, name, type, provider) "
        "values (%(masked)s, %(tenant)s, 'by ' || %(mail)s, 'crm', 'custom')",
        "insert into public.conversations (id, tenant_id, customer_id) values (%(theirs)s, %(tenant)s, %(person)s)",
        *(f"alter table public.{table} enable trigger user" for table in tables),
        "update public.conversations set status = 'closed' where id = %(theirs)s",
    ):
        connection.execute(statement.encode(), values)
    erase(connection, person)
    for way, key in keys.items():
        salts = salts_of(connection, key)
        assert salts, f"{way}: that something was done stays"
        assert [name for kept in salts for name in kept if not name.startswith("request.")] == [], way
