"""The marts that readers see: tables that are never rebuilt, only brought to equal what a build has made.

Belongs here: their creation, their security, and the merge. Not here: what a mart holds (dbt_project), and when to
publish (`publish.py`). Swapping tables was the obvious way: it drops policies, grants and other people's views at
every build, and waits for readers.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError

ANALYST = "romashka_analyst"


@dataclass(frozen=True)
class Published:
    """Rows of one mart that a publish inserted, updated and deleted, and how many there are now."""

    inserted: int
    updated: int
    deleted: int
    rows: int


def built_marts(warehouse: psycopg.Connection) -> list[str]:
    """Names of the marts that a build has made."""
    rows = warehouse.execute("select tablename from pg_tables where schemaname = 'build' order by tablename").fetchall()
    return [name for (name,) in rows]


def ensure_analyst(warehouse: psycopg.Connection) -> None:
    """Make the role of ROMASHKA's own analysts, who read every tenant's rows, if this server has none."""
    known = warehouse.execute("select 1 from pg_roles where rolname = %s", (ANALYST,)).fetchone()
    if not known:
        warehouse.execute(sql.SQL("create role {} nologin").format(sql.Identifier(ANALYST)))
    warehouse.execute(sql.SQL("grant usage on schema marts to {}").format(sql.Identifier(ANALYST)))
    warehouse.execute(sql.SQL("grant select on marts.publication to {}").format(sql.Identifier(ANALYST)))


def merge(warehouse: psycopg.Connection, mart: str) -> Published:
    """Make a mart equal to its build, touching only the rows that differ."""
    _create(warehouse, mart)
    columns = _columns(warehouse, "build", mart)
    if columns != _columns(warehouse, "marts", mart):
        _follow_contract(warehouse, mart)
    key = _primary_key(warehouse, mart)
    names = [name for name, _ in columns]
    deleted = _delete_vanished(warehouse, mart, key)
    updated = _update_changed(warehouse, mart, key, names)
    inserted = _insert_new(warehouse, mart, key, names)
    row = warehouse.execute(sql.SQL("select count(*) from marts.{}").format(sql.Identifier(mart))).fetchone()
    return Published(inserted=inserted, updated=updated, deleted=deleted, rows=row[0] if row else 0)


def _create(warehouse: psycopg.Connection, mart: str) -> None:
    """Make the readers' table of a new mart, closed to everybody who is not named here."""
    known = warehouse.execute("select to_regclass(format('marts.%%I', %s::text))", (mart,)).fetchone()
    if known and known[0] is not None:
        return
    name = sql.Identifier(mart)
    tenant_rows = sql.SQL(
        "tenant_id in "
        "(select reader.tenant_id from marts.tenant_readers as reader where reader.role_name = current_user)"
    )
    for statement in (
        "create table marts.{name} (like build.{name} including constraints including indexes including comments)",
        "alter table marts.{name} enable row level security",
        "create policy analyst_reads_all on marts.{name} for select to {analyst} using (true)",
        "create policy reader_reads_tenant on marts.{name} for select to public using ({tenant_rows})",
        "grant select on marts.{name} to {analyst}",
    ):
        warehouse.execute(
            sql.SQL(statement).format(name=name, analyst=sql.Identifier(ANALYST), tenant_rows=tenant_rows)
        )


def _follow_contract(warehouse: psycopg.Connection, mart: str) -> None:
    """Add the columns that a mart has gained. One lost or of another type would break readers: that is refused."""
    present = dict(_columns(warehouse, "marts", mart))
    wanted = dict(_columns(warehouse, "build", mart))
    broken = sorted(name for name, kind in present.items() if wanted.get(name) != kind)
    if broken:
        raise WarehouseError(
            f"mart {mart} lost or changed {', '.join(broken)}: readers keep the last generation; "
            f"restore the columns, or drop table marts.{mart} and refresh"
        )
    for name in wanted.keys() - present.keys():
        warehouse.execute(
            sql.SQL("alter table marts.{} add column {} {}").format(
                sql.Identifier(mart),
                sql.Identifier(name),
                sql.SQL(wanted[name]),
            )
        )


def _columns(warehouse: psycopg.Connection, schema: str, mart: str) -> list[tuple[str, str]]:
    rows = warehouse.execute(
        """
        select attribute.attname, format_type(attribute.atttypid, attribute.atttypmod)
        from pg_attribute as attribute
        where attribute.attrelid = format('%%I.%%I', %s::text, %s::text)::regclass
            and attribute.attnum > 0 and not attribute.attisdropped
        order by attribute.attname
        """,
        (schema, mart),
    ).fetchall()
    return [(name, kind) for name, kind in rows]


def _primary_key(warehouse: psycopg.Connection, mart: str) -> list[str]:
    rows = warehouse.execute(
        """
        select attribute.attname
        from pg_index as index
        inner join pg_attribute as attribute
            on attribute.attrelid = index.indrelid and attribute.attnum = any(index.indkey)
        where index.indrelid = format('build.%%I', %s::text)::regclass and index.indisprimary
        order by array_position(index.indkey::int2[], attribute.attnum)
        """,
        (mart,),
    ).fetchall()
    if not rows:
        raise WarehouseError(f"mart {mart} has no primary key in its contract: publishing needs one")
    return [name for (name,) in rows]


def _matches(key: list[str]) -> sql.Composed:
    return sql.SQL(" and ").join(sql.SQL("built.{0} = seen.{0}").format(sql.Identifier(name)) for name in key)


def _listed(alias: str, columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) for name in columns)


def _delete_vanished(warehouse: psycopg.Connection, mart: str, key: list[str]) -> int:
    statement = sql.SQL(
        "delete from marts.{mart} as seen where not exists (select 1 from build.{mart} as built where {matches})"
    )
    return warehouse.execute(statement.format(mart=sql.Identifier(mart), matches=_matches(key))).rowcount


def _update_changed(warehouse: psycopg.Connection, mart: str, key: list[str], columns: list[str]) -> int:
    others = [name for name in columns if name not in key]
    statement = sql.SQL(
        """
        update marts.{mart} as seen set ({names}) = row({new})
        from build.{mart} as built
        where {matches} and ({old}) is distinct from ({new})
        """
    )
    return warehouse.execute(
        statement.format(
            mart=sql.Identifier(mart),
            names=sql.SQL(", ").join(map(sql.Identifier, others)),
            old=_listed("seen", others),
            new=_listed("built", others),
            matches=_matches(key),
        )
    ).rowcount


def _insert_new(warehouse: psycopg.Connection, mart: str, key: list[str], columns: list[str]) -> int:
    statement = sql.SQL(
        """
        insert into marts.{mart} ({names})
        select {new} from build.{mart} as built
        where not exists (select 1 from marts.{mart} as seen where {matches})
        """
    )
    return warehouse.execute(
        statement.format(
            mart=sql.Identifier(mart),
            names=sql.SQL(", ").join(map(sql.Identifier, columns)),
            new=_listed("built", columns),
            matches=_matches(key),
        )
    ).rowcount
