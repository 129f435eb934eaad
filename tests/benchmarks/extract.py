"""What extraction costs: a first load next to a bare COPY, its memory, a thousandth changed, and the log's share of inserts.

Belongs here: the stage extract. Not here: the marts (`volume.py`) and the archive (`archive.py`).
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
from psycopg import sql

from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from orchestration.extraction.extract import extract
from orchestration.extraction.snapshot import open_snapshot
from orchestration.extraction.tables import TABLES
from tests.benchmarks.figure import Figure
from tests.benchmarks.stopwatch import seconds_of
from tests.benchmarks.volume import CHANGED_SHARE, CONVERSATIONS, GROWTH, KEY, ROUNDS, filled

# Into as many conversations: what is counted of one would have to wait for each before it.
INSERTED = 20_000
LOGGING = ("change_log_insert",)
MESSAGES = next(table for table in TABLES if table.name == "messages")
# Of a process that does nothing else: its highest memory, and the seconds of the messages and of all tables.
FIRST_LOAD = f"""
import sys, time
from orchestration.extraction.extract import extract
ended = {{"": time.monotonic()}}
def on_step(step, table):
    ended[table if step == "table" else step] = time.monotonic()
extract(sys.argv[1], sys.argv[2], pseudonym_key={KEY!r}, on_step=on_step)
names = list(ended)
print(ended["messages"] - ended[names[names.index("messages") - 1]], ended["landed"] - ended[""])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def first_load(server: EmbeddedServer) -> Iterator[Figure]:
    """A small and a large history: their first loads, and the same thousandth of the small one changed in both."""
    changed = max(1, CONVERSATIONS // GROWTH // CHANGED_SHARE)
    small = _measure(server, "extract_small", conversations=CONVERSATIONS // GROWTH, changed=changed)
    large = _measure(server, "extract_large", conversations=CONVERSATIONS, changed=changed)
    yield Figure("extract.messages", large["rows"], "rows")
    yield Figure("extract.first_load.messages", large["messages"], "s")
    yield Figure("extract.first_load.messages.to_copy_drained", large["messages"] / large["drained"], "ratio")
    yield Figure("extract.first_load.peak_memory", large["memory"], "MB")
    yield Figure("extract.first_load.peak_memory.to_a_tenth", large["memory"] / small["memory"], "ratio")
    yield Figure("extract.changed_0_1_percent", large["thousandth"], "s")
    yield Figure("extract.changed_0_1_percent.to_first_load", large["thousandth"] / large["all"], "ratio")
    yield Figure("extract.same_changes_at_10_times_the_history", large["changed"] / small["changed"], "ratio")
    yield Figure("extract.change_log.share_of_bulk_insert_rate", large["log_share"], "ratio")


def _measure(server: EmbeddedServer, name: str, *, conversations: int, changed: int) -> dict[str, float]:
    databases = filled(server, name, conversations)
    with psycopg.connect(databases.operational, autocommit=True) as source:
        source.execute("vacuum analyze")
        rows = source.execute("select count(*) from public.messages").fetchone()
    drained = min(seconds_of(lambda: _drain(databases)) for _ in range(3))
    said = subprocess.run(
        [sys.executable, "-c", FIRST_LOAD, databases.operational, databases.warehouse],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    return {
        "rows": rows[0] if rows else 0,
        "drained": drained,
        "messages": float(said[0]),
        "all": float(said[1]),
        "memory": float(said[2]) / 1024,
        "changed": _changed(databases, changed),
        "thousandth": _changed(databases, max(1, conversations // CHANGED_SHARE)),
        "log_share": _log_share(databases),
    }


def _drain(databases: Databases) -> None:
    """The same columns of all messages, in binary, to nowhere."""
    with open_snapshot(databases.operational, pseudonym_key=KEY) as snapshot:
        statement = sql.SQL("copy ({}) to stdout (format binary)").format(snapshot.everything(MESSAGES))
        with snapshot.connection.cursor().copy(statement) as copy:
            for _ in copy:
                pass


def _changed(databases: Databases, conversations: int) -> float:
    """Seconds of an extract after one more message in that many conversations."""
    taken = []
    for number in range(ROUNDS):
        with psycopg.connect(databases.operational) as source:
            source.execute(
                "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
                "select tenant_id, id, 'customer', 'one more question' from public.conversations "
                "order by md5(id::text || %s) limit %s",
                (str(number), conversations),
            )
        taken.append(seconds_of(lambda: extract(databases.operational, databases.warehouse, pseudonym_key=KEY)))
    return statistics.median(taken)


def _log_share(databases: Databases) -> float:
    """How much slower messages are inserted in bulk because they are logged, as a share of the rate without."""
    with psycopg.connect(databases.operational) as source:
        without, logged = [], []
        for _ in range(ROUNDS):
            logged.append(_insert(source))
            without.append(_insert(source, unlogged=LOGGING))
    return 1 - statistics.median(without) / statistics.median(logged)


def _insert(source: psycopg.Connection, *, unlogged: tuple[str, ...] = ()) -> float:
    for trigger in unlogged:
        source.execute(sql.SQL("alter table public.messages disable trigger {}").format(sql.Identifier(trigger)))
    began = time.monotonic()
    source.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
        "select tenant_id, id, 'customer', repeat('one more question ', 8) from public.conversations limit %s",
        (INSERTED,),
    )
    taken = time.monotonic() - began
    source.rollback()
    return taken
