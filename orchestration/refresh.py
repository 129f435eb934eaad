"""One refresh outside Dagster: extract, transform, publish.

Belongs here: the order of the stages and the time each takes. Not here: what a stage does; Dagster's assets
(`defs/`) call the same functions.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from orchestration.databases import Databases, connect, one_refresh_at_a_time
from orchestration.extraction.extract import Extract, extract
from orchestration.extraction.landing import Landed
from orchestration.publishing.merge import Published
from orchestration.publishing.publish import Publication
from orchestration.transformation import plan
from orchestration.transformation.transform import Transformed, Transformer


@dataclass(frozen=True)
class Refresh:
    """What each stage of a refresh did, and the seconds it took."""

    extract: Extract
    transformed: Transformed
    seconds: dict[str, float]

    @property
    def publication(self) -> Publication:
        """What readers see now."""
        return self.transformed.publication

    def rows(self) -> list[tuple[str, int, int, int, int]]:
        """Per table and mart: its name, rows inserted, updated, deleted, and there now."""
        moved: dict[str, Landed | Published] = {f"raw.{name}": rows for name, rows in self.extract.tables.items()}
        moved |= {f"marts.{name}": rows for name, rows in self.publication.marts.items()}
        return [(name, each.inserted, each.updated, each.deleted, each.rows) for name, each in moved.items()]


def refresh(
    databases: Databases,
    *,
    pseudonym_key: str,
    full: bool = False,
    on_step: Callable[[str, str], None] = lambda stage, name: None,
) -> Refresh:
    """Bring the marts up to the present state of the operational database. Waits while another refresh runs."""
    clock = {"start": time.monotonic()}
    with one_refresh_at_a_time(databases.warehouse), connect(databases.warehouse) as warehouse:
        extracted = extract(
            databases.operational,
            databases.warehouse,
            pseudonym_key=pseudonym_key,
            full=full,
            on_step=lambda step, name: on_step("extract", name or step),
        )
        clock["extract"] = time.monotonic()
        done = Transformer(warehouse, plan.load()).transform(on_step=lambda name: on_step("transform", name))
        clock["transform"] = time.monotonic()
    moments = list(clock.items())
    seconds = {name: now - before for (_, before), (name, now) in pairwise(moments)}
    return Refresh(extract=extracted, transformed=done, seconds=seconds)
