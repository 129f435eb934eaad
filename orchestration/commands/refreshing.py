"""`romashka refresh`: once, or as changes come.

Belongs here: its arguments, and what it prints. Not here: what a refresh does (`refresh.py`), and when the next one is due
(`following.py`).
"""

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration import console, settings

if TYPE_CHECKING:
    from orchestration.databases import Databases
    from orchestration.refresh import Refresh


def refresh(
    *,
    full: Annotated[bool, typer.Option("--full", help="compare every row with the source, rebuild every mart")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="the same, also of a source that has none of the tenants that have landed")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="again as changes come, until Ctrl-C")] = False,
) -> None:
    """Bring the marts up to the present state of the operational database: extract, transform, publish."""
    from orchestration.databases import ready, require_prepared
    from orchestration.errors import WarehouseError
    from orchestration.extraction.pseudonym_key import pseudonym_key

    if (full or replace) and follow:
        asked = "--replace" if replace else "--full"
        raise WarehouseError(f"{asked} and --follow do not go together: run romashka refresh {asked} first")
    now = settings.load()
    databases = ready(now)
    require_prepared(databases)
    key = pseudonym_key(given=now.pseudonym_key, home=now.home)
    if follow:
        _follow(databases, key)
    else:
        _refresh_once(databases, key, full=full, replace=replace)


def _refresh_once(databases: "Databases", key: str, *, full: bool, replace: bool) -> None:
    from orchestration import refresh as refreshing
    from orchestration.errors import WarehouseError

    with console.progress("refreshing") as advance:
        done = refreshing.refresh(
            databases,
            pseudonym_key=key,
            full=full,
            replace=replace,
            on_step=lambda stage, name: advance(what=f"{stage} {name}"),
        )
    if done.extract.full_because not in (None, "asked for"):
        console.say(f"compared every row with the source: {done.extract.full_because}")
    for line in (*done.extract.notices, *done.extract.halted.values(), *done.transformed.warnings):
        console.say(line)
    console.table("Rows moved", ("table", "inserted", "updated", "deleted", "now"), done.rows())
    _say_rejected(databases, now=sum(each.rejected for each in done.extract.tables.values()))
    console.say(f"data as of {done.publication.data_as_of.isoformat()}, generation {done.publication.generation}")
    if done.extract.halted:
        raise WarehouseError(f"{len(done.extract.halted)} tables could not follow the source: mend what is said above")


def _say_rejected(databases: "Databases", *, now: int) -> None:
    from orchestration.databases import connect
    from orchestration.extraction import gauges

    with connect(databases.warehouse) as warehouse:
        values = gauges.rejected(warehouse)
    if values:
        console.say(f"{now:,} values rejected now; in all {gauges.rejected_told(values)}")


def _follow(databases: "Databases", key: str) -> None:
    from orchestration.following import Follower

    follower = Follower(databases, pseudonym_key=key, on_round=_sayer(), on_trouble=_say_trouble)
    # The round at work is finished; a second Ctrl-C rolls it back.
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def end(number: int, _: object) -> None:
        follower.stop()
        signal.signal(number, previous[signal.Signals(number)])

    for number in previous:
        signal.signal(number, end)
    follower.follow()
    console.say(f"ended after {follower.rounds} refreshes")


def _sayer() -> Callable[["Refresh"], None]:
    """Says of each round what it moved, and of each trouble when it begins: a halted table is one for as long as it lasts."""
    said: set[str] = set()

    def say(done: "Refresh") -> None:
        changed = sum(mart.changed for mart in done.publication.marts.values())
        if changed or done.transformed.models:
            console.say(
                f"data as of {done.publication.data_as_of.isoformat(timespec='seconds')}, "
                f"generation {done.publication.generation}: {changed} rows in {sum(done.seconds.values()):.2f} s"
            )
        troubles = {*done.extract.notices, *done.extract.halted.values()}
        for line in sorted(troubles - said):
            console.err.print(f"romashka: {line}", markup=False)
        said.clear()
        said.update(troubles)

    return say


def _say_trouble(what: str) -> None:
    console.err.print(f"romashka: {what}; trying again", markup=False)
