"""Whether a database keeps the promises of its schema.

Belongs here: rules over the catalogue, each a query that returns what breaks it. Not here: applying migrations (`migrate.py`).
"""

from dataclasses import dataclass
from pathlib import Path

import psycopg

from operational_schema import migrate
from operational_schema.migration_files import MIGRATIONS, migrations


@dataclass(frozen=True)
class Rule:
    """A promise, and the query of everything that breaks it: one text column."""

    promise: str
    broken_by: str


TABLES_OF_TENANTS = """
    select pg_class.oid, pg_class.relname
    from pg_class
    where pg_class.relnamespace = 'public'::regnamespace and pg_class.relkind in ('r', 'p')
"""

RULES = (
    Rule(
        "row level security is on",
        f"select relname from ({TABLES_OF_TENANTS}) as tables inner join pg_class using (oid, relname) where not relrowsecurity",
    ),
    Rule(
        "a table has a policy",
        f"select relname from ({TABLES_OF_TENANTS}) as tables "
        "where not exists (select 1 from pg_policy where pg_policy.polrelid = tables.oid)",
    ),
    Rule(
        "a policy names a role",
        "select polname || ' of ' || polrelid::regclass from pg_policy "
        "where 0 = any (polroles) and polrelid::regclass::text not like 'etl.%'",
    ),
    Rule(
        "a table has tenant_id, not null",
        f"select relname from ({TABLES_OF_TENANTS}) as tables where relname <> 'tenants' and not exists ("
        "select 1 from pg_attribute where attrelid = tables.oid and attname = 'tenant_id' and attnotnull)",
    ),
    Rule(
        "a foreign key stays within its tenant",
        "select conname || ' of ' || conrelid::regclass from pg_constraint where contype = 'f' "
        "and connamespace = 'public'::regnamespace and confrelid <> 'public.tenants'::regclass "
        "and not exists (select 1 from pg_attribute where attrelid = conrelid and attnum = any (conkey) "
        "and attname = 'tenant_id')",
    ),
    Rule(
        "a foreign key has an index",
        "select conname || ' of ' || conrelid::regclass from pg_constraint where contype = 'f' "
        "and connamespace = 'public'::regnamespace and not exists ("
        "select 1 from pg_index where indrelid = conrelid and indpred is null "
        "and (indkey::int2[])[0:cardinality(conkey) - 1] @> conkey)",
    ),
    Rule(
        "a table is described",
        f"select relname from ({TABLES_OF_TENANTS}) as tables where obj_description(tables.oid, 'pg_class') is null",
    ),
    Rule(
        "a function with its owner's rights fixes its search_path",
        "select oid::regprocedure::text from pg_proc where prosecdef "
        "and pronamespace::regnamespace::text in ('public', 'app', 'etl') "
        "and not coalesce(proconfig @> array['search_path=\"\"'], false)",
    ),
    Rule(
        "nobody but its users may run a function with its owner's rights",
        "select oid::regprocedure::text from pg_proc where prosecdef "
        "and pronamespace::regnamespace::text in ('public', 'app', 'etl') and prorettype <> 'trigger'::regtype "
        "and has_function_privilege('public', oid, 'execute')",
    ),
    Rule(
        "the application may not truncate, reference or put triggers on a table",
        f"select relname from ({TABLES_OF_TENANTS}) as tables cross join (values ('anon'), ('authenticated')) as role (name) "
        "where has_table_privilege(role.name, tables.oid, 'truncate, references, trigger')",
    ),
    Rule(
        "nobody may do anything without logging in",
        f"select relname from ({TABLES_OF_TENANTS}) as tables "
        "where has_table_privilege('anon', tables.oid, 'select, insert, update, delete')",
    ),
    Rule(
        "the change log cannot be slipped past",
        "select tgname || ' of ' || tgrelid::regclass from pg_trigger where tgname like 'change_log_%' and tgenabled <> 'A'",
    ),
)


def verify(url: str, *, folder: Path = MIGRATIONS) -> list[str]:
    """Everything that is not as promised, one line each; empty when all is well.

    Raises SchemaError for a database that lacks migrations, or has others.
    """
    migrate.require_current(url, folder=folder)
    with psycopg.connect(url) as connection:
        findings = [
            f"{rule.promise}: not so for {broken}"
            for rule in RULES
            for (broken,) in connection.execute(rule.broken_by + " order by 1").fetchall()
        ]
        for file in migrations(folder):
            for table in file.tables:
                row = connection.execute("select to_regclass(%s) is null", (table,)).fetchone()
                if row and row[0]:
                    findings.append(f"table {table} of {file.name} is missing")
    return findings
