"""What a refresh costs by what changed: a full build, a thousandth of the conversations, nothing; and at ten times the history.

Belongs here: volume. Not here: how long one message takes (`refresh.py`, `follow.py`), and what readers wait.
"""

import os
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg

from operational_schema import demo_traffic
from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer
from orchestration.refresh import Refresh, Refresher
from orchestration.transformation import touch
from tests.benchmarks import by_hand
from tests.benchmarks.figure import Figure
from tests.benchmarks.stopwatch import seconds_of

CONVERSATIONS = int(os.environ.get("BENCH_CONVERSATIONS", "100000"))
GROWTH = 10
CHANGED_SHARE = 1000
ROUNDS = 9
KEY = "the key of the benchmarks, no secret"


def full_and_changed(server: EmbeddedServer) -> Iterator[Figure]:
    """A full build next to all columns of all marts by hand, then the same thousandth of a small and of a large history."""
    changed = max(1, CONVERSATIONS // GROWTH // CHANGED_SHARE)
    small, _ = _built(server, "small", CONVERSATIONS // GROWTH)
    large, full = _built(server, "large", CONVERSATIONS)
    rounds = [(_changed(small, changed, number), _changed(large, changed, number)) for number in range(ROUNDS)]
    of_small, of_large = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    thousandth = statistics.median(_changed(large, CONVERSATIONS // CHANGED_SHARE, number) for number in range(ROUNDS))
    nothing = statistics.median(_total(large.refresh()) for _ in range(ROUNDS))
    for refresher in (small, large):
        refresher.close()
    yield Figure("transform.full", full["full"], "s")
    yield Figure("transform.full.to_sql_by_hand", full["full"] / full["by_hand"], "ratio")
    yield Figure("transform.full_over_published", full["again"], "s")
    yield Figure("refresh.changed_0_1_percent", thousandth, "s")
    yield Figure("refresh.changed_0_1_percent.to_full", thousandth / full["full"], "ratio")
    yield Figure("refresh.same_changes_at_10_times_the_history", of_large / of_small, "ratio")
    yield Figure("refresh.nothing_changed", nothing, "s")


def filled(server: EmbeddedServer, name: str, conversations: int) -> Databases:
    """Databases with that much traffic, and no refresh yet."""
    databases = Databases(*(server.url(f"bench_{name}_{which}") for which in ("operational", "warehouse")))
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for which in ("operational", "warehouse"):
            connection.execute(f"create database bench_{name}_{which}")
    prepare(databases)
    demo_traffic.load_traffic(
        databases.operational, conversations=conversations, tenants=3, days=400, seed=1, until=datetime.now(UTC)
    )
    return databases


def settle(databases: Databases) -> None:
    """Autovacuum would clear up after the full builds beside what is measured next, and longer after the larger ones."""
    for url in (databases.operational, databases.warehouse):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("vacuum analyze")
            connection.execute("checkpoint")


def _built(server: EmbeddedServer, name: str, conversations: int) -> tuple[Refresher, dict[str, float]]:
    """A warm refresher of databases that are filled and published, and seconds of the full builds."""
    databases = filled(server, name, conversations)
    refresher = Refresher(databases, pseudonym_key=KEY)
    first = refresher.refresh()
    with psycopg.connect(databases.warehouse) as warehouse:
        hurried = seconds_of(lambda: by_hand.compute(warehouse))
    with psycopg.connect(databases.warehouse) as warehouse:
        touch.everything(warehouse)
    again = refresher.refresh()
    settle(databases)
    return refresher, {
        "full": first.seconds["transform"],
        "by_hand": hurried,
        "again": again.seconds["transform"],
    }


def write_into(databases: Databases, conversations: int, number: int) -> None:
    """One more message in that many conversations, spread over the whole history; others for another number."""
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
            "select tenant_id, id, 'customer', 'one more question' from public.conversations "
            "order by md5(id::text || %s) limit %s",
            (str(number), conversations),
        )


def _changed(refresher: Refresher, conversations: int, number: int) -> float:
    """Seconds of a refresh after one more message in that many conversations."""
    write_into(refresher.databases, conversations, number)
    return _total(refresher.refresh())


def _total(done: Refresh) -> float:
    return sum(done.seconds.values())
