"""A BI tool: over the network, with the password that `romashka reader` prints, it finds the marts and its tenant's rows only.

Belongs here: what such a tool asks before anybody asks it something, and what a stranger may learn of other tenants from that.
Not here: what each mart shows (`test_real_marts.py`), and what a reader must not do (`test_tenant_readers.py`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from operational_schema import demo_traffic
from orchestration.databases import Databases, prepare
from orchestration.embedded import EmbeddedServer
from orchestration.publishing import tenant_readers
from orchestration.refresh import refresh
from tests.conftest import EMBEDDED, ON_PATH, binaries
from tests.orchestration.conftest import KEY
from tests.ports import free_port

# What Metabase (by way of JDBC), Superset (of SQLAlchemy) and psql ask for when they are pointed at a database.
SCHEMAS = "select schema_name from information_schema.schemata where has_schema_privilege(schema_name, 'usage')"
RELATIONS = """
    select n.nspname, c.relname, c.relkind::text
    from pg_catalog.pg_class as c inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
"""
COLUMNS = """
    select table_name, column_name, data_type,
        col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position)
    from information_schema.columns where table_schema = 'marts'
"""
KEYS = """
    select count(*) from information_schema.table_constraints as c
    left join information_schema.key_column_usage as k using (constraint_schema, constraint_name)
"""
# Everybody may list these, on every server.
NAMES = (
    "select rolname from pg_catalog.pg_roles union all select datname from pg_catalog.pg_database "
    "union all select description from pg_catalog.pg_shdescription union all select usename from pg_catalog.pg_stat_activity"
)
# They hold values of rows; of what everybody may read anyway there are some.
STATISTICS = "select tablename, attname from pg_catalog.pg_stats where tablename <> 'publication'"


@pytest.fixture(params=[EMBEDDED, ON_PATH])
def networked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[EmbeddedServer, int]]:
    """A server on a port of the loopback that asks everybody there for a password, and that port."""
    port = free_port()
    server = EmbeddedServer(
        tmp_path / "postgres",
        binaries=binaries(request.param),
        options=(("listen_addresses", "127.0.0.1"), ("port", str(port)), ("password_encryption", "scram-sha-256")),
    )
    server.start()
    (server.data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    with psycopg.connect(make_conninfo(server.url("postgres"), port=port), autocommit=True) as connection:
        connection.execute("select pg_reload_conf()")
        for name in ("o", "w"):
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    yield server, port
    server.stop()


@pytest.fixture
def urls(networked: tuple[EmbeddedServer, int]) -> dict[str, str]:
    """Of two tenants: what `romashka reader` prints, as a tool on another machine would be given it."""
    server, port = networked
    # The owner comes in over the network, too: there it needs a password as everybody does.
    with psycopg.connect(make_conninfo(server.url("postgres"), port=port), autocommit=True) as connection:
        connection.execute("alter role postgres password 'the owner''s'")
    owner = f"postgresql://postgres:the%20owner%27s@127.0.0.1:{port}"
    databases = Databases(operational=f"{owner}/o", warehouse=f"{owner}/w?application_name=romashka")
    prepare(databases)
    until = datetime(2026, 3, 31, 12, tzinfo=UTC)
    demo_traffic.load_traffic(databases.operational, conversations=60, tenants=2, days=30, seed=3, until=until)
    refresh(databases, pseudonym_key=KEY)
    with psycopg.connect(databases.warehouse) as warehouse:
        slugs = [slug for (slug,) in warehouse.execute("select slug from marts.tenants").fetchall()]
        # Statistics of rows of both, as autovacuum gathers them sooner or later.
        warehouse.execute("analyze")
    return {slug: tenant_readers.let_in(databases.warehouse, slug) for slug in slugs}


def test_a_tool_comes_in_by_its_password_and_by_nothing_else(urls: dict[str, str]) -> None:
    one, other = urls.values()
    wrong = (make_conninfo(one, password="guessed"), make_conninfo(one, password=conninfo_to_dict(other)["password"]))
    for url in (*wrong, make_conninfo(one, user="postgres"), make_conninfo(one, dbname="o", password="guessed")):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url)
    with psycopg.connect(one) as tool:
        assert tool.pgconn.used_password
        fields = urlsplit(one)
        assert fields.scheme == "postgresql"
        assert (fields.hostname, fields.port, fields.path) == ("127.0.0.1", tool.info.port, "/w")
        assert (fields.username, fields.password) == (tool.info.user, tool.info.password)
        assert tool.execute("show default_transaction_read_only").fetchone() == ("on",)


def test_what_it_browses_are_the_marts(urls: dict[str, str]) -> None:
    """Each relation that it is shown can be read; none of another schema is, and its columns explain themselves."""
    with psycopg.connect(next(iter(urls.values())), autocommit=True) as tool:
        schemas = {name for (name,) in tool.execute(SCHEMAS).fetchall()}
        assert schemas - {"public"} == {"marts", "facts", "pg_catalog", "information_schema"}
        shown = tool.execute(RELATIONS).fetchall()
        assert {"conversation_analytics", "daily_metrics"} <= {name for schema, name, _ in shown if schema == "marts"}
        assert {schema for schema, _, _ in shown} <= {"marts", "facts"}
        for schema, name, _ in shown:
            tool.execute(sql.SQL("select * from {} limit 2000").format(sql.Identifier(schema, name)))
        columns = tool.execute(COLUMNS).fetchall()
        assert {name for name, *_ in columns} == {name for schema, name, _ in shown if schema == "marts"}
        undescribed = {(table, column) for table, column, _, described in columns if not described}
        assert {table for table, _ in undescribed} <= {"publication", "tenant_readers"}
        assert tool.execute(KEYS).fetchone() is not None


def test_it_sees_its_tenant_only_also_in_catalogues(urls: dict[str, str]) -> None:
    """Neither rows, nor samples of columns, nor statistics, nor names of roles tell of the other tenant."""
    seen = {}
    for slug, url in urls.items():
        with psycopg.connect(url, autocommit=True) as tool:
            ((own,),) = tool.execute("select tenant_id from marts.tenants").fetchall()
            assert tool.execute("select slug from marts.tenants").fetchall() == [(slug,)]
            for schema, name, _ in tool.execute(RELATIONS).fetchall():
                relation = sql.Identifier(schema, name)
                columns = tool.execute(sql.SQL("select * from {} limit 0").format(relation)).description or []
                if "tenant_id" in {column.name for column in columns}:
                    found = tool.execute(sql.SQL("select distinct tenant_id from {}").format(relation)).fetchall()
                    assert set(found) <= {(own,)}, name
            hidden = {
                table for table, _ in tool.execute(STATISTICS).fetchall() if not table.startswith(("pg_", "sql_"))
            }
            assert not hidden
            names = " ".join(name or "" for (name,) in tool.execute(NAMES).fetchall())
            assert not [other for other in urls if other in names or other.replace("-", "_") in names]
            seen[own] = tool.execute(
                "select count(*), sum(total_messages) from marts.conversation_analytics"
            ).fetchone()
    assert len(seen) == 2
    assert sum(count for count, _ in seen.values()) == 60
