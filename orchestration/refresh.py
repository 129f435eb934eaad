"""Refreshes outside Dagster: extract, transform, publish, and give back to the application.

Belongs here: the order of the stages and the time each takes. Not here: what a stage does; Dagster's assets
(`defs/`) call the same functions.
"""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise

from orchestration.databases import Databases, connect, one_refresh_at_a_time
from orchestration.extraction.extract import Extract
from orchestration.extraction.landing import Landed
from orchestration.extraction.tombstones import extract_obeying
from orchestration.publishing.application import Returned, give_back
from orchestration.publishing.live import keep_live
from orchestration.publishing.merge import Published
from orchestration.publishing.publish import Publication
from orchestration.transformation import plan
from orchestration.transformation.transform import Transformed, Transformer


@dataclass(frozen=True)
class Refresh:
    """What each stage of a refresh did, and the seconds it took."""

    extract: Extract
    transformed: Transformed
    returned: dict[str, Returned]
    seconds: dict[str, float]

    @property
    def publication(self) -> Publication:
        """What readers see now."""
        return self.transformed.publication

    def rows(self) -> list[tuple[str, int, int, int, int]]:
        """Per table and mart: its name, rows inserted, updated, deleted, and there now."""
        moved: dict[str, Landed | Published] = {f"raw.{name}": rows for name, rows in self.extract.tables.items()}
        moved |= {rows.table: rows for rows in self.publication.marts.values()}
        return [(name, each.inserted, each.updated, each.deleted, each.rows) for name, each in moved.items()]


class Refresher:
    """Refreshes, one after another, by one warm session of the warehouse; it begins anew where the session was lost."""

    def __init__(self, databases: Databases, *, pseudonym_key: str) -> None:
        self.databases = databases
        self._pseudonym_key = pseudonym_key
        self._plan = plan.load()
        self._transformer: Transformer | None = None

    def refresh(
        self,
        *,
        full: bool = False,
        replace: bool = False,
        on_step: Callable[[str, str], None] = lambda stage, name: None,
    ) -> Refresh:
        """Bring the marts up to the present state of the operational database. Waits while another refresh runs."""
        clock = {"start": time.monotonic()}
        databases = self.databases
        with one_refresh_at_a_time(databases.warehouse):
            extracted = extract_obeying(
                databases.operational,
                databases.warehouse,
                pseudonym_key=self._pseudonym_key,
                full=full,
                replace=replace,
                on_step=lambda step, name: on_step("extract", name or step),
            )
            clock["extract"] = time.monotonic()
            done = self._warm().transform(on_step=lambda name: on_step("transform", name))
            clock["transform"] = time.monotonic()
            returned = give_back(databases.warehouse, databases.operational)
            keep_live(databases.operational)
            clock["give back"] = time.monotonic()
        moments = list(clock.items())
        seconds = {name: now - before for (_, before), (name, now) in pairwise(moments)}
        return Refresh(extract=extracted, transformed=done, returned=returned, seconds=seconds)

    def close(self) -> None:
        """End the session; what it had not committed is as if it had not begun."""
        if self._transformer is not None:
            self._transformer.warehouse.close()

    def _warm(self) -> Transformer:
        if self._transformer is None or self._transformer.warehouse.closed:
            self._transformer = Transformer(connect(self.databases.warehouse), self._plan)
        return self._transformer


def refresh(
    databases: Databases,
    *,
    pseudonym_key: str,
    full: bool = False,
    replace: bool = False,
    on_step: Callable[[str, str], None] = lambda stage, name: None,
) -> Refresh:
    """Refresh once."""
    with closing(Refresher(databases, pseudonym_key=pseudonym_key)) as refresher:
        return refresher.refresh(full=full, replace=replace, on_step=on_step)
