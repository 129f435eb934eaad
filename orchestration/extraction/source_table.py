"""How a table stands at the source, so that an ALTER between two extracts is noticed: its columns, and what fills its log.

Belongs here: what the source's catalogue says of a table. Not here: which columns leave (`tables.py`), triggers that are off
(`gauges.py`), and what follows from a change (`follow.py`).
"""

from dataclasses import dataclass

import psycopg

LOGGING = "change_log_"
# Whatever ALTER does to a column or a trigger writes its line of the catalogue anew; VACUUM FULL and ANALYZE do not. What comes
# by a subscription fires no trigger of a statement.
TABLES = """
    select
        class.relname,
        array_agg(
            format('%s %s', attribute.attname, format_type(attribute.atttypid, attribute.atttypmod))
            order by attribute.attnum
        ),
        array_agg(format('%s/%s', attribute.attnum, attribute.xmin) order by attribute.attnum) || array(
            select format('%s/%s', logging.tgname, logging.xmin) from pg_trigger as logging
            where logging.tgrelid = class.oid and starts_with(logging.tgname, 'change_log_')
            order by logging.tgname
        ) || array(
            select format('change_log_past/%s', subscribed.srsubid) from pg_subscription_rel as subscribed
            where subscribed.srrelid = class.oid order by subscribed.srsubid
        )
    from pg_class as class
    inner join pg_attribute as attribute
        on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
    where class.relnamespace = 'public'::regnamespace and class.relkind in ('r', 'p')
    group by class.oid, class.relname
"""


@dataclass(frozen=True)
class SourceTable:
    """Name and type of each column, and the lines of the catalogue that say so, and what fills the log: none if nobody noted."""

    columns: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    def may_have_changed_unheard(self, before: "SourceTable") -> bool:
        """Whether a column of before went or was altered, of which no trigger hears, or the log's triggers were.

        A new column, and whatever else is altered, changes nothing that has landed.
        """
        if [column for column in self.columns if column in before.columns] != list(before.columns):
            return True
        went, came = set(before.lines) - set(self.lines), set(self.lines) - set(before.lines)
        return bool(before.lines) and (bool(went) or any(line.startswith(LOGGING) for line in came))


def source_tables(source: psycopg.Connection) -> dict[str, SourceTable]:
    """Each table of schema public."""
    return {name: SourceTable(tuple(columns), tuple(lines)) for name, columns, lines in source.execute(TABLES)}
