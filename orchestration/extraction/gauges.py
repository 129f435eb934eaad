"""What a person watches beside the rows: the log's size, changes it does not hear of, values not kept, what each table equals.

Belongs here: looking, and the lines that say it. Not here: keeping any of it (`rejecting.py`, `acknowledging.py`).
"""

from dataclasses import dataclass
from datetime import datetime

import psycopg

UNHEARD = """
    select logged.name, string_agg('change_log_' || kind.name, ', ' order by kind.name)
    from unnest(etl.logged_tables()) as logged (name)
    cross join (values ('insert'), ('update'), ('delete'), ('truncate'), ('moved')) as kind (name)
    where to_regclass('public.' || logged.name) is not null
        and (kind.name <> 'moved' or logged.name = 'messages')
        and not exists (
            select from pg_trigger as present
            where present.tgrelid = to_regclass('public.' || logged.name)
                and present.tgname = 'change_log_' || kind.name and present.tgenabled = 'A'
        )
    group by logged.name
    order by logged.name
"""
SUBSCRIBED = """
    select logged.name
    from unnest(etl.logged_tables()) as logged (name)
    where exists (select from pg_subscription_rel where srrelid = to_regclass('public.' || logged.name))
    order by logged.name
"""


@dataclass(frozen=True)
class ChangeLog:
    """What the change log holds at the source, and what it takes on disk with its index."""

    rows: int
    bytes: int


def change_log(source: psycopg.Connection) -> ChangeLog:
    """The log's size now: after an extract, what waits for open transactions and halted tables."""
    row = source.execute("select (select count(*) from etl.change), pg_total_relation_size('etl.change')").fetchone()
    return ChangeLog(*row) if row else ChangeLog(0, 0)


def unheard(source: psycopg.Connection) -> dict[str, str]:
    """Tables that change without the log hearing of it, and a line that says what to do."""
    heard_not = "the change log does not hear all changes of public"
    subscribed = {
        name: f"{heard_not}.{name}: a subscription writes it, which fires no such triggers; set ROMASHKA_OPERATIONAL_URL "
        "to its publisher, or run romashka reconcile as often as it matters"
        for (name,) in source.execute(SUBSCRIBED)
    }
    return subscribed | {
        name: f"{heard_not}.{name}: enable always its triggers {triggers}, then run romashka reconcile"
        for name, triggers in source.execute(UNHEARD)
    }


def rejected(warehouse: psycopg.Connection) -> dict[str, int]:
    """How many values of each table stand in raw as infinity or null, because they could not be kept."""
    counted = warehouse.execute("select table_name, count(*) from ops.rejected_rows group by 1 order by 1")
    return {name: int(values) for name, values in counted}


def known_until(warehouse: psycopg.Connection) -> dict[str, datetime]:
    """The instant that each table of raw equals: of a halted one, the last that it did."""
    return dict(warehouse.execute("select table_name, data_as_of from ops.landed_tables where data_as_of is not null"))


def rejected_told(values: dict[str, int]) -> str:
    """The same in a line."""
    by_table = ", ".join(f"{count:,} of raw.{name}" for name, count in values.items())
    return f"{sum(values.values()):,} values could not be kept ({by_table}): ops.rejected_rows has keys and reasons"
