"""One publish: all marts of a build become visible together, as the next generation.

Belongs here: the publication and its log, within the transaction that built the rows. Not here: how one mart is merged
(`merge.py`), and whether the build was good: only one whose checks have passed may be handed over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.publishing.contract import Mart
from orchestration.publishing.merge import Merged, Published, counted, merge_all

# A process that follows the source publishes every second or two.
LOGGED_FOR = timedelta(days=14)
TOUCHED = (
    "touched_conversations", "touched_tenants", "touched_lists", "touched_runs", "touched_days", "touched_everything",
)  # fmt: skip


@dataclass(frozen=True)
class Publication:
    """A generation of the marts: what changed in each, and up to which instant the source was read."""

    generation: int
    data_as_of: datetime
    marts: dict[str, Published]

    @property
    def rows(self) -> int:
        """Rows of all marts together."""
        return sum(mart.rows for mart in self.marts.values())


def publish(warehouse: psycopg.Connection, marts: tuple[Mart, ...]) -> Publication:
    """Bring what readers see up to what has been built, and take away what had been touched.

    Nothing is visible before the transaction commits. It must see one snapshot throughout (REPEATABLE READ): what is
    touched meanwhile was not built, and stays.
    """
    publication = _next_generation(warehouse, merge_all(warehouse, marts))
    _log(warehouse, publication)
    for table in TOUCHED:
        warehouse.execute(sql.SQL("delete from ops.{}").format(sql.Identifier(table)))
    return publication


def publish_nothing(warehouse: psycopg.Connection, marts: tuple[Mart, ...]) -> Publication:
    """Say up to when the marts are right, where no row had to be built: the generation stays."""
    row = warehouse.execute(
        """
        update marts.publication set data_as_of = landed.data_as_of, published_at = clock_timestamp()
        from raw.extract as landed
        returning generation, publication.data_as_of
        """
    ).fetchone()
    if row is None:
        raise WarehouseError("nothing has been published yet: run romashka refresh --full")
    return Publication(row[0], row[1], counted(warehouse, dict.fromkeys(marts, Merged())))


def _next_generation(warehouse: psycopg.Connection, changed: dict[str, Published]) -> Publication:
    row = warehouse.execute(
        """
        insert into marts.publication (generation, data_as_of, published_at)
        select 1, landed.data_as_of, clock_timestamp() from raw.extract as landed
        on conflict (only_row) do update set
            generation = publication.generation + 1,
            data_as_of = excluded.data_as_of,
            published_at = excluded.published_at
        returning generation, data_as_of
        """
    ).fetchone()
    if row is None:
        raise WarehouseError("nothing has been extracted yet: run romashka refresh")
    return Publication(generation=row[0], data_as_of=row[1], marts=changed)


def _log(warehouse: psycopg.Connection, publication: Publication) -> None:
    """What changed, mart by mart; and what was logged so long ago that nobody asks any more goes."""
    with warehouse.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.publish_log (
                generation, mart, data_as_of, rows_inserted, rows_updated, rows_deleted
            ) values (%s, %s, %s, %s, %s, %s)
            """,
            [
                (publication.generation, mart, publication.data_as_of, rows.inserted, rows.updated, rows.deleted)
                for mart, rows in publication.marts.items()
                if rows.changed
            ],
        )
    warehouse.execute("delete from ops.publish_log where published_at < now() - %s", (LOGGED_FOR,))
