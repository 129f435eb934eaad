"""What extraction costs: a first load next to a bare COPY, its memory, a thousandth changed, and the log's share of inserts.

Belongs here: the stage extract. Not here: the marts (`volume.py`) and the archive (`archive.py`).

A thousandth is that of the messages, because a first load is mostly messages: as many new ones, each in a conversation of its
own. That is the dearest reading, since each of them changes a row of its conversation, too. The marts count in
conversations, and `volume.py` changes a thousandth of those.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

from orchestration.databases import Databases
from orchestration.embedded import EmbeddedServer
from orchestration.extraction.extract import extract
from orchestration.extraction.snapshot import open_snapshot
from orchestration.extraction.tables import TABLES
from tests.benchmarks.draining import drained
from tests.benchmarks.figure import Figure
from tests.benchmarks.stopwatch import seconds_of
from tests.benchmarks.volume import CHANGED_SHARE, CONVERSATIONS, GROWTH, KEY, ROUNDS, filled, settle, write_into

# Into as many conversations: what is counted of one would have to wait for each before it.
INSERTED = 20_000
LOGGING = """
    select relname, tgname from pg_trigger inner join pg_class on pg_class.oid = tgrelid
    where relnamespace = 'public'::regnamespace and tgname like 'change\\_log\\_%'
"""
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


@dataclass(frozen=True)
class Loaded:
    """A history after its first load: seconds of a bare COPY of its messages, of their load and of all; the process's MB."""

    databases: Databases
    rows: int
    drained: float
    messages: float
    everything: float
    memory: float


def first_load(server: EmbeddedServer) -> Iterator[Figure]:
    """A small and a large history: their first loads, and as many messages as a thousandth of the small one new in both.

    Those in turn: what else the machine does bends both alike.
    """
    small = _loaded(server, "extract_small", CONVERSATIONS // GROWTH)
    large = _loaded(server, "extract_large", CONVERSATIONS)
    few, many = (max(1, each.rows // CHANGED_SHARE) for each in (small, large))
    for each in (small, large):
        settle(each.databases)
    rounds = [(_changed(small, few, number), _changed(large, few, number)) for number in range(ROUNDS)]
    of_small, of_large = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    thousandth = statistics.median(_changed(large, many, number) for number in range(ROUNDS))
    yield Figure("extract.messages", large.rows, "rows")
    yield Figure("extract.first_load.messages", large.messages, "s")
    yield Figure("extract.first_load.messages.to_copy_drained", large.messages / large.drained, "ratio")
    yield Figure("extract.first_load.peak_memory", large.memory, "MB")
    yield Figure("extract.first_load.peak_memory.to_a_tenth", large.memory / small.memory, "ratio")
    yield Figure("extract.changed_0_1_percent", thousandth, "s")
    yield Figure("extract.changed_0_1_percent.to_first_load", thousandth / large.everything, "ratio")
    yield Figure("extract.same_changes_at_10_times_the_history", of_large / of_small, "ratio")
    yield Figure("extract.change_log.share_of_bulk_insert_rate", _log_share(large.databases), "ratio")


def _loaded(server: EmbeddedServer, name: str, conversations: int) -> Loaded:
    databases = filled(server, name, conversations)
    with psycopg.connect(databases.operational, autocommit=True) as source:
        source.execute("vacuum analyze")
        row = source.execute("select count(*) from public.messages").fetchone()
    messages = _messages(databases)
    copied = min(drained(databases.operational, messages, key=KEY) for _ in range(3))
    of_messages, everything, kilobytes = subprocess.run(
        [sys.executable, "-c", FIRST_LOAD, databases.operational, databases.warehouse],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    rows = row[0] if row else 0
    return Loaded(databases, rows, copied, float(of_messages), float(everything), float(kilobytes) / 1024)


def _messages(databases: Databases) -> sql.Composable:
    """The columns of all messages, as they are extracted."""
    with open_snapshot(databases.operational, pseudonym_key=KEY) as snapshot:
        return snapshot.everything(MESSAGES)


def _changed(history: Loaded, conversations: int, number: int) -> float:
    """Seconds of an extract after one more message in that many conversations."""
    databases = history.databases
    write_into(databases, conversations, number)
    return seconds_of(lambda: extract(databases.operational, databases.warehouse, pseudonym_key=KEY))


def _log_share(databases: Databases) -> float:
    """How much slower messages are inserted in bulk because changes are logged, as a share of the rate without.

    Without means of any table: the same statement changes conversations, too, whose triggers log that.
    """
    with psycopg.connect(databases.operational) as source:
        without, logged = [], []
        for _ in range(ROUNDS):
            logged.append(_insert(source))
            without.append(_insert(source, is_logged=False))
    return 1 - statistics.median(without) / statistics.median(logged)


def _insert(source: psycopg.Connection, *, is_logged: bool = True) -> float:
    if not is_logged:
        for table, trigger in source.execute(LOGGING).fetchall():
            source.execute(
                sql.SQL("alter table public.{} disable trigger {}").format(
                    sql.Identifier(table), sql.Identifier(trigger)
                )
            )
    began = time.monotonic()
    source.execute(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content) "
        "select tenant_id, id, 'customer', repeat('one more question ', 8) from public.conversations limit %s",
        (INSERTED,),
    )
    taken = time.monotonic() - began
    source.rollback()
    return taken
