"""What extraction costs: a first load next to a bare COPY, its memory, a thousandth changed, and the log's share of inserts.

Belongs here: the stage extract. Not here: the marts (`volume.py`) and the archive (`archive.py`).

A thousandth is that of the messages, because a first load is mostly messages: as many new ones, each in a conversation of its
own. That is the dearest reading, since each of them changes a row of its conversation, too. The marts count in
conversations, and `volume.py` changes a thousandth of those.
"""

import os
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

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
LOGGING = """
    select relname, tgname from pg_trigger inner join pg_class on pg_class.oid = tgrelid
    where relnamespace = 'public'::regnamespace and tgname like 'change\\_log\\_%'
"""
BUFFER = 2**20
# The server's last words of a statement, outside a transaction.
READY = b"Z\0\0\0\5I"
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
    """A small and a large history: their first loads, and as many messages as a thousandth of the small one new in both."""
    small = _measure(server, "extract_small", conversations=CONVERSATIONS // GROWTH)
    large = _measure(server, "extract_large", conversations=CONVERSATIONS, changed=int(small["thousandth_rows"]))
    yield Figure("extract.messages", large["rows"], "rows")
    yield Figure("extract.first_load.messages", large["messages"], "s")
    yield Figure("extract.first_load.messages.to_copy_drained", large["messages"] / large["drained"], "ratio")
    yield Figure("extract.first_load.peak_memory", large["memory"], "MB")
    yield Figure("extract.first_load.peak_memory.to_a_tenth", large["memory"] / small["memory"], "ratio")
    yield Figure("extract.changed_0_1_percent", large["thousandth"], "s")
    yield Figure("extract.changed_0_1_percent.to_first_load", large["thousandth"] / large["all"], "ratio")
    yield Figure("extract.same_changes_at_10_times_the_history", large["changed"] / small["thousandth"], "ratio")
    yield Figure("extract.change_log.share_of_bulk_insert_rate", large["log_share"], "ratio")


def _measure(server: EmbeddedServer, name: str, *, conversations: int, changed: int | None = None) -> dict[str, float]:
    databases = filled(server, name, conversations)
    with psycopg.connect(databases.operational, autocommit=True) as source:
        source.execute("vacuum analyze")
        row = source.execute("select count(*) from public.messages").fetchone()
    rows = row[0] if row else 0
    thousandth = max(1, rows // CHANGED_SHARE)
    drained = min(_drained(databases) for _ in range(3))
    said = subprocess.run(
        [sys.executable, "-c", FIRST_LOAD, databases.operational, databases.warehouse],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    return {
        "rows": rows,
        "drained": drained,
        "messages": float(said[0]),
        "all": float(said[1]),
        "memory": float(said[2]) / 1024,
        "changed": _changed(databases, changed) if changed else 0.0,
        "thousandth": _changed(databases, thousandth),
        "thousandth_rows": thousandth,
        "log_share": _log_share(databases),
    }


def _drained(databases: Databases) -> float:
    """Seconds for the same columns of all messages, in binary, to nowhere, over a connection that is open."""
    with open_snapshot(databases.operational, pseudonym_key=KEY) as snapshot:
        statement = sql.SQL("copy ({}) to stdout (format binary)").format(snapshot.everything(MESSAGES))
        said = statement.as_bytes(snapshot.connection)
    with closing(psycopg.connect(databases.operational, autocommit=True)) as source:
        source.execute("select set_config('etl.pseudonym_key', %s, false)", (KEY,))
        return seconds_of(lambda: _drain(source, said))


def _drain(source: psycopg.Connection, statement: bytes) -> None:
    """Empty the socket itself: row by row in Python is no bare COPY. The connection is of no use afterwards."""
    source.pgconn.send_query(statement)
    source.pgconn.flush()
    end = b""
    while not end.endswith(READY):
        select.select([source.fileno()], [], [])
        end = (end + os.read(source.fileno(), BUFFER))[-len(READY) :]


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
