"""Seven years in the warehouse, and holds: what is held of a tenant or a customer is neither detached nor dropped.

Belongs here: holds. Not here: what goes without one (`test_retention_warehouse.py`), and rows at the source (`test_holds.py`).
"""

import uuid
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from orchestration.lifecycle import holds, retention, retention_warehouse
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle.conftest import aside, forget
from tests.orchestration.transformation.conftest import Desk

FORGETS = date(2031, 6, 15)
SLUG = "hudson-outfitters"


def test_what_is_detached_is_not_dropped_under_a_hold(desk: Desk) -> None:
    """Placed within the seven days."""
    tenant = forget(desk, FORGETS)[0].tenant
    moved = aside(desk)
    held = holds.place(desk.databases.operational, tenant=tenant, reason="a court")
    forget(desk, FORGETS + timedelta(days=9))
    assert 0 < aside(desk) <= moved
    holds.release(desk.databases.operational, held)
    forget(desk, FORGETS + timedelta(days=9))
    assert aside(desk) == 0


def test_what_is_detached_of_others_too_is_not_dropped_under_a_hold_of_one(desk: Desk) -> None:
    """Where days end at the same instant, a table of a day is of several tenants."""
    with desk.source.transaction():
        desk.source.execute("update public.tenants set timezone = 'America/New_York'")
    held_one, *others = (each.tenant for each in forget(desk, FORGETS))
    moved = aside(desk)
    assert others
    holds.place(desk.databases.operational, tenant=held_one, reason="a court")
    forget(desk, FORGETS + timedelta(days=9))
    assert aside(desk) == moved > 0


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
    assert len(forget(desk, FORGETS)) > 0
    assert _facts_of(desk, pseudonym) == before > 0
    holds.release(desk.databases.operational, held)
    assert len(forget(desk, FORGETS)) == 1
    assert _facts_of(desk, pseudonym) == 0


def test_what_is_detached_of_a_customer_is_not_dropped_under_a_hold(desk: Desk) -> None:
    """Placed within the seven days."""
    tenant, customer, _ = _whose_are_past(desk)
    forget(desk, FORGETS)
    moved = aside(desk)
    held = holds.place(desk.databases.operational, tenant=tenant, reason="a court", customer=customer)
    forget(desk, FORGETS + timedelta(days=9))
    assert 0 < aside(desk) <= moved, "tables of a day stay whole; those of other days go"
    holds.release(desk.databases.operational, held)
    forget(desk, FORGETS + timedelta(days=9))
    assert aside(desk) == 0


def test_all_of_a_held_tenant_stays(desk: Desk) -> None:
    slugs = [each.tenant for each in forget(desk, FORGETS, dry=True)]
    held = holds.place(desk.databases.operational, tenant=slugs[0], reason="a court")
    done = forget(desk, FORGETS)
    assert [each.tenant for each in done] == slugs[1:]
    holds.release(desk.databases.operational, held)
    assert [each.tenant for each in forget(desk, FORGETS)] == slugs[:1]


def older_ones(desk: Desk) -> int:
    """Conversations in the marts that began before the first month that is kept."""
    return desk.warehouse.execute(
        "select from facts.conversation_analytics where started_on < '2024-06-01' "
        "and tenant_id = (select id from raw.tenants where slug = %s)",
        (SLUG,),
    ).rowcount


def test_what_is_older_and_stays_is_told_with_the_reason(busy: Desk, tmp_path: Path) -> None:
    """Open, escalated, held here or at the source, or of a month that is kept: a dry run says what the run does."""

    def told(*, dry: bool) -> dict[str, int]:
        done = retention_warehouse.forget(busy.databases, pseudonym_key=KEY, as_of=FORGETS, dry=dry)
        return next(each.kept for each in done if each.tenant == SLUG)

    before = Counter(told(dry=True))
    keys = [
        key
        for (key,) in busy.source.execute(
            "select id from public.conversations where tenant_id = (select id from public.tenants where slug = %s) "
            "and status in ('resolved', 'closed') and resolved_at < '2024-04-01' order by created_at limit 4",
            (SLUG,),
        ).fetchall()
    ]
    with busy.source.transaction():
        busy.source.execute("set local app.import to 'on'")
        for key, status in zip(keys[:2], ("escalated", "active"), strict=True):
            busy.source.execute(
                "update public.conversations set status = %s, resolved_at = null where id = %s", (status, key)
            )
    hold = holds.place(busy.databases.operational, tenant=SLUG, reason="a court", conversation=keys[2])
    busy.refresh()
    retention.run(busy.databases.operational, exports=tmp_path, as_of=date(2026, 1, 1))
    busy.refresh()

    foreseen = told(dry=True)
    assert [foreseen[reason] - before[reason] for reason in ("escalated", "open", "legal hold")] == [1, 1, 1]
    older = older_ones(busy)
    assert told(dry=False) == foreseen
    left = older_ones(busy)
    assert sum(foreseen.values()) == left < older
    holds.release(busy.databases.operational, hold)
    assert told(dry=True) == {
        **{reason: count for reason, count in foreseen.items() if reason != "legal hold"},
        "still at the source": foreseen.get("still at the source", 0) + 1,
    }
    holds.place(busy.databases.operational, tenant=SLUG, reason="a court")
    assert told(dry=True) == {"legal hold": left}
