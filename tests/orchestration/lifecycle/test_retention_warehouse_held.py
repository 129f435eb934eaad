"""Seven years in the warehouse, and holds: what is held of a tenant or a customer is neither detached nor dropped.

Belongs here: holds. Not here: what goes without one (`test_retention_warehouse.py`), and rows at the source (`test_holds.py`).
"""

import uuid
from datetime import date, timedelta

from orchestration.lifecycle import holds, retention_warehouse
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle.conftest import aside
from tests.orchestration.transformation.conftest import Desk

FORGETS = date(2031, 6, 15)


def test_what_is_detached_is_not_dropped_under_a_hold(desk: Desk) -> None:
    """Placed within the seven days."""
    tenant = retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)[0].tenant
    moved = aside(desk)
    held = holds.place(desk.databases.operational, tenant=tenant, reason="a court")
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS + timedelta(days=9))
    assert 0 < aside(desk) <= moved
    holds.release(desk.databases.operational, held)
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS + timedelta(days=9))
    assert aside(desk) == 0


def _whose_are_past(desk: Desk) -> tuple[str, uuid.UUID, uuid.UUID]:
    """Tenant, customer and pseudonym of somebody of whom the source has forgotten all, and nothing is in a kept month."""
    past = desk.warehouse.execute(
        "select customer_key from raw.conversations where customer_key is not null group by 1 "
        "having max(created_at) < '2024-04-15' and bool_and(id in (select id from ops.deleted_rows)) order by count(*) desc, 1"
    ).fetchall()
    with desk.source.transaction():
        desk.source.execute("select set_config('etl.pseudonym_key', %s, true)", (KEY,))
        row = desk.source.execute(
            "select tenant.slug, person.id, etl.pseudonym(tenant.id, person.id) from public.customer_profiles as person "
            "inner join public.tenants as tenant on tenant.id = person.tenant_id "
            "where etl.pseudonym(tenant.id, person.id) = any(%s) order by 2 limit 1",
            ([key for (key,) in past],),
        ).fetchone()
    assert row, "somebody is"
    return row  # type: ignore[return-value]


def _facts_of(desk: Desk, pseudonym: uuid.UUID) -> int:
    return desk.warehouse.execute("select from raw.conversations where customer_key = %s", (pseudonym,)).rowcount


def test_what_the_source_forgot_of_a_held_customer_stays(desk: Desk) -> None:
    """The source has no conversation of theirs that could be held: they are known here by pseudonym."""
    tenant, customer, pseudonym = _whose_are_past(desk)
    before = _facts_of(desk, pseudonym)
    held = holds.place(desk.databases.operational, tenant=tenant, reason="a court", customer=customer)
    assert len(retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)) > 0
    assert _facts_of(desk, pseudonym) == before > 0
    holds.release(desk.databases.operational, held)
    assert len(retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)) == 1
    assert _facts_of(desk, pseudonym) == 0


def test_what_is_detached_of_a_customer_is_not_dropped_under_a_hold(desk: Desk) -> None:
    """Placed within the seven days."""
    tenant, customer, _ = _whose_are_past(desk)
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)
    moved = aside(desk)
    held = holds.place(desk.databases.operational, tenant=tenant, reason="a court", customer=customer)
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS + timedelta(days=9))
    assert 0 < aside(desk) <= moved, "tables of a day stay whole; those of other days go"
    holds.release(desk.databases.operational, held)
    retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS + timedelta(days=9))
    assert aside(desk) == 0


def test_all_of_a_held_tenant_stays(desk: Desk) -> None:
    slugs = [
        each.tenant for each in retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS, dry=True)
    ]
    held = holds.place(desk.databases.operational, tenant=slugs[0], reason="a court")
    done = retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)
    assert [each.tenant for each in done] == slugs[1:]
    holds.release(desk.databases.operational, held)
    assert [
        each.tenant for each in retention_warehouse.forget(desk.databases, pseudonym_key=KEY, as_of=FORGETS)
    ] == slugs[:1]
