"""One transform: what was touched is built aside, checked, and published, in one transaction.

Belongs here: the order of these, and when there is nothing to build. Not here: the models (dbt_project), and what was
touched (`orchestration/extraction/touched.py`, `touch.py`). A full build is this, with everything touched.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.publishing import application, contract, views
from orchestration.publishing.publish import Publication, publish, publish_nothing
from orchestration.publishing.readers import ensure_roles
from orchestration.transformation import touch
from orchestration.transformation.build import UNPUBLISHED, Built, build, prepare_session
from orchestration.transformation.checks import Checked, check
from orchestration.transformation.plan import Plan

# Whoever waits for a lock on a mart has every later reader wait behind it: let them through, and ask again.
LOCK_TIMEOUT = "2s"
TURNS = 10
PAUSE_SECONDS = 3.0


@dataclass(frozen=True)
class Transformed:
    """What was built and checked, and the publication that readers see now. Nothing touched, nothing built."""

    publication: Publication
    models: list[Built] = field(default_factory=list)
    checks: list[Checked] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        """What data tests of severity warn found: published all the same."""
        return [f"data test {each}; published all the same" for each in self.checks if not each.passed]


class Transformer:
    """A session that transforms, again and again if it is kept: what is built aside stays known to it, empty."""

    def __init__(self, warehouse: psycopg.Connection, plan: Plan) -> None:
        self.warehouse = warehouse
        self.plan = plan
        self._has_kept = False
        warehouse.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        prepare_session(warehouse)

    def transform(self, *, on_step: Callable[[str], None] = lambda name: None) -> Transformed:
        """Bring the marts up to what has landed; readers see all of it or nothing.

        Raises WarehouseError, and leaves the last generation visible, if a model or a data test fails.
        """
        self.keep_promises()
        with self.warehouse.transaction():
            if not touch.is_anything(self.warehouse):
                return Transformed(publish_nothing(self.warehouse, self.plan.marts))
            models = build(self.warehouse, self.plan, on_model=on_step)
            checks = check(self.warehouse, self.plan)
            return Transformed(self._publish(), models, checks)

    def _publish(self) -> Publication:
        try:
            return publish(self.warehouse, self.plan.marts)
        except psycopg.errors.IntegrityError as error:
            said = " ".join(str(error).split())
            raise WarehouseError(f"publishing failed: {said}; {UNPUBLISHED}") from error

    def keep_promises(self) -> None:
        """Bring the tables that readers see up to the contracts, where the project is another than last time.

        One relation after another, each in a transaction of its own: its lock would keep readers waiting while rows are built,
        and who holds one while it waits for the next is in a deadlock with whoever reads both. Killed on the way, it begins
        anew. Raises WarehouseError when readers leave it no moment.
        """
        if self._are_kept():
            return
        self._take_turns(ensure_roles)
        for mart in self.plan.marts:
            self._take_turns(partial(contract.keep, mart=mart))
        self._take_turns(application.watch)
        for view in self.plan.views:
            self._take_turns(partial(views.show, view=view))
        self._take_turns(self._note_kept)
        self._has_kept = True

    def _are_kept(self) -> bool:
        with self.warehouse.transaction():
            known = self.warehouse.execute("select fingerprint from ops.published_models").fetchone()
            if known == (self.plan.fingerprint,) and self._is_all_there():
                self._has_kept = True
            elif self._has_kept and known != (self.plan.fingerprint,):
                # Two versions at work would each build everything anew after the other, for ever.
                raise WarehouseError("the marts are made by other models by now: end this process, and start it again")
            else:
                return False
        return True

    def _take_turns(self, change: Callable[[psycopg.Connection], object]) -> None:
        """Make a change as soon as readers let it, and let them through meanwhile."""
        for _ in range(TURNS):
            try:
                with self.warehouse.transaction():
                    self.warehouse.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_TIMEOUT))
                    change(self.warehouse)
            except psycopg.errors.LockNotAvailable:
                time.sleep(PAUSE_SECONDS)
            else:
                return
        raise WarehouseError(
            "the marts are read without a pause, and their tables have to change: "
            "end the transactions that pg_stat_activity shows as idle in transaction, and refresh again"
        )

    def _note_kept(self, warehouse: psycopg.Connection) -> None:
        touch.everything(warehouse)
        warehouse.execute(
            "insert into ops.published_models (fingerprint) values (%s) "
            "on conflict (only_row) do update set fingerprint = excluded.fingerprint",
            (self.plan.fingerprint,),
        )

    def _is_all_there(self) -> bool:
        """Whether nobody has dropped what readers see."""
        relations = [mart.table for mart in self.plan.marts] + [view.relation for view in self.plan.views]
        names = [relation.as_string(self.warehouse) for relation in relations]
        row = self.warehouse.execute(
            "select bool_and(to_regclass(name) is not null) from unnest(%s::text[]) as name", (names,)
        ).fetchone()
        return bool(row and row[0])
