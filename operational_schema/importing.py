"""Loading histories: a file of JSON Lines in one transaction, whole or not at all.

Belongs here: reading, and the order of the statements. Not here: the form (`import_form.py`), what follows from it
(`import_rows.py`), whom it leaves out (`import_erased.py`), and the statements (`import_tenants.py`, `import_statements.py`).
"""

import codecs
import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from operational_schema import import_erased, import_form, import_refusals, import_rows, import_tenants
from operational_schema import import_statements as statements
from operational_schema.errors import SchemaError
from operational_schema.import_form import Line
from operational_schema.import_waiting import Waiting

# One import at a time: what a second one is refused for may be what the first is about to write.
LOCK = 5_846_012_938
# Each returns how many rows it inserted and how many it changed.
COUNTED = (
    ("tenants", import_tenants.TENANTS),
    ("customers", statements.CUSTOMERS_KNOWN),
    ("customers", statements.CUSTOMERS),
    ("agents", statements.AGENTS),
    ("conversations", statements.CONVERSATIONS),
    ("messages", statements.MESSAGES),
    ("events", statements.EVENTS),
)
GONE = (("messages", "messages", statements.MESSAGES_GONE), ("events", "conversation_events", statements.EVENTS_GONE))
Progress = Callable[[int], None]
Counts = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class ImportSummary:
    """Rows inserted and changed, by table; what an earlier form of the file had and this has not counts as changed.

    `erased`: what was left out, because it is of people who were erased.
    """

    counts: Counts
    erased: dict[str, int]

    def rows(self) -> list[tuple[str, int, int, int]]:
        """Name, inserted, changed, left out."""
        return [(name, *counted, self.erased.get(name, 0)) for name, counted in self.counts.items()]


def import_file(
    url: str, path: Path, *, pseudonym_key: str = "", on_progress: Progress = lambda lines: None
) -> ImportSummary:
    """Import a file; importing it again changes nothing, and nobody comes back who was erased.

    `pseudonym_key` recognises them; only where nobody was erased it may be empty. Raises SchemaError with the line's number
    for a line that is not in the form; then nothing of the file is loaded.
    """
    try:
        with path.open("rb") as lines, psycopg.connect(url) as connection:
            connection.execute("select set_config('etl.pseudonym_key', %s, true)", (pseudonym_key,))
            return _load(connection, _numbered(lines), on_progress)
    except FileNotFoundError as error:
        raise SchemaError(f"there is no file {path}: name a file of JSON Lines") from error
    except IsADirectoryError as error:
        raise SchemaError(f"{path} is a folder: name a file of JSON Lines") from error


def import_records(url: str, records: Iterable[dict[str, object]], *, on_progress: Progress) -> ImportSummary:
    """Import records of the same form that are in memory."""
    with psycopg.connect(url) as connection:
        return _load(connection, _numbered(json.dumps(record).encode() for record in records), on_progress)


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, Line]]:
    """Each line that is not blank, checked, with its number. A byte order mark may open the file."""
    for number, content in enumerate(lines, start=1):
        said = content.removeprefix(codecs.BOM_UTF8) if number == 1 else content
        if said.strip():
            yield number, import_form.parse(said, number=number)


def _load(connection: psycopg.Connection, lines: Iterator[tuple[int, Line]], on_progress: Progress) -> ImportSummary:
    connection.execute("select pg_advisory_xact_lock(%s), set_config('app.import', 'on', true)", (LOCK,))
    waiting = Waiting(connection)
    for number, line in lines:
        waiting.take(number, line)
        on_progress(1)
    waiting.finish()
    erased = import_erased.drop(connection)
    for refusal in import_refusals.REFUSALS:
        if found := connection.execute(refusal).fetchone():
            raise SchemaError(f"line {found[0]}: {found[1]}; nothing of the file was loaded")
    return ImportSummary(_write(connection), erased)


def _write(connection: psycopg.Connection) -> Counts:
    """Bring the tables to what the waiting rows say."""
    counts: Counts = dict.fromkeys((name for name, _ in COUNTED), (0, 0))
    for name, table, gone in GONE:
        counts[name] = (0, _remove(connection, table, gone))
    for name, statement in COUNTED:
        inserted, changed = connection.execute(statement).fetchone() or (0, 0)
        counts[name] = (counts[name][0] + inserted, counts[name][1] + changed)
        if name == "tenants":
            for beside in import_tenants.BESIDE:
                connection.execute(beside)
    return counts


def _remove(connection: psycopg.Connection, table: str, gone: str) -> int:
    """Delete what only an earlier form of the file had. Whatever else has an id of version 5 is not ours to delete."""
    ours = [
        key for key, conversation, place, kind in connection.execute(gone)
        if key == uuid.UUID(_imported_id(conversation, kind, place))
    ]  # fmt: skip
    if ours:
        connection.execute("select set_config('etl.reason', 'correction', true)")
        connection.execute(f"delete from public.{table} where id = any(%s)", (ours,))  # noqa: S608 (a constant)
    return len(ours)


def _imported_id(conversation: uuid.UUID, kind: str, place: int) -> str:
    if kind == "message":
        return import_rows.message_id(conversation, place)
    return import_rows.event_id(conversation, kind, place)
