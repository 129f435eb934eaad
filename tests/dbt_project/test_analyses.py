"""The analyses: each runs as a tenant's reader, sees that tenant only, and has the fields of the application's contract.

Belongs here: shapes, and that nothing of the contract is forgotten. Not here: values (`test_analyses_by_hand.py`), and the list
of the contract (`app_contract.py`).
"""

import os
import re
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from operational_schema import demo_traffic
from orchestration import dbt
from orchestration.databases import Databases
from orchestration.publishing import tenant_readers
from orchestration.refresh import refresh
from tests.dbt_project.app_contract import ANSWERED, SAMPLE, UNANSWERED
from tests.dbt_project.test_project import ASKS_FOR_NOW

ANALYSES = sorted((dbt.PROJECT / "analyses").glob("*/*.sql"))
CONTRACT = Path(os.environ.get("ROMASHKA_APP_CONTRACT", "../shared/platform/app-contract.md"))
KEY = "a key of the tests, and of nothing else"
UNTIL = datetime(2026, 3, 31, 12, tzinfo=UTC)
# What synthetic traffic has nothing of, and the contract shows.
BESIDE = (
    "insert into public.knowledge_categories (tenant_id, name) select id, 'Any' from public.tenants",
    "insert into public.knowledge_items (tenant_id, category_id, title, content, source_type) "
    "select c.tenant_id, c.id, 'Any', '', 'manual' from public.knowledge_categories as c, generate_series(1, 3)",
    "insert into public.knowledge_analytics (tenant_id, conversation_id, knowledge_item_id, was_helpful, created_at) "
    "select c.tenant_id, c.id, k.id, k.place = 1, c.created_at from public.conversations as c inner join ("
    "select *, row_number() over (partition by tenant_id order by id) as place from public.knowledge_items"
    ") as k on k.tenant_id = c.tenant_id",
    "insert into public.message_delivery_tracking (tenant_id, message_id, channel_type, delivery_status, created_at) "
    "select tenant_id, id, 'whatsapp', case when id::text < '8' then 'read' else 'failed' end, created_at "
    "from public.messages where sender_type = 'ai'",
    "insert into public.workflows (tenant_id, name, trigger_type) select id, 'Any', 'manual' from public.tenants",
    "insert into public.workflow_executions (tenant_id, workflow_id, conversation_id, status, started_at, completed_at) "
    "select c.tenant_id, w.id, c.id, 'completed', c.created_at, c.created_at from public.conversations as c "
    "inner join public.workflows as w on w.tenant_id = c.tenant_id",
    "insert into public.agent_availability (tenant_id, agent_id, is_online) select tenant_id, id, true "
    "from public.profiles where role = 'agent' on conflict (tenant_id, agent_id) do update set is_online = true",
    "update public.messages set processing_time_ms = 900 where sender_type = 'ai'",
    "update public.conversations set sentiment = 'neutral', satisfaction_score = 2, handoff_reason = 'complex_issue', "
    "business_context = '{\"revenue_generated\": 5}'",
    # Rules of insights and alerts that hold, and a day that stands out.
    "update public.conversation_events set score = 2 where event_type = 'rating'",
    "insert into public.conversations (tenant_id, created_at) "
    "select id, timestamptz '2026-03-29 12:00Z' from public.tenants, generate_series(1, 60)",
)


def read(analysis: Path | str) -> str:
    file = analysis if isinstance(analysis, Path) else dbt.PROJECT / "analyses/application" / f"{analysis}.sql"
    return file.read_text(encoding="utf-8")


def unsayable() -> set[str]:
    """What the README says that no mart can say."""
    text = (dbt.PROJECT / "README.md").read_text(encoding="utf-8").partition("## What no mart can say")[2]
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    assert all(why.strip() for _, _, why, _ in rows), "each with its reason"
    return {name for _, names, *_ in rows for name in re.findall(r"`([^`]+)`", names)}


def fill(url: str) -> None:
    demo_traffic.load_traffic(url, conversations=900, tenants=2, days=80, seed=5, until=UNTIL)
    with psycopg.connect(url) as source:
        source.execute("set local session_replication_role = replica")
        for statement in BESIDE[:-1]:
            source.execute(statement)
        source.execute("set local session_replication_role = origin")
        source.execute(BESIDE[-1])


