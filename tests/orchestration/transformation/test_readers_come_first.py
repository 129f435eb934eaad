"""Changing the tables that readers see: a reader who stays long keeps the change back, and no other reader.

Belongs here: promises that are renewed while marts are read. Not here: publishes, which wait for no reader
(`tests/orchestration/publishing/test_many_readers.py`).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from orchestration.errors import WarehouseError
from orchestration.transformation import transform
from orchestration.transformation.transform import Transformer
from tests.orchestration.transformation.conftest import Desk

READ = "select count(*) from marts.daily_metrics"
WAITS = "select exists (select from pg_locks where not granted and mode = 'AccessExclusiveLock')"


@contextmanager
def long_reader(desk: Desk) -> Iterator[psycopg.Connection]:
    with psycopg.connect(desk.databases.warehouse) as reader:
        reader.execute(READ)
        yield reader


def renew(desk: Desk) -> None:
    """As after every deployment of other models."""
    desk.warehouse.execute("update ops.published_models set fingerprint = 'of other models'")
    with psycopg.connect(desk.databases.warehouse) as session:
        Transformer(session, desk.transformer.plan).keep_promises()


def test_other_readers_pass_while_one_keeps_the_change_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """O4: the one who waits for a lock has every later reader wait; only a time-out lets them through."""
    desk.refresh()
    monkeypatch.setattr(transform, "LOCK_TIMEOUT", "300ms")
    monkeypatch.setattr(transform, "PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(transform, "TURNS", 1000)
    with long_reader(desk) as reader:
        renewing = threading.Thread(target=renew, args=(desk,))
        renewing.start()
        while desk.warehouse.execute(WAITS).fetchone() != (True,):
            pass
        with psycopg.connect(desk.databases.warehouse, options="-c statement_timeout=60s") as other:
            assert other.execute(READ).fetchone() is not None
        assert renewing.is_alive()
        reader.rollback()
    renewing.join()
    assert desk.warehouse.execute("select fingerprint from ops.published_models").fetchone() == (
        desk.transformer.plan.fingerprint,
    )


def test_it_gives_up_in_one_line_and_nothing_has_changed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.refresh()
    monkeypatch.setattr(transform, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(transform, "PAUSE_SECONDS", 0.0)
    with long_reader(desk), pytest.raises(WarehouseError, match="read without a pause"):
        renew(desk)
    assert desk.warehouse.execute("select fingerprint from ops.published_models").fetchone() == ("of other models",)
