"""One publish: all marts of a build become visible together, as the next generation.

Belongs here: the transaction and its log. Not here: how one mart is merged (`marts.py`), and whether the build was
good: only a build whose checks have passed may be handed over.
"""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from orchestration.errors import WarehouseError
from orchestration.publishing import marts
from orchestration.publishing.marts import Published


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


def publish(warehouse_url: str) -> Publication:
    """Make the built marts the ones that readers see, in one transaction.

    Raises WarehouseError, and leaves the last generation visible, when nothing is built or a contract is broken.
    """
    with psycopg.connect(warehouse_url) as warehouse:
        built = marts.built_marts(warehouse)
        if not built:
            raise WarehouseError("no mart has been built: run romashka refresh")
        marts.ensure_analyst(warehouse)
        changed = {mart: marts.merge(warehouse, mart) for mart in built}
        publication = _next_generation(warehouse, changed)
        _log(warehouse, publication)
    return publication


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
    with warehouse.cursor() as cursor:
        cursor.executemany(
            """
            insert into ops.publish_log (
                generation, mart, data_as_of, rows_inserted, rows_updated, rows_deleted
            ) values (%s, %s, %s, %s, %s, %s)
            """,
            [
                (
                    publication.generation,
                    mart,
                    publication.data_as_of,
                    rows.inserted,
                    rows.updated,
                    rows.deleted,
                )
                for mart, rows in publication.marts.items()
            ],
        )
