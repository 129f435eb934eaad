"""A slot is held by a session: through a pooler that shares them, nothing is sent."""

import uuid

import psycopg
import pytest

from reports.errors import RunStoppedError
from reports.run import run_due
from reports.sessions import require_own_session
from tests.reports.conftest import MONDAY, Desk, Outbox
from tests.reports.pooler import pooled


def test_a_pooler_in_transaction_mode_is_noticed_before_anything_leaves(
    desk: Desk, acme: uuid.UUID, outbox: Outbox
) -> None:
    desk.add_report(acme)
    with pooled(desk.operational) as url:
        office = Desk(url, desk.warehouse, desk.output).office(outbox)
        with pytest.raises(RunStoppedError, match="pooler in transaction mode"):
            run_due(office, at=MONDAY)
    assert outbox.mails == [] and desk.ledger() == []


def test_through_it_two_workers_would_hold_one_slot(desk: Desk) -> None:
    """Why: what the first has locked, the second may lock, too."""
    lock = "select pg_try_advisory_lock(1)"
    with (
        pooled(desk.operational) as url,
        psycopg.connect(url, autocommit=True) as one,
        psycopg.connect(url, autocommit=True) as other,
    ):
        assert one.execute(lock).fetchone() == other.execute(lock).fetchone() == (True,)


def test_a_direct_connection_is_taken(desk: Desk) -> None:
    with psycopg.connect(desk.operational, autocommit=True) as connection:
        require_own_session(connection, desk.operational)
