"""A source whose clock the test holds, and refreshes of it in one warm session."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from orchestration.databases import Databases
from orchestration.extraction.extract import extract
from orchestration.transformation import plan, touch
from orchestration.transformation.transform import Transformed, Transformer
from tests.orchestration.conftest import KEY

BEGIN = datetime(2024, 3, 8, 6, tzinfo=UTC)
Rows = dict[str, list[str]]


class Desk:
    """Two databases of one tenant, and the clock by which the next refresh reads the source."""

    def __init__(self, databases: Databases) -> None:
        self.databases = databases
        self.source = psycopg.connect(databases.operational, autocommit=True)
        self.warehouse = psycopg.connect(databases.warehouse, autocommit=True)
        self.transformer = Transformer(psycopg.connect(databases.warehouse), plan.load())
        self.clock = BEGIN
        self.tenant = uuid.uuid4()
        self.tell(
            "insert into public.tenants (id, slug, name, timezone) values (%(tenant)s, 'acme', 'Acme', %(zone)s)",
            zone="America/New_York",
        )

    def tell(self, statement: str, *, reason: str | None = None, **values: Any) -> None:
        """Write at the source, for the reason that is given."""
        with self.source.transaction():
            if reason:
                self.source.execute("select set_config('etl.reason', %s, true)", (reason,))
            self.source.execute(statement, {"tenant": self.tenant, **values})

    def refresh(self, *, full: bool = False) -> Transformed:
        """One refresh, which takes the source to be as of the desk's clock."""
        self.land(full=full)
        return self.transformer.transform()

    def land(self, *, full: bool = False) -> None:
        """The first half of a refresh."""
        extract(self.databases.operational, self.databases.warehouse, pseudonym_key=KEY, full=full)
        self.warehouse.execute("update ops.extract_state set data_as_of = %s", (self.clock,))
        noted = "update ops.deleted_rows set deleted_as_of = %(clock)s where deleted_as_of > %(clock)s"
        self.warehouse.execute(noted, {"clock": self.clock})

    def rebuild(self) -> Transformed:
        """Everything anew from the raw rows, over empty tables."""
        for mart in self.transformer.plan.marts:
            self.warehouse.execute(sql.SQL("truncate {}").format(mart.table))
        self.warehouse.execute("truncate ops.published_tables")
        touch.everything(self.warehouse)
        return self.transformer.transform()

    def published(self) -> Rows:
        """Every row of every mart, as text."""
        relations = [mart.table for mart in self.transformer.plan.marts]
        relations += [view.relation for view in self.transformer.plan.views]
        return {
            relation.as_string(None): sorted(
                row for (row,) in self.warehouse.execute(sql.SQL("select made::text from {} as made").format(relation))
            )
            for relation in relations
        }

    def later(self, **distance: float) -> None:
        """Let the clock go on."""
        self.clock += timedelta(**distance)

    def close(self) -> None:
        for connection in (self.source, self.warehouse, self.transformer.warehouse):
            connection.close()


def begin(desk: Desk, *, hours: float = 0) -> uuid.UUID:
    """A conversation of one message."""
    made, at = uuid.uuid4(), desk.clock + timedelta(hours=hours)
    desk.tell(
        "insert into public.conversations (id, tenant_id, created_at) values (%(id)s, %(tenant)s, %(at)s)",
        id=made,
        at=at,
    )
    say(desk, made, "customer", hours=hours)
    return made


def say(desk: Desk, conversation: uuid.UUID, sender: str, *, hours: float = 0) -> None:
    desk.tell(
        "insert into public.messages (tenant_id, conversation_id, sender_type, content, created_at) "
        "values (%(tenant)s, %(id)s, %(sender)s, '', %(at)s)",
        id=conversation,
        sender=sender,
        at=desk.clock + timedelta(hours=hours),
    )


def of(desk: Desk, conversation: uuid.UUID, column: str) -> object:
    found = f"select {column} from marts.conversation_analytics where conversation_id = %s"
    row = desk.warehouse.execute(found, (conversation,)).fetchone()
    return row[0] if row else None


@pytest.fixture
def new_desk(databases: Databases, new_database: Callable[..., str]) -> Iterator[Callable[[], Desk]]:
    """Makes desks on databases of their own; an example of a property needs a new one each."""
    made: list[Desk] = []

    def make() -> Desk:
        operational, warehouse = (
            new_database(template=psycopg.conninfo.conninfo_to_dict(url)["dbname"])
            for url in (databases.operational, databases.warehouse)
        )
        made.append(Desk(Databases(operational=operational, warehouse=warehouse)))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


@pytest.fixture
def desk(new_desk: Callable[[], Desk]) -> Desk:
    """One such desk."""
    return new_desk()
