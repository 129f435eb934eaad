"""A warehouse to write raw rows into, and to build as a refresh builds it.

Belongs here: rows of `raw` as extraction lands them. Not here: what a build must make of them (`test_marts.py`,
`test_faults.py`).
"""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from orchestration import dbt
from orchestration.databases import Databases
from orchestration.extraction import business_time
from orchestration.transformation import plan, touch
from orchestration.transformation.transform import Transformed, Transformer

DATA_AS_OF = "2024-12-01T00:00:00Z"
PRESENT = {"status": "active", "priority": "normal", "channel_type": "email", "department": "support"}


class Warehouse:
    """Raw rows, in the order in which they are added: each takes the next ordinal."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        self.connection.execute(
            "insert into ops.extract_state (source, key_fingerprint, snapshot, data_as_of) "
            "values ('test', 'test', pg_current_snapshot(), %s)",
            (DATA_AS_OF,),
        )
        self.ordinal = 0

    def tenant(self, timezone: str = "UTC") -> uuid.UUID:
        made = uuid.uuid4()
        return self.add("tenants", id=made, slug=made.hex, name="A tenant", timezone=timezone, status="active")

    def conversation(self, tenant: uuid.UUID, created_at: str, **more: Any) -> "Conversation":
        made = self.add("conversations", tenant_id=tenant, created_at=created_at, **(PRESENT | more))
        return Conversation(self, tenant, made)

    def add(self, table: str, **row: Any) -> uuid.UUID:
        """Land one row, under an id of its own where it names none."""
        row = {"id": uuid.uuid4()} | row
        names = sql.SQL(", ").join(map(sql.Identifier, row))
        values = sql.SQL(", ").join(sql.Placeholder() * len(row))
        statement = sql.SQL("insert into raw.{} ({}) values ({})").format(sql.Identifier(table), names, values)
        self.connection.execute(statement, list(row.values()))
        return row["id"]

    def build(self) -> Transformed:
        """Everything anew, as `romashka refresh --full` builds it."""
        with psycopg.connect(self.url) as warehouse:
            business_time.bring_up_to_date(warehouse, data_as_of=datetime.fromisoformat(DATA_AS_OF))
        touch.everything(self.connection)
        with psycopg.connect(self.url) as session:
            return Transformer(session, plan.load()).transform()

    def rows(self, statement: str, *bound: Any) -> list[dict[str, Any]]:
        return self.connection.execute(statement, bound).fetchall()

    def asked(self, analysis: str) -> list[tuple[Any, ...]]:
        """What an analysis of the application says."""
        file = dbt.PROJECT / "analyses" / "application" / f"{analysis}.sql"
        return [tuple(row.values()) for row in self.connection.execute(file.read_text(encoding="utf-8"))]


class Conversation:
    """One conversation, and what happens in it."""

    def __init__(self, warehouse: Warehouse, tenant: uuid.UUID, key: uuid.UUID) -> None:
        self.warehouse, self.tenant, self.key = warehouse, tenant, key

    def says(self, at: str, sender: str, **more: Any) -> None:
        self._land("messages", sender_type=sender, created_at=at, **({"is_internal": False} | more))

    def becomes(self, at: str, status: str, *, by_itself: bool = False) -> None:
        self._land("conversation_events", event_type="status", to_status=status, is_automatic=by_itself, occurred_at=at)

    def goes_to(self, at: str, agent: uuid.UUID | None) -> None:
        self._land("conversation_events", event_type="assignment", to_agent_id=agent, occurred_at=at)

    def is_rated(self, at: str, score: float) -> None:
        self._land("conversation_events", event_type="rating", score=score, occurred_at=at)

    def _land(self, table: str, **row: Any) -> None:
        self.warehouse.ordinal += 1
        self.warehouse.add(
            table, tenant_id=self.tenant, conversation_id=self.key, ordinal=self.warehouse.ordinal, **row
        )

    def analytics(self) -> dict[str, Any]:
        """Its row of the mart."""
        (row,) = self.warehouse.rows("select * from marts.conversation_analytics where conversation_id = %s", self.key)
        return row


@pytest.fixture
def warehouse(databases: Databases) -> Iterator[Warehouse]:
    """A prepared warehouse without rows, whose data are as of DATA_AS_OF."""
    made = Warehouse(databases.warehouse)
    yield made
    made.connection.close()
