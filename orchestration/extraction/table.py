"""What a table that leaves the operational database is made of.

Belongs here: the form. Not here: which tables and columns leave (`tables.py`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column of `raw`: its name, its PostgreSQL type there, and the expression that reads it at the source."""

    name: str
    type: str
    expression: str


@dataclass(frozen=True)
class Table:
    """A table of `raw`, fed by the operational table of the same name.

    `key` turns a source row's id into the landed id; `where` limits which rows leave. `read_along` is a column whose value the
    log may have in place of the id: of the row there, something is read along.
    """

    name: str
    columns: tuple[Column, ...]
    key: str = "{id}"
    where: str = "true"
    read_along: str | None = None

    @property
    def source_key(self) -> str:
        """Expression of the landed id over a row of the source table."""
        return self.key.format(id="id", tenant_id="tenant_id")

    @property
    def is_keyed_by_tenant(self) -> bool:
        """Whether a row of the source has another landed id in another tenant."""
        return "{tenant_id}" in self.key

    @property
    def logged_key(self) -> str:
        """Expression of the landed id over a row of the change log."""
        return self.key.format(id="key", tenant_id="tenant_id")


def columns(*lines: str) -> tuple[Column, ...]:
    """Each line reads `name type`, or `name type = expression`."""
    found = []
    for line in lines:
        head, _, expression = line.partition(" = ")
        name, _, kind = head.partition(" ")
        found.append(Column(name, kind, expression or name))
    return tuple(found)
