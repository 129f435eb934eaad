"""The proof of an erasure names the one place in which somebody is left, whatever place that is, and not what they are called.

Belongs here: the search alone, each place by itself. Not here: what an erasure does (`test_erasure.py`), and files in their
forms (`test_file_search.py`).
"""

import uuid
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration import settings
from orchestration.databases import Databases
from orchestration.extraction.archive.write import write
from orchestration.extraction.extract import extract
from orchestration.lifecycle import erasure_proof
from orchestration.lifecycle.erasure_ledger import Request
from orchestration.lifecycle.erasure_proof import Proof
from orchestration.settings import Settings
from reports.deliver import maildir
from tests.orchestration.conftest import KEY, add_conversation

MAIL, NAME = "zaphod.canary@example.org", "Zaphod Quillfeather"
PSEUDONYM = uuid.uuid4()
# At the source, in rows; %(tenant)s is whose they are.
AT_SOURCE = {
    "public.customer_profiles": "insert into public.customer_profiles (tenant_id, notes) values (%(tenant)s, %(words)s)",
    "public.webhook_events": "insert into public.webhook_events (tenant_id, event_type, source, payload) "
    "values (%(tenant)s, 'in', 'crm', jsonb_build_object(upper(%(mail)s), 1))",
    "public.file_deletions": "insert into public.file_deletions (tenant_id, storage_provider, file_path, reason) "
    "values (%(tenant)s, 'aws', %(words)s, 'deleted')",
    "app.former_values": "with another as (insert into public.customer_profiles (tenant_id) values (%(tenant)s) returning id) "
    "insert into app.former_values (tenant_id, customer_id, kind, value) select %(tenant)s, id, 'name', %(name)s from another",
}
IN_WAREHOUSE = {
    "ops.deleted_rows": "insert into ops.deleted_rows (table_name, id, tenant_id, deleted_as_of) "
    "values ('customer_profiles', %(pseudonym)s, %(tenant)s, now())",
    "ops.rejected_rows": "insert into ops.rejected_rows (table_name, id, column_name, tenant_id, reason) "
    "values ('messages', gen_random_uuid(), 'x', %(tenant)s, %(words)s)",
    "detached.conversations_20310615": "create table detached.conversations_20310615 as select %(words)s::text as said",
    "raw.left_over": "create table raw.left_over as select %(tenant)s::uuid as tenant_id, %(pseudonym)s::uuid as customer_key",
    "marts.of_somebody": "create table marts.of_somebody as select array[%(words)s::text] as said",
}


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return settings.load({"ROMASHKA_HOME": str(tmp_path)})


@pytest.fixture
def request_of(tenant: uuid.UUID) -> Request:
    """Of somebody of whom nothing is left, before a test leaves it."""
    return Request(uuid.uuid4(), tenant, "acme", uuid.uuid4(), datetime.now(UTC), "running", is_there=False)


def look(databases: Databases, home: Settings, request: Request) -> Proof:
    return erasure_proof.search(databases, home, request, [MAIL, NAME], PSEUDONYM)


def named(request: Request) -> dict[str, object]:
    return {
        "tenant": request.tenant_id, "customer": request.customer_id, "pseudonym": PSEUDONYM, "mail": MAIL, "name": NAME,
        "words": f"is {NAME.upper()}, of {MAIL}",
    }  # fmt: skip


@pytest.mark.parametrize("place", sorted(AT_SOURCE))
def test_a_row_at_the_source_is_named(databases: Databases, home: Settings, request_of: Request, place: str) -> None:
    assert look(databases, home, request_of).places == []
    with psycopg.connect(databases.operational) as source:
        source.execute(AT_SOURCE[place].encode(), named(request_of))
    found = look(databases, home, request_of)
    assert found.places == [f"{place} (1 rows)"]
    assert not any(value.lower() in str(found.told()).lower() for value in (MAIL, NAME))


