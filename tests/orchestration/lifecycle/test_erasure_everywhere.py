"""The person's address in every column that can hold one, in rows of others: one erasure finds all of them.

Belongs here: that no table and no column is forgotten, also one that somebody adds. Not here: what an erasure does to each
(`test_erasure.py`).
"""

import uuid
from pathlib import Path

import psycopg

from operational_schema import auditing
from orchestration import settings
from orchestration.databases import Databases
from orchestration.lifecycle import erasure
from orchestration.refresh import refresh
from tests.operational_schema.access import ROWS
from tests.operational_schema.conftest import Tenant
from tests.orchestration.conftest import KEY
from tests.orchestration.lifecycle.forgotten import MAIL, found_in_rows

COLUMNS = """
    select relation.relname, attribute.attname, format_type(attribute.atttypid, null),
        coalesce(nullif(kind.typbasetype, 0), kind.oid)::regtype::text
    from pg_class as relation
    inner join pg_attribute as attribute on attribute.attrelid = relation.oid
    inner join pg_type as kind on kind.oid = attribute.atttypid
    where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p') and not relation.relispartition
        and attribute.attnum > 0 and not attribute.attisdropped and attribute.attgenerated = ''
        and coalesce(nullif(kind.typbasetype, 0), kind.oid) = any(array['text', 'jsonb', 'text[]']::regtype[])
        and kind.oid <> 'app.envelope'::regtype
        -- The tenant's own row is about no customer; one trail fills itself, with what the other rows become.
        -- And without their paths nobody could delete the files that wait for it.
        and relation.relname not in ('tenants', 'audit_logs', 'integration_audit_logs', 'file_deletions')
    order by 1, 2
"""
# As a text alone and within one; as the form that some checks ask for.
FORMS = {
    "text": (f"of {MAIL}, today", MAIL, f"https://example.org/?of={MAIL}"),
    "text[]": ("{" + MAIL + "}",),
    "jsonb": (f'{{"variables": [{{"default": "{MAIL}"}}]}}', f'[{{"{MAIL}": 1}}]'),
}
NOT_PLANTED = ("tenants.", "audit_logs.", "integration_audit_logs.", "file_deletions.")
# No closed columns, and yet only some words fit, or into some rows only.
OTHERS_THAT_REFUSE = {"conversation_events.to_status", "scheduled_reports.schedule_cron", "scheduled_reports.timezone"}


def plant(source: psycopg.Connection, tenant: uuid.UUID) -> tuple[set[str], set[str]]:
    """Write the address into a row of each column; returns the columns that took it, and those whose checks refuse it."""
    took: set[str] = set()
    refused: set[str] = set()
    for table, column, kind, base in source.execute(COLUMNS).fetchall():
        place = f"{table}.{column}"
        for form in FORMS[base]:
            try:
                with source.transaction():
                    done = source.execute(
                        f"update public.{table} set {column} = %s::{kind} where id = "
                        f"(select id from public.{table} where tenant_id = %s order by id limit 1)".encode(),
                        (form, tenant),
                    )
            except psycopg.Error:
                refused.add(place)
            else:
                assert done.rowcount == 1, f"{table} has no row to plant in"
                took.add(place)
                break
    return took, refused - took


def test_one_erasure_finds_it_in_every_column(databases: Databases, tmp_path: Path) -> None:
    acme, person = Tenant("acme"), uuid.uuid4()
    with psycopg.connect(databases.operational) as source:
        psycopg.ClientCursor(source).execute(ROWS, vars(acme))
        took, refused = plant(source, acme.tenant)
        source.execute(
            "insert into public.customer_profiles (id, tenant_id, email) values (%s, %s, %s)",
            (person, acme.tenant, MAIL),
        )
        source.execute(
            "insert into public.integration_audit_logs (tenant_id, integration_id, action, details) "
            "select tenant_id, id, 'sync', jsonb_build_object('contact', %s::text) from public.integrations",
            (MAIL,),
        )
        closed = source.execute("select table_name || '.' || column_name from app.closed_columns()").fetchall()
    words = {name for (name,) in closed if not name.startswith(NOT_PLANTED)}
    assert words <= refused <= words | OTHERS_THAT_REFUSE
    assert len(took) > 150
    refresh(databases, pseudonym_key=KEY)
    asked = settings.load({"ROMASHKA_HOME": str(tmp_path), "ROMASHKA_PSEUDONYM_KEY": KEY})
    rendered = asked.reports / "acme" / "weekly" / "2024-07-29T0900"
    rendered.mkdir(parents=True)
    done = erasure.erase(databases, asked, tenant="acme", customer=person)
    assert not rendered.exists(), "a report's own words named them: nobody looks whether a picture of them does"
    assert (done.proof["found"], done.files_waiting) == (0, 1)
    assert found_in_rows(databases, MAIL) == [f"public.file_deletions: {MAIL}"], (
        "the file is called by a path of another's"
    )
    with psycopg.connect(databases.operational) as source:
        source.execute("update public.file_deletions set deleted_at = now() where deleted_at is null")
    assert erasure.erase(databases, asked, tenant="acme", customer=person).files_waiting == 0
    assert found_in_rows(databases, MAIL) == []
    with psycopg.connect(databases.operational) as source:
        assert not auditing.look(source).findings
