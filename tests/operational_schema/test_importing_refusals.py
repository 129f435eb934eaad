"""What stops an import beyond the form of one line; nothing of the file is loaded then."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from operational_schema import importing
from operational_schema.errors import SchemaError
from tests.operational_schema.histories import TENANT, conversation, import_lines, rows

pytestmark = pytest.mark.usefixtures("every_server")


REFUSED = [
    (["{"], "line 2: not JSON"),
    ([{**TENANT, "timezone": "Mars/Olympus"}], 'line 2: unknown time zone "Mars/Olympus"'),
    ([{**TENANT, "timezone": "EST"}], 'line 2: unknown time zone "EST"'),
    ([{**TENANT, "timezone": "europe/berlin"}], 'line 2: unknown time zone "europe/berlin"'),
    ([TENANT, {**TENANT, "name": "Another"}], 'line 3: tenant "acme" stands on line 2 already'),
    ([conversation(conversation_id="first")], "line 2: this conversation stands on line 1 already"),
    (
        [conversation(customer={"id": "c2", "email": "ann@example.com"})],
        'line 2: customer "c2" has the e-mail of customer "c1" on line 1',
    ),
]


@pytest.mark.parametrize(("lines", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_a_bad_line_is_named_and_nothing_is_loaded(operational_url: str, lines: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        import_lines(operational_url, conversation(conversation_id="first"), *lines)
    assert rows(operational_url, "select count(*) from public.tenants") == [(0,)]
    assert rows(operational_url, "select count(*) from etl.change") == [(0,)]


def test_a_file_that_is_not_there_is_said_in_one_line(operational_url: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="there is no file"):
        importing.import_file(operational_url, tmp_path / "missing.jsonl")
    with pytest.raises(SchemaError, match="is a folder"):
        importing.import_file(operational_url, tmp_path)


def test_a_mail_that_another_customer_of_the_tenant_has_is_refused(operational_url: str) -> None:
    import_lines(operational_url, conversation())
    other = conversation(conversation_id="x-2", customer={"id": "c2", "email": "ann@example.com"})
    with pytest.raises(SchemaError, match='line 1: customer "c2" has the e-mail of another customer'):
        import_lines(operational_url, other)
    rows(
        operational_url,
        "insert into public.customer_profiles (tenant_id, email) select id, 'bob@example.com' from public.tenants returning 1",
    )
    moved = conversation(customer={"id": "c1", "email": "bob@example.com"})
    with pytest.raises(SchemaError, match='line 1: customer "c1" has the e-mail of another customer'):
        import_lines(operational_url, moved)


def test_a_conversation_that_the_application_made_is_not_taken_over(operational_url: str) -> None:
    import_lines(operational_url, TENANT)
    rows(
        operational_url,
        "insert into public.conversations (tenant_id, external_conversation_id) "
        "select id, 'x-1' from public.tenants returning 1",
    )
    with pytest.raises(SchemaError, match='line 1: conversation "x-1" is known by another id'):
        import_lines(operational_url, conversation())


def test_a_conversation_of_another_tenant_is_not_taken_over(operational_url: str) -> None:
    known = str(uuid.uuid4())
    import_lines(operational_url, conversation(conversation_id=known))
    with pytest.raises(SchemaError, match="line 1: this conversation_id belongs to another tenant"):
        import_lines(operational_url, conversation(tenant="other", conversation_id=known))
