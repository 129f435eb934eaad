"""What widgets and scans keep by themselves: embed code without anybody's text in it, progress that stays below its end.

Belongs here: the triggers on widgets, scan jobs and pages. Not here: workflows (`test_functions_workflow.py`).
"""

import re
import uuid

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

EVIL = "\"></script><script>alert(1)</script><!-- ' ` ${x} \u2028"
FORM = re.compile(r'<script src="https://[A-Za-z0-9._/:~-]+" data-widget-id="[0-9a-f-]{36}" async></script>')


def _embed(connection: psycopg.Connection, widget: uuid.UUID) -> str:
    row = connection.execute("select embed_code from public.widget_configurations where id = %s", (widget,)).fetchone()
    assert row
    return str(row[0])


def test_nothing_that_anybody_typed_gets_into_a_page(connection: psycopg.Connection, acme: Tenant) -> None:
    row = connection.execute(
        "insert into public.widget_configurations "
        "(tenant_id, widget_name, domain, configuration, custom_css, custom_js, embed_code) "
        "values (%(t)s, %(e)s, %(e)s, %(c)s, %(e)s, %(e)s, %(e)s) returning id",
        {"t": acme.tenant, "e": EVIL, "c": Jsonb({EVIL.replace("\u2028", ""): EVIL})},
    ).fetchone()
    assert row
    assert FORM.fullmatch(_embed(connection, row[0]))
    assert str(row[0]) in _embed(connection, row[0])
    connection.execute("update public.widget_configurations set embed_code = %s", (EVIL,))
    assert FORM.fullmatch(_embed(connection, row[0]))


@pytest.mark.parametrize(
    ("address", "is_taken"),
    [
        ("https://cdn.acme.example/widget-2.js", True), ("https://localhost:8443/w.js", True), (EVIL, False),
        ("javascript:alert(1)", False), ("http://cdn.acme.example/w.js", False), ("https://a.example/?x=\"", False),
        ("https://a.example/w.js\n", False), (7, False),
    ],
)  # fmt: skip
def test_the_script_comes_from_a_plain_https_address_only(
    address: object, is_taken: bool, connection: psycopg.Connection, acme: Tenant
) -> None:
    connection.execute(
        "insert into public.system_settings (tenant_id, setting_key, setting_value) values (%s, 'widget_script_url', %s)",
        (acme.tenant, Jsonb(address)),
    )
    with acting(connection, acme.claims(acme.admin)):
        row = connection.execute("update public.widget_configurations set domain = 'x' returning embed_code").fetchone()
    assert row and FORM.fullmatch(row[0])
    assert (f'src="{address}"' in row[0]) == is_taken


def _job(connection: psycopg.Connection, job: uuid.UUID) -> tuple[object, ...]:
    row = connection.execute(
        "select status, progress_percentage, pages_found, pages_processed, started_at is not null, completed_at is not null "
        "from public.website_scan_jobs where id = %s", (job,)
    ).fetchone()  # fmt: skip
    assert row
    return tuple(row)


def test_progress_reaches_100_with_the_end_and_never_more(connection: psycopg.Connection, acme: Tenant) -> None:
    row = connection.execute(
        "insert into public.website_scan_jobs (tenant_id, urls, pages_found) values (%s, '{https://a.example}', 3) returning id",
        (acme.tenant,),
    ).fetchone()
    assert row
    job = row[0]
    assert _job(connection, job) == ("pending", 0, 3, 0, False, False)

    def read(pages: int) -> tuple[object, ...]:
        connection.execute(
            "insert into public.extracted_content (tenant_id, scan_job_id, url, content) "
            "select %s, %s, gen_random_uuid()::text, 'x' from generate_series(1, %s)",
            (acme.tenant, job, pages),
        )
        return _job(connection, job)

    assert read(1) == ("scanning", 33, 3, 1, True, False)
    assert read(2) == ("scanning", 99, 3, 3, True, False)
    assert read(4) == ("scanning", 99, 7, 7, True, False)
    connection.execute("update public.website_scan_jobs set progress_percentage = 400 where id = %s", (job,))
    assert _job(connection, job)[1] == 99
    connection.execute("update public.website_scan_jobs set status = 'completed' where id = %s", (job,))
    assert _job(connection, job) == ("completed", 100, 7, 7, True, True)
    assert read(5) == ("completed", 100, 7, 7, True, True)
    connection.execute(
        "update public.website_scan_jobs set status = 'failed', completed_at = null where id = %s", (job,)
    )
    assert _job(connection, job) == ("failed", 99, 7, 7, True, True)
