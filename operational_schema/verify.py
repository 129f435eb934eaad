"""Whether a database keeps the promises of its schema.

Belongs here: what is asked, in which order, and the report. Not here: the promises (`rules/`, a query each, which returns
whatever breaks it), the objects (`catalogue.py`), the rows (`verify_rows.py`), the queries (`critical.py`), and applying
migrations (`migrate.py`).
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

from operational_schema import catalogue, critical, history, migrate, verify_rows
from operational_schema.errors import SchemaError
from operational_schema.migration_files import ROOM

RULES = ROOM / "rules"
Asked = tuple[int, list[str]]


@dataclass(frozen=True)
class Rule:
    """A promise, and the query of everything that breaks it: one column of text."""

    name: str
    promise: str
    query: str


@dataclass(frozen=True)
class Section:
    """One kind of question: how many were asked, how long that took, and what is not as promised."""

    name: str
    asked: int
    seconds: float
    findings: list[str]


@dataclass(frozen=True)
class QueryTime:
    """A critical query as somebody of a tenant asks it."""

    name: str
    finds: str
    milliseconds: float


@dataclass(frozen=True)
class Report:
    """What was asked of a database, and what was found."""

    database: str
    server_version: str
    sections: list[Section]
    queries: list[QueryTime]

    @property
    def findings(self) -> list[str]:
        """Everything that is not as promised, one line each."""
        return [finding for section in self.sections for finding in section.findings]

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {"ok": not self.findings, **asdict(self)}


def rules() -> list[Rule]:
    """Every promise, in the order of the files' names."""
    return [_rule(path) for path in sorted(RULES.glob("*.sql"))]


def verify(url: str) -> list[str]:
    """Everything that is not as promised, one line each; empty when all is well."""
    return examine(url).findings


def examine(url: str) -> Report:
    """Ask everything, in one read-only snapshot. Raises SchemaError for a database that was never migrated.

    Where files or tables are missing, later questions would only repeat it: they are not asked.
    """
    states = migrate.status(url)
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute("set search_path = public")
        name, version = connection.info.dbname, connection.info.server_version
        if not history.exists(connection):
            raise SchemaError(f"database {name} is not a ROMASHKA database yet: run romashka migrate")
        files = [f"{state.name} is {state.state}" for state in states if state.state != "applied"]
        sections = [Section("files", len(states), 0.0, files)]
        queries: list[QueryTime] = []
        if not files:
            sections.append(_section("objects", lambda: _objects(connection)))
            if not any(map(_lacks_a_whole, sections[-1].findings)):
                sections += _about_what_is_there(connection, queries)
    return Report(name, f"{version // 10000}.{version % 10000}", sections, queries)


def _lacks_a_whole(finding: str) -> bool:
    return finding.startswith(catalogue.WHOLE) and finding.endswith(" is missing")


def _about_what_is_there(connection: psycopg.Connection, queries: list[QueryTime]) -> list[Section]:
    people = verify_rows.people(connection)
    return [
        _section("promises", lambda: _promises(connection)),
        _section("keys", lambda: verify_rows.orphans(connection)),
        _section("isolation", lambda: verify_rows.isolation(connection, people)),
        _section("queries", lambda: _queries(connection, people, queries)),
    ]


def _section(name: str, ask: Callable[[], Asked]) -> Section:
    began = time.monotonic()
    asked, findings = ask()
    return Section(name, asked, time.monotonic() - began, findings)


def _objects(connection: psycopg.Connection) -> Asked:
    expected = catalogue.promised()
    findings = list(catalogue.differences(catalogue.present(connection), expected))
    behind = connection.execute(
        """
        select format('extension %s is %s, and the server has %s: alter extension %1$I update', extname, extversion,
            default_version)
        from pg_extension
        inner join pg_available_extensions as available on available.name = extname and default_version <> extversion
        """
    ).fetchall()
    return len(expected), findings + [line for (line,) in behind]


def _promises(connection: psycopg.Connection) -> Asked:
    asked = rules()
    return len(asked), [finding for rule in asked for finding in _broken(connection, rule)]


def _broken(connection: psycopg.Connection, rule: Rule) -> Iterator[str]:
    for (broken,) in connection.execute(rule.query.encode()).fetchall():
        yield f"{rule.promise}: not so for {broken}"


def _queries(connection: psycopg.Connection, people: list[verify_rows.Person], times: list[QueryTime]) -> Asked:
    """The critical queries as somebody of the first tenant; as nobody in particular where there is none."""
    somebody = people[0] if people else verify_rows.Person("", *critical.nobody())
    asked_with = critical.samples(connection, somebody.tenant, 1)[0]
    findings = []
    with connection.transaction(force_rollback=True):
        critical.become(connection, somebody.tenant, somebody.id)
        for timing in critical.timings(connection, asked_with):
            times.append(QueryTime(timing.query.name, timing.query.finds, round(timing.milliseconds, 3)))
            findings += [
                f"query {timing.query.name}: no index serves it, public.{table} is read from end to end"
                for table in timing.read_whole
            ]
            if timing.is_sorted:
                findings.append(f"query {timing.query.name}: no index has its order, it sorts all rows of a tenant")
    return len(times), findings


def _rule(path: Path) -> Rule:
    query = path.read_text(encoding="utf-8")
    return Rule(path.stem, query.partition("\n")[0].removeprefix("-- "), query)
