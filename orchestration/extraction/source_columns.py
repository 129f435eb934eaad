"""The columns that a table has at the source, and whether an ALTER may have changed what they hold.

Belongs here: what the source's catalogue says of columns. Not here: which of them leave (`tables.py`), and what follows from a
change (`follow.py`).
"""

from dataclasses import dataclass

import psycopg

# Whatever ALTER does to a column writes its line of the catalogue anew; VACUUM FULL and ANALYZE do not.
COLUMNS = """
    select
        class.relname,
        array_agg(
            format('%s %s', attribute.attname, format_type(attribute.atttypid, attribute.atttypmod))
            order by attribute.attnum
        ),
        array_agg(format('%s/%s', attribute.attnum, attribute.xmin) order by attribute.attnum)
    from pg_class as class
    inner join pg_attribute as attribute
        on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
    where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p')
    group by class.relname
"""


@dataclass(frozen=True)
class SourceColumns:
    """Name and type of each column, and which line of the catalogue says so; lines that nobody noted are none."""

    names: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    def may_hold_other_values(self, before: "SourceColumns") -> bool:
        """Whether a column of before is gone, of another type, or was altered in any way, of which no trigger hears."""
        if [name for name in self.names if name in before.names] != list(before.names):
            return True
        return not set(before.lines) <= set(self.lines)


def source_columns(source: psycopg.Connection) -> dict[str, SourceColumns]:
    """The columns of each table of schema public."""
    return {name: SourceColumns(tuple(names), tuple(lines)) for name, names, lines in source.execute(COLUMNS)}
