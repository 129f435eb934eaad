"""Loading histories: a file of JSON Lines in one transaction, whole or not at all.

Belongs here: reading, the temporary tables, and the order of the statements. Not here: the form (`import_form.py`),
what follows from it (`import_rows.py`), and the statements (`import_statements.py`).
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import psycopg

from operational_schema import import_form, import_rows
from operational_schema import import_statements as statements
from operational_schema.errors import SchemaError
from operational_schema.import_form import WEEKDAYS, ConversationLine, Line, TenantLine
from operational_schema.import_refusals import REFUSALS

BATCH = 2_000
COUNTED = (
    ("tenants", statements.TENANTS),
    ("customers", statements.CUSTOMERS),
    ("agents", statements.AGENTS),
    ("conversations", statements.CONVERSATIONS),
    ("messages", statements.MESSAGES),
    ("events", statements.EVENTS),
)
# What has to be there before customers, and what follows from the tenants alone.
BESIDE_TENANTS = (
    statements.SCHEDULES,
    statements.HOURS_GONE,
    statements.HOURS,
    statements.SPECIAL_DAYS_GONE,
    statements.SPECIAL_DAYS,
    statements.SETTINGS,
    statements.CUSTOMERS_KNOWN,
)
Progress = Callable[[int], None]


@dataclass(frozen=True)
class ImportSummary:
    """Rows inserted and changed, by table."""

    counts: dict[str, tuple[int, int]]

    def rows(self) -> list[tuple[str, int, int]]:
        """Name, inserted, changed."""
        return [(name, inserted, changed) for name, (inserted, changed) in self.counts.items()]


def import_file(url: str, path: Path, *, on_progress: Progress = lambda lines: None) -> ImportSummary:
    """Import a file; importing it again changes nothing.

    Raises SchemaError with the line's number for a line that is not in the form; then nothing of the file is loaded.
    """
    try:
        with path.open("rb") as lines, psycopg.connect(url) as connection:
            return _load(connection, _numbered(lines), on_progress)
    except FileNotFoundError as error:
        raise SchemaError(f"there is no file {path}") from error
    except IsADirectoryError as error:
        raise SchemaError(f"{path} is a folder: name a file of JSON Lines") from error


def import_records(url: str, records: Iterable[dict[str, object]], *, on_progress: Progress) -> ImportSummary:
    """Import records of the same form that are in memory."""
    with psycopg.connect(url) as connection:
        return _load(connection, _numbered(json.dumps(record).encode() for record in records), on_progress)


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, Line]]:
    """Each line that is not blank, checked, with its number."""
    for number, content in enumerate(lines, start=1):
        if content.strip():
            yield number, import_form.parse(content, number=number)


def _load(connection: psycopg.Connection, lines: Iterator[tuple[int, Line]], on_progress: Progress) -> ImportSummary:
    connection.execute("select set_config('app.import', 'on', true)")
    connection.execute(files("operational_schema").joinpath("import_tables.sql").read_text(encoding="utf-8"))
    waiting = _Waiting(connection)
    for number, line in lines:
        waiting.take(number, line)
        on_progress(1)
    waiting.write()
    for refusal in REFUSALS:
        if found := connection.execute(refusal).fetchone():
            raise SchemaError(f"line {found[0]}: {found[1]}; nothing of the file was loaded")
    counts = {}
    for name, statement in COUNTED:
        row = connection.execute(statement).fetchone()
        counts[name] = (row[0], row[1]) if row else (0, 0)
        if name == "tenants":
            for beside in BESIDE_TENANTS:
                connection.execute(beside)
    return ImportSummary(counts)


class _Waiting:
    """Rows on their way into the temporary tables, a batch at a time, so that memory does not grow with the file."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._rows: dict[str, list[tuple[object, ...]]] = {}
        self._lines = 0

    def take(self, number: int, line: Line) -> None:
        """Add what a line says."""
        if isinstance(line, TenantLine):
            self._take_tenant(number, line)
        else:
            self._take_conversation(number, line)
        self._lines += 1
        if self._lines % BATCH == 0:
            self.write()

    def write(self) -> None:
        """Copy everything that waits into the temporary tables."""
        for table, rows in self._rows.items():
            with self._connection.cursor().copy(f"copy {table} from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
        self._rows = {}

    def _add(self, table: str, *row: object) -> None:
        self._rows.setdefault(table, []).append(row)

    def _take_tenant(self, number: int, line: TenantLine) -> None:
        has_hours = line.business_hours is not None
        self._add("import_tenants", number, line.slug, line.name, line.timezone, has_hours)
        for weekday, ranges in (line.business_hours or {}).items():
            for opens, closes in ranges:
                self._add("import_hours", line.slug, WEEKDAYS.index(weekday) + 1, opens, closes)
        for day, ranges in line.special_days.items():
            if not ranges:
                self._add("import_special_days", line.slug, day, None, None)
            for opens, closes in ranges:
                self._add("import_special_days", line.slug, day, opens, closes)
        if line.sla is not None:
            for key, value in line.sla.model_dump(exclude_none=True).items():
                self._add("import_settings", line.slug, f"sla_{key}", json.dumps(value))

    def _take_conversation(self, number: int, line: ConversationLine) -> None:
        conversation, external_id = import_rows.conversation_id(line)
        events, outcome = import_rows.event_rows(line, conversation)
        row = import_rows.conversation_row(line, conversation, external_id, outcome, number=number)
        self._add("import_conversations", *row)
        if customer := line.customer:
            customer_id = import_rows.stable_id(line.tenant, "customer", customer.id)
            self._add("import_customers", number, customer_id, line.tenant, customer.id, customer.name, customer.email)
        for agent in import_rows.agents(line):
            self._add("import_agents", import_rows.stable_id(line.tenant, "agent", agent), line.tenant, agent)
        self._rows.setdefault("import_messages", []).extend(import_rows.message_rows(line, conversation))
        self._rows.setdefault("import_events", []).extend(events)
