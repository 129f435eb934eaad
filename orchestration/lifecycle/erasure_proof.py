"""The proof of an erasure: every table and every file searched for what names the person, and what was searched, counted.

Belongs here: the search. Not here: what is done about a find (`erasure.py`). What is recorded has counts and names of tables,
and nothing of the person.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql

from orchestration.databases import OUR_SCHEMAS, Databases
from orchestration.extraction.archive import manifest
from orchestration.lifecycle import erasure_files, file_search
from orchestration.lifecycle.erasure_ledger import Request
from orchestration.settings import Settings

OPERATIONAL_SCHEMAS = ("public", "app", "etl")
# In a number or an instant nobody is named, though its digits are a customer's: of 100234 there is a microsecond somewhere.
SAYS = """
    coalesce(element.typcategory, kind.typcategory) not in ('N', 'D', 'T', 'B')
    and kind.oid <> all ('{xid8, pg_snapshot, pg_lsn}'::regtype[])
"""
TABLES = f"""
    select class.relnamespace::regnamespace::text, class.relname,
        case
            when class.oid = to_regclass('public.tenants') then 'id'
            when bool_or(attribute.attname = 'tenant_id') then 'tenant_id'
        end,
        coalesce(array_agg(attribute.attname::text order by attribute.attnum) filter (where {SAYS}), '{{}}')
    from pg_catalog.pg_class as class
    left join pg_catalog.pg_attribute as attribute
        on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
    left join pg_catalog.pg_type as kind on kind.oid = attribute.atttypid
    left join pg_catalog.pg_type as element on element.oid = kind.typelem and kind.typcategory = 'A'
    where class.relkind in ('r', 'm') and class.relnamespace::regnamespace::text = any(%s)
        and (
            class.relnamespace::regnamespace::text not in ('auth', 'storage')
            or has_table_privilege(class.oid, 'select') and not row_security_active(class.oid)
        )
    group by class.oid, class.relnamespace, class.relname
    order by 1, 2
"""  # noqa: S608 (constants)
NAMES = "case when said ilike any (%(like)s) then said ~* %(regular)s else false end"
STATISTICS = f"""
    select schemaname, tablename
    from pg_catalog.pg_stats
    inner join pg_catalog.pg_attribute as attribute
        on attribute.attrelid = to_regclass(format('%%I.%%I', schemaname, tablename)) and attribute.attname = pg_stats.attname
    inner join pg_catalog.pg_type as kind on kind.oid = attribute.atttypid
    left join pg_catalog.pg_type as element on element.oid = kind.typelem and kind.typcategory = 'A'
    cross join lateral (values (most_common_vals::text), (histogram_bounds::text)) as told (said)
    where schemaname = any (%(schemas)s) and {SAYS} and {NAMES}
    group by schemaname, tablename
