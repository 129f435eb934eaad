"""What forgetting by rule costs, against one statement that deletes the same rows; and a second run, which finds none.

Belongs here: a run of retention at the source. Not here: what it must delete and keep (`tests/orchestration/lifecycle/`).
"""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from operational_schema import demo_traffic, migrate
from orchestration.embedded import EmbeddedServer
from orchestration.lifecycle import retention
from tests.benchmarks.figure import Figure

CONVERSATIONS = 6_000
DAYS = 800
LANDED = """
    insert into etl.acknowledged (snapshot, data_as_of) select pg_current_snapshot(), now()
"""
BARE = """
    delete from public.conversations
    where status in ('resolved', 'closed', 'abandoned')
        and greatest(created_at, last_message_at, resolved_at) < now() - interval '365 days'
"""


def forgetting(server: EmbeddedServer) -> Iterator[Figure]:
    """The same rows of two copies of a database, once by rule and once bare: triggers, cascades and audit on both sides."""
    url, bare_url = server.url("bench_retention"), server.url("bench_retention_bare")
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("create database bench_retention")
        migrate.up(url)
        until = datetime.now(UTC) - timedelta(days=1)
        demo_traffic.load_traffic(url, conversations=CONVERSATIONS, tenants=3, days=DAYS, seed=1, until=until)
        with psycopg.connect(url) as source:
            source.execute("select set_config('etl.pruning', 'on', true)")
            source.execute("delete from etl.change")
            source.execute(LANDED)
        connection.execute("vacuum")
        connection.execute("create database bench_retention_bare template bench_retention")
    with psycopg.connect(bare_url) as source:
        source.execute("select set_config('etl.reason', 'retention', true)")
        began = time.perf_counter()
        deleted = source.execute(BARE).rowcount
        source.commit()
        bare = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        seconds = []
        for _ in range(2):
            began = time.perf_counter()
            done = retention.run(url, exports=Path(folder))
            seconds.append(time.perf_counter() - began)
            rows = sum(tenant.deleted["conversations"] for tenant in done)
            if len(seconds) == 1 and abs(rows - deleted) > deleted / 100:
                raise RuntimeError(f"retention deleted {rows} conversations, the bare statement {deleted}")
    yield Figure("retention.to_bare_delete", seconds[0] / bare, "ratio")
    yield Figure("retention.second_run.to_first", seconds[1] / seconds[0], "ratio")
    yield Figure("retention.conversations_per_second", deleted / seconds[0], "1/s")
