"""Views of the marts: what readers see of rows that are kept in another form.

Belongs here: making views, and renewing them without dropping them: other people's views stand on them. Not here: the
tables beneath (`contract.py`).
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.publishing.contract import MARTS, Column, Mart, columns_of, comment
from orchestration.publishing.readers import ANALYST, READER

# What has run since the status was entered, as of the data; exact to the millisecond, as everything is.
RUNNING_SECONDS = (
    "coalesce((floor(extract(epoch from (select publication.data_as_of from marts.publication)) * 1000) "
    "- floor(extract(epoch from nullif(kept.running_since, '-infinity')) * 1000)) / 1000, 0)"
)


@dataclass(frozen=True)
class View:
    """A promised view, and the query over published tables that it shows."""

    name: str
    description: str
    columns: tuple[Column, ...]
    query: str
    schema: str = MARTS

    @property
    def relation(self) -> sql.Identifier:
        """Where it is."""
        return sql.Identifier(self.schema, self.name)


def of_mart(mart: Mart) -> View:
    """A view of a table in `facts`: the rows without what is hidden, with what runs run up to the data's instant."""
    shown = tuple(column for column in mart.columns if not column.hidden)
    columns = ", ".join(f"{_read(column)} as {column.name}" for column in shown)
    return View(
        mart.name,
        mart.description,
        shown,
        " ".join(("select", columns, "from", f"{mart.schema}.{mart.name}", "as kept")),
    )


def show(warehouse: psycopg.Connection, view: View) -> None:
    """Make the view, or renew it. Raises WarehouseError for a column lost or of another type: that would break readers."""
    # A view keeps the order of its columns; new ones come last.
    known = list(columns_of(warehouse, view.relation)) if _exists(warehouse, view.relation) else []
    promised = {column.name: column for column in view.columns}
    names = [*(name for name in known if name in promised), *(name for name in promised if name not in known)]
    columns = sql.SQL(", ").join(
        sql.SQL("cast(made.{0} as {1}) as {0}").format(sql.Identifier(name), sql.SQL(promised[name].type))
        for name in names
    )
    try:
        warehouse.execute(
            sql.SQL("create or replace view {} with (security_invoker = true) as select {} from ({}) as made").format(
                view.relation, columns, sql.SQL(view.query)
            )
        )
    except (psycopg.errors.InvalidTableDefinition, psycopg.errors.WrongObjectType) as error:
        name = view.relation.as_string(warehouse)
        raise WarehouseError(
            f"{name} lost or changed a column ({str(error).splitlines()[0]}): readers keep the last generation; "
            f"restore the column, or drop {name} with cascade and refresh"
        ) from error
    warehouse.execute(
        sql.SQL("grant select on {} to {}, {}").format(view.relation, sql.Identifier(ANALYST), sql.Identifier(READER))
    )
    comment(warehouse, sql.SQL("view {}").format(view.relation), view.relation, view)


def _read(column: Column) -> str:
    if column.runs_in is None:
        return f"kept.{column.name}"
    return f"kept.{column.name} + case when kept.running_status = '{column.runs_in}' then {RUNNING_SECONDS} else 0 end"


def _exists(warehouse: psycopg.Connection, relation: sql.Identifier) -> bool:
    row = warehouse.execute("select to_regclass(%s) is not null", (relation.as_string(warehouse),)).fetchone()
    return bool(row and row[0])