@pytest.mark.usefixtures("every_server")
def test_each_analysis_gives_a_reader_the_fields_of_the_contract(databases: Databases) -> None:
    fill(databases.operational)
    refresh(databases, pseudonym_key=KEY)
    # The data are as of now; the traffic has an end of its own.
    with psycopg.connect(databases.warehouse, autocommit=True) as warehouse:
        warehouse.execute("update marts.publication set data_as_of = %s", (UNTIL,))
        (slug,) = warehouse.execute("select slug from marts.tenants order by slug limit 1").fetchone()
    with psycopg.connect(tenant_readers.as_reader(databases.warehouse, slug)) as reader:
        assert reader.execute("select slug from marts.tenants").fetchall() == [(slug,)]
        given = {file.stem: columns_of(reader, file) for file in ANALYSES}
    for thing, (analysis, fields) in ANSWERED.items():
        assert [name for name in given[analysis] if name != SAMPLE or SAMPLE in fields] == list(fields), thing
    worked = {file.stem: shape_of(file) for file in ANALYSES if file.parent.name == "worked"}
    assert given.keys() - {analysis for analysis, _ in ANSWERED.values()} == worked.keys()
    assert {name: list(given[name]) for name in worked} == worked
    nothing = {
        (thing, field)
        for thing, (analysis, fields) in ANSWERED.items()
        for field in fields
        if not any(value is not None for value in given[analysis][field])
    }
    said = unsayable()
    missing = {name for name in nothing if not {name[1], ".".join(name)} & said}
    assert not missing, "null in every row, and the README says nothing of it"
    nulls = {name for thing, field in nothing for name in (field, f"{thing}.{field}")}
    assert said - UNANSWERED <= nulls, "no mart can say it, and yet an analysis does"


def columns_of(reader: psycopg.Connection, file: Path) -> dict[str, list[Any]]:
    """The values of each column, of what must find rows."""
    cursor = reader.execute(read(file))
    rows = cursor.fetchall()
    assert rows, f"{file.name} finds nothing"
    return {column.name: [row[place] for row in rows] for place, column in enumerate(cursor.description)}


def shape_of(file: Path) -> list[str]:
    (line,) = [line for line in read(file).splitlines() if line.startswith("-- Shape: ")]
    return line.removeprefix("-- Shape: ").split(", ")


def test_what_no_analysis_answers_is_in_the_readme() -> None:
    assert unsayable() >= UNANSWERED
    assert not UNANSWERED & ANSWERED.keys()


def test_the_list_has_every_type_of_the_contract_itself() -> None:
    """Groups such as `trends[{timestamp, value}]` have exactly these fields; no other name in camel case is unknown."""
    if not CONTRACT.exists():
        warnings.warn(f"NO CONTRACT OF THE APPLICATION at {CONTRACT}", stacklevel=2)
        pytest.skip(f"NO CONTRACT OF THE APPLICATION at {CONTRACT}: set ROMASHKA_APP_CONTRACT")
    types = CONTRACT.read_text(encoding="utf-8").partition("### 4.2")[2].partition("### 4.3")[0]
    lists = {thing.rpartition(".")[2]: fields for thing, (_, fields) in ANSWERED.items()}
    unanswered = {thing.rpartition(".")[2] for thing in UNANSWERED}
    for name, fields in re.findall(r"(\w+)\[?\{([^}]*)\}", types):
        if name in lists and ":" not in fields:
            assert tuple(re.findall(r"\w+", fields)) == lists[name], name
    for name, told in re.findall(r"\*\*(?:\w+/)?(\w+)\*\*: (.*?)(?=\. \*\*|\n|$)", types):
        known = {field for thing, (_, fields) in ANSWERED.items() if thing.startswith(name) for field in fields}
        if name not in unanswered:
            plain = re.sub(r"(\w+)\[?\{[^}]*\}\]?", r"\1", told)
            unknown = set(re.findall(r"\b[a-z]+[A-Z]\w*", plain)) - known - lists.keys() - unanswered
            assert not unknown, name


@pytest.mark.parametrize("file", ANALYSES, ids=lambda file: file.stem)
def test_an_analysis_asks_a_question_and_asks_for_no_now(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("-- ")
    assert not ASKS_FOR_NOW.search(text)
    assert max(map(len, text.splitlines())) <= 120


def test_there_are_twelve_worked_queries() -> None:
    assert sum(file.parent.name == "worked" for file in ANALYSES) == 12
