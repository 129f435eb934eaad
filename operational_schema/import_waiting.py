"""A file's rows on their way into the temporary tables, a batch at a time, so that memory does not grow with the file.

Belongs here: which line becomes which waiting rows. Not here: what follows from a conversation (`import_rows.py`), and
what becomes of the rows (`importing.py`).
"""

import json
from importlib.resources import files

import psycopg

from operational_schema import import_rows
from operational_schema.import_form import WEEKDAYS, ConversationLine, Line, TenantLine
from operational_schema.import_rows import Row

BATCH = 10_000


class Waiting:
    """The temporary tables of one import, and what is not yet in them."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._rows: dict[str, list[Row]] = {}
        self._held = 0
        connection.execute(files("operational_schema").joinpath("import_tables.sql").read_text(encoding="utf-8"))

    def take(self, number: int, line: Line) -> None:
        """Add what a line says."""
        if isinstance(line, TenantLine):
            self._take_tenant(number, line)
        else:
            self._take_conversation(number, line)
        if self._held >= BATCH:
            self._write()

    def finish(self) -> None:
        """Write the rest."""
        self._write()

    def _write(self) -> None:
        for table, rows in self._rows.items():
            with self._connection.cursor().copy(f"copy {table} from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
        self._rows, self._held = {}, 0

    def _add(self, table: str, *rows: Row) -> None:
        self._rows.setdefault(table, []).extend(rows)
        self._held += len(rows)

    def _take_tenant(self, number: int, line: TenantLine) -> None:
        hours = line.business_hours
        self._add("import_tenants", (number, line.slug, line.name, line.timezone, hours is not None))
        for weekday, ranges in (hours or {}).items():
            day = WEEKDAYS.index(weekday) + 1
            self._add("import_hours", *[(line.slug, day, opens, closes) for opens, closes in ranges])
        for date, ranges in line.special_days.items():
            closed = [] if ranges else [(line.slug, date, None, None)]
            self._add("import_special_days", *closed, *[(line.slug, date, opens, closes) for opens, closes in ranges])
        targets = line.sla.model_dump(exclude_none=True) if line.sla else {}
        self._add("import_settings", *[(line.slug, f"sla_{key}", json.dumps(value)) for key, value in targets.items()])

    def _take_conversation(self, number: int, line: ConversationLine) -> None:
        conversation, external_id = import_rows.conversation_id(line)
        events, outcome = import_rows.event_rows(line, conversation)
        row = import_rows.conversation_row(line, conversation, external_id, outcome, number=number)
        self._add("import_conversations", row)
        if customer := line.customer:
            customer_id = import_rows.stable_id(line.tenant, "customer", customer.id)
            self._add(
                "import_customers", (number, customer_id, line.tenant, customer.id, customer.name, customer.email)
            )
        for agent in import_rows.agents(line):
            self._add("import_agents", (import_rows.stable_id(line.tenant, "agent", agent), line.tenant, agent))
        self._add("import_messages", *import_rows.message_rows(line, conversation))
        self._add("import_events", *events)
