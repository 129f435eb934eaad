"""Holds by hand: placed, listed, released; and that a run of retention goes round them.

Belongs here: what the commands call. Not here: the trigger, and which hold keeps what (`test_functions_holds.py`).
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from orchestration.databases import Databases
from orchestration.errors import WarehouseError
from orchestration.lifecycle import holds, retention
from tests.orchestration.lifecycle.conftest import Old


@pytest.mark.parametrize("on", ["conversation", "customer", "tenant"])
def test_what_is_held_stays_and_goes_with_the_run_after_the_release(
    databases: Databases, tenant: uuid.UUID, old: Old, land: Callable[[], object], tmp_path: Path, *, on: str
) -> None:
    """R2."""
    customer = uuid.uuid4()
    with psycopg.connect(databases.operational) as source:
        source.execute("insert into public.customer_profiles (id, tenant_id) values (%s, %s)", (customer, tenant))
    key = old(customer=customer)
    subject = {"conversation": {"conversation": key}, "customer": {"customer": customer}, "tenant": {}}[on]
    hold = holds.place(databases.operational, tenant="acme", reason=" a court ", **subject)
    land()
    done = retention.run(databases.operational, exports=tmp_path)[0]
    assert (done.deleted["conversations"], done.kept["conversations", "legal hold"]) == (0, 1)
    assert [(each.reason, each.is_in_force) for each in holds.list_all(databases.operational)] == [("a court", True)]
    holds.release(databases.operational, hold)
    assert retention.run(databases.operational, exports=tmp_path)[0].deleted["conversations"] == 1


def test_a_hold_that_makes_no_sense_is_refused(databases: Databases, tenant: uuid.UUID) -> None:
    nobody = uuid.uuid4()
    url = databases.operational
    for said, wrong in (
        ("there is no tenant b", {"tenant": "b"}),
        ("has no conversation .*: of one that the source has forgotten", {"conversation": nobody}),
        ("has no customer", {"customer": nobody}),
        ("place two", {"customer": nobody, "conversation": nobody}),
        ("say it with --reason", {"reason": " "}),
        ("keeps nothing", {"expires_at": datetime.now(UTC) - timedelta(days=1)}),
    ):
        with pytest.raises(WarehouseError, match=said):
            holds.place(url, **{"tenant": "acme", "reason": "a court", **wrong})
    with pytest.raises(WarehouseError, match="there is no tenant b"):
        holds.list_all(url, tenant="b")
    with pytest.raises(WarehouseError, match="there is no hold"):
        holds.release(url, nobody)
    assert holds.list_all(url) == []