@pytest.mark.parametrize("place", sorted(IN_WAREHOUSE))
def test_a_row_of_the_warehouse_is_named(databases: Databases, home: Settings, request_of: Request, place: str) -> None:
    with psycopg.connect(databases.warehouse) as warehouse:
        psycopg.ClientCursor(warehouse).execute(IN_WAREHOUSE[place].encode(), named(request_of))
    assert look(databases, home, request_of).places == [f"{place} (1 rows)"]


def test_of_another_tenant_a_row_is_not_theirs(databases: Databases, home: Settings, request_of: Request) -> None:
    with psycopg.connect(databases.operational) as source:
        source.execute(
            "insert into public.tenants (id, slug, name) values (%s, 'other', 'Other')", (other := uuid.uuid4(),)
        )
        add_conversation(source, other, f"I am {NAME}, {MAIL}")
    assert look(databases, home, request_of).places == []


def test_what_the_planner_keeps_of_rows_that_are_gone_is_named(
    databases: Databases, home: Settings, request_of: Request
) -> None:
    with psycopg.connect(databases.operational, autocommit=True) as source:
        for _ in range(3):
            source.execute(AT_SOURCE["public.customer_profiles"].encode(), named(request_of))
        source.execute("analyze public.customer_profiles")
        source.execute("delete from public.customer_profiles")
    assert look(databases, home, request_of).places == ["the planner's statistics of public.customer_profiles"]


def test_digits_of_a_number_or_an_instant_are_no_find(
    databases: Databases, home: Settings, request_of: Request
) -> None:
    """A customer of the number 100234 could never be erased: of a million instants one has that microsecond."""
    digits = "100234"
    with psycopg.connect(databases.operational, autocommit=True) as source:
        source.execute(
            "insert into public.conversations (tenant_id, created_at, updated_at, ai_confidence) "
            "select %s, instant, instant, 0.100234 from generate_series(1, 3) as n "
            "cross join lateral (select timestamptz '2026-01-01 00:00:00.100234+00' + n * interval '1 day') as at (instant)",
            (request_of.tenant_id,),
        )
        source.execute("analyze public.conversations")
    extract(databases.operational, databases.warehouse, pseudonym_key=KEY)
    write(databases.warehouse, home.archive)
    assert erasure_proof.search(databases, home, request_of, [digits], PSEUDONYM).places == []
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.conversations set user_name = 'No ' || %s", (digits,))
    found = erasure_proof.search(databases, home, request_of, [digits], PSEUDONYM)
    assert found.places == ["public.conversations (3 rows)"]


@pytest.mark.parametrize("folder", ["exports", "reports", "archive", "mail", "dagster", "log"])
def test_a_file_is_named_by_its_folder(databases: Databases, home: Settings, request_of: Request, folder: str) -> None:
    if folder == "mail":
        mail = EmailMessage()
        mail["Message-ID"], mail["Subject"] = "<1@test>", "Figures"
        mail.set_content(f"Hello {NAME} 🌼", cte="base64")
        maildir(home.mail)(mail, "a@b.example")
    else:
        of_tenant = {
            "exports": "acme",
            "reports": "acme/weekly/2024-07-29T0900",
            "archive": f"{request_of.tenant_id}/raw.x",
        }
        below = home.home / folder / of_tenant.get(folder, "history")
        below.mkdir(parents=True)
        if folder == "archive":
            pq.write_table(pa.table({"customer_key": [str(PSEUDONYM)]}), below / "2024-07.parquet", compression="zstd")
        else:
            (below / "a.txt").write_text(f"no room for {MAIL.upper()}")
    assert look(databases, home, request_of).places == [f"a file of {folder}"]


def test_what_lies_beside_the_folders_of_a_tenant_is_another_tenants(
    databases: Databases, home: Settings, request_of: Request
) -> None:
    for folder in (home.exports / "other", home.reports / "other", home.archive / str(uuid.uuid4())):
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text(MAIL)
    assert look(databases, home, request_of).places == []