"""  # noqa: S608 (constants)
# The values themselves are in one place until this is done. A tombstone must know whom it keeps away, an older warehouse whose
# facts stay, and the chain of the trail by which keys values were taken: keys that lead nowhere.
WORK = "app.erasure_work"
LEDGERS = {
    "public.erasure_requests": "customer_id",
    "ops.tombstones": "pseudonym",
    "etl.outlived": "key",
}
# Without the path nobody could delete the file: the request waits for those, by name, and for no others.
FILES = "public.file_deletions"
AWAITED = "(kept.id in (select theirs.file_id from app.erasure_files as theirs where theirs.request_id = %(request)s))"
TRAIL = ("public.audit_logs", "app.audit_salt", "app.audit_waiting")
BACKUPS_END = """
    select (now() + make_interval(days => coalesce(
        (
            select (setting_value #>> '{}')::integer from public.system_settings
            where tenant_id = %s and setting_key = 'backup_retention_days' and setting_value #>> '{}' ~ '^[1-9][0-9]{0,4}$'
        ), 30
    )))::date::text
"""
# The platform's own, in which nothing is ours to delete: logins, and the list of what lies in the storage.
PLATFORM_SCHEMAS = ("auth", "storage")
NOT_SEARCHED = (
    "backups, replicas, archived write-ahead log: they end by the day that is said, and a restored one is made to forget again",
    "the write-ahead log of a server that uses its segments again (wal_recycle): it ends as that server goes on; the embedded "
    "server's is deleted when the request is completed",
    "tables of the platform (auth, storage) that we may not read; what is found in others is told, and the platform's to delete",
    "values of fewer than six characters, words without a digit or @, names of one word, what another person of the tenant "
    "bears, too, and what the tenant says in its set-up",
    "files that were sent or downloaded",
    "the storage of attachments: the request is completed when its worker has confirmed that each file of the person is deleted",
    "what a server other than the embedded one has logged: its log ends by its own period",
)


@dataclass
class Proof:
    """How much was searched, and where something was found."""

    tables: int = 0
    rows: int = 0
    files: int = 0
    bytes: int = 0
    places: list[str] = field(default_factory=list)
    in_platform: list[str] = field(default_factory=list)
    backups_end_by: str = ""

    def told(self) -> dict[str, object]:
        """For the ledger."""
        searched = {"tables": self.tables, "rows": self.rows, "files": self.files, "bytes": self.bytes}
        found = {"found": len(self.places), "found_in": self.places}
        left = {"not_searched": NOT_SEARCHED, "in_platform": self.in_platform, "backups_end_by": self.backups_end_by}
        return {"searched": searched, **found, **left}


def statistics_at_source(databases: Databases, request: Request, values: list[str], pseudonym: UUID) -> list[str]:
    """Tables of the source whose statistics alone still tell of the person: rows that went before the erasure, by rule."""
    with psycopg.connect(databases.operational) as source:
        sought = _sought(source, request, values, pseudonym)
        return list(_in_statistics(source, OPERATIONAL_SCHEMAS, sought))


def search(databases: Databases, settings: Settings, request: Request, values: list[str], pseudonym: UUID) -> Proof:
    """Look for the values and both keys in every table of both databases, and in the tenant's files."""
    proof = Proof()
    with psycopg.connect(databases.operational) as source, psycopg.connect(databases.warehouse) as warehouse:
        sought = _sought(source, request, values, pseudonym)
        for connection, schemas in ((source, OPERATIONAL_SCHEMAS), (warehouse, OUR_SCHEMAS)):
            proof.places += _search_tables(connection, schemas, sought, proof)
            proof.places += [
                f"the planner's statistics of {name}" for name in _in_statistics(connection, schemas, sought)
            ]
        proof.in_platform = list(_search_tables(source, PLATFORM_SCHEMAS, sought, proof))
        ends = source.execute(BACKUPS_END, (request.tenant_id,)).fetchone()
        proof.backups_end_by = str(ends[0]) if ends else ""
        _search_files(source, settings, request, file_search.sought(_everything(request, values, pseudonym)), proof)
    return proof


@dataclass(frozen=True)
class _Patterns:
    """For ILIKE ANY, which is quick, and for what that finds, a regular expression."""

    like: list[str]
    regular: str


@dataclass(frozen=True)
class _Sought:
    """Whose rows, and what must not be in them."""

    request: Request
    everything: _Patterns
    but_keys: _Patterns

    def in_table(self, name: str) -> dict[str, object]:
        """What must not be in a table, and what of it is left out."""
        patterns = self.but_keys if name in TRAIL else self.everything
        left_out = "file_path" if name == FILES else LEDGERS.get(name, "")
        return {**vars(patterns), "tenant": self.request.tenant_id, "request": self.request.id, "ledger": left_out}


def _sought(source: psycopg.Connection, request: Request, values: list[str], pseudonym: UUID) -> _Sought:
    everything = _everything(request, values, pseudonym)
    keys = everything[-2:]
    return _Sought(
        request,
        _patterns(source, everything),
        _patterns(source, [value for value in values if value not in keys]),
    )


def _everything(request: Request, values: list[str], pseudonym: UUID) -> list[str]:
    """The values, and both keys at the end."""
    keys = [str(request.customer_id), str(pseudonym)]
    return [*(value for value in dict.fromkeys(values) if value not in keys), *keys]


def _patterns(source: psycopg.Connection, values: list[str]) -> _Patterns:
    row = source.execute(
        "select app.like_patterns(forms), coalesce(app.naming_pattern(forms), '') from app.written_forms(%s) as forms",
        (values,),
    ).fetchone()
    return _Patterns(*row) if row else _Patterns([], "")


def _search_tables(
    connection: psycopg.Connection, schemas: tuple[str, ...], sought: _Sought, proof: Proof
) -> Iterator[str]:
    for schema, table, tenant, columns in connection.execute(TABLES, (list(schemas),)).fetchall():
        name = f"{schema}.{table}"
        if name == WORK:
            continue
        row = connection.execute(
            sql.SQL(
                "select count(*), count(*) filter (where {names}) "
                "from (select (case when {left_out} then to_jsonb(kept) - %(ledger)s else to_jsonb(kept) end)::text as said "
                "from (select {columns} from {table} where {tenants}) as kept) as kept"
            ).format(
                left_out=sql.SQL(AWAITED if name == FILES else "true"),
                names=sql.SQL(NAMES),
                columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
                table=sql.Identifier(schema, table),
                tenants=sql.SQL("{} = %(tenant)s").format(sql.Identifier(tenant)) if tenant else sql.SQL("true"),
            ),
            sought.in_table(name),
        ).fetchone()
        proof.tables += 1
        proof.rows += row[0] if row else 0
        if row and row[1]:
            yield f"{name} ({row[1]} rows)"


def _in_statistics(connection: psycopg.Connection, schemas: tuple[str, ...], sought: _Sought) -> Iterator[str]:
    patterns = vars(sought.everything)
    # They are of all tenants together: where another one's rows have a value, its statistics may.
    for schema, table in connection.execute(STATISTICS, {"schemas": list(schemas), **patterns}).fetchall():
        there = sql.SQL(
            "select from (select to_jsonb(kept)::text as said from {} as kept) as kept where {} limit 1"
        ).format(sql.Identifier(schema, table), sql.SQL(NAMES))
        if not connection.execute(there, patterns).rowcount:
            yield f"{schema}.{table}"


def _search_files(
    source: psycopg.Connection, settings: Settings, request: Request, sought: file_search.Sought, proof: Proof
) -> None:
    present = manifest.read(settings.archive)
    numbers = present.numbers if present else {}
    for file in _files(settings, request):
        proof.files += 1
        proof.bytes += file.stat().st_size
        if file_search.says(file, sought, numbers=numbers.get(file.parent.name, ())) and not (
            file.is_relative_to(settings.mail) and erasure_files.is_of_another(source, file, request.tenant_id)
        ):
            proof.places.append(f"a file of {file.relative_to(settings.home).parts[0]}")


def _files(settings: Settings, request: Request) -> Iterator[Path]:
    for folder in (
        settings.exports / request.slug,
        settings.reports / request.slug,
        settings.archive / str(request.tenant_id),
        settings.mail,
    ):
        yield from (file for file in erasure_files.files_of(folder) if file.parent.name not in LEDGERS)
    yield from erasure_files.logged(settings)
