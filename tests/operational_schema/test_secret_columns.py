"""Secrets in the database: refused in plain, and read by nobody but the server that asks for one.

Belongs here: columns of type app.envelope, and who reaches them. Not here: envelopes by themselves (`test_envelope.py`),
sealing them anew (`test_secret_rotation.py`), and the command (`tests/orchestration/test_secrets.py`).
"""

import uuid
from itertools import product

import psycopg
import pytest
from psycopg import errors

from operational_schema import envelope, secret_columns, verify
from operational_schema.envelope import Place
from orchestration.embedded import EmbeddedServer
from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.sealing import BEFORE, BOTH, SECRETS, seal_everywhere
from tests.operational_schema.test_envelope import CANARY

pytestmark = pytest.mark.usefixtures("every_server")


@pytest.fixture
def sealed(connection: psycopg.Connection, operational_url: str, acme: Tenant) -> dict[Place, str]:
    """A secret in every column that holds some, under the old key."""
    return seal_everywhere(connection, operational_url)


def test_every_secret_of_the_schema_is_known(connection: psycopg.Connection) -> None:
    assert secret_columns.columns(connection) == SECRETS


def test_a_column_that_is_called_a_secret_is_a_finding(operational_url: str, connection: psycopg.Connection) -> None:
    connection.execute("alter table public.integrations add column refresh_token text")
    connection.execute("alter table public.integrations add column other app.envelope")
    connection.execute("grant select (other) on public.integrations to authenticated")
    assert [finding for finding in verify.verify(operational_url) if finding.startswith("a secret")] == [
        f"a secret is an envelope or a hash, and no role of the application reads it: not so for {column} of integrations"
        for column in ("other", "refresh_token")
    ]


PLAIN = (CANARY, "", "{}", f'{{"token": "{CANARY}"}}', f"v1.old.{'A' * 16}", f"{CANARY} v1.k.{'A' * 16}.{'A' * 22}")


@pytest.mark.parametrize(("table", "column"), SECRETS)
def test_plain_text_is_refused_and_not_repeated(
    table: str, column: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    """S16: a check of the table would print the refused row."""
    for plain in PLAIN:
        with pytest.raises(errors.CheckViolation, match="envelope_form") as refused:
            connection.execute(f"update public.{table} set {column} = %s".encode(), (plain,))
        said = refused.value.diag
        assert CANARY not in f"{said.message_primary} {said.message_detail} {said.context}"


OPEN_SECRETS = (
    '{"api_key": "%s"}', '{"a": [{"b": {"clientSecret": "%s"}}]}', '{"Password": {"is": "%s"}}', '["%s"]', '"%s"',
)  # fmt: skip


@pytest.mark.parametrize("settings", ["configuration", "sync_settings"])
def test_settings_refuse_what_is_called_a_secret(settings: str, connection: psycopg.Connection, acme: Tenant) -> None:
    for text in OPEN_SECRETS:
        with pytest.raises(errors.CheckViolation, match=r"open_settings|holds a secret in the clear") as refused:
            connection.execute(
                f"update public.integrations set {settings} = %s".encode(), (text.replace("%s", CANARY),)
            )
        assert CANARY not in f"{refused.value.diag.message_primary} {refused.value.diag.message_detail}"
    harmless = (
        '{"token_url": "https://x.example", "next_page_token": "p2", "syncToken": "s", "max_tokens": 5, "api_key": null, '
        '"password": "", "secret": true}'
    )
    assert connection.execute(f"update public.integrations set {settings} = %s".encode(), (harmless,)).rowcount > 0


@pytest.mark.parametrize("table", ["communication_channels", "webhook_subscriptions"])
def test_an_address_holds_no_password(table: str, connection: psycopg.Connection, acme: Tenant) -> None:
    for address, good in (
        ("https://hooks.example", True),
        ("http://localhost:8080/in?to=a@b", True),
        (f"https://user:{CANARY}@hooks.example/", False),
        ("ftp://hooks.example", False),
        ("https://", False),
    ):
        with connection.transaction(force_rollback=True):
            try:
                connection.execute(f"update public.{table} set webhook_url = %s".encode(), (address,))
            except errors.CheckViolation as refused:
                assert not good
                assert CANARY not in f"{refused.diag.message_primary} {refused.diag.message_detail}"
            else:
                assert good, address


READS = (
    "select * from public.{table}",
    "select {column} from public.{table}",
    "select count({column}) from public.{table}",
    "select id from public.{table} where {column} like 'v1%'",
    "select id from public.{table} order by {column}",
    "select t from public.{table} as t",
    "select to_jsonb(t) from public.{table} as t",
    "update public.{table} set updated_at = now() returning *",
    "update public.{table} set updated_at = now() returning {column}",
    "update public.{table} set created_at = now() where {column} is not null",
    "copy public.{table} to stdout",
)


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_no_role_of_the_application_reads_a_secret(role: str, connection: psycopg.Connection, acme: Tenant) -> None:
    for (table, column), read in product(SECRETS, READS):
        with pytest.raises(errors.InsufficientPrivilege), acting(connection, acme.claims(acme.admin), role=role):
            connection.execute(read.format(table=table, column=column).encode())


@pytest.mark.parametrize("table", sorted({table for table, _ in SECRETS}))
def test_all_the_rest_is_read_by_the_view_or_by_a_list(
    table: str, connection: psycopg.Connection, acme: Tenant, other: Tenant, sealed: dict[Place, str]
) -> None:
    """What select=* of the interface becomes, and what it shows: everything but secrets, of the own tenant."""
    listed = [
        name
        for (name,) in connection.execute(
            "select attname::text from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum",
            (f"public.{table}",),
        )
        if (table, name) not in SECRETS
    ]
    with acting(connection, acme.claims(acme.admin)):
        seen = connection.execute(f"select * from public.readable_{table}".encode())
        assert seen.description is not None
        assert [column.name for column in seen.description] == listed
        rows = seen.fetchall()
        assert rows == connection.execute(f"select {', '.join(listed)} from public.{table}".encode()).fetchall()
        assert {row[listed.index("tenant_id")] for row in rows} == {acme.tenant}
        assert all(row[listed.index(name)] is True for row in rows for name in listed if name.startswith("has_"))
    with acting(connection, acme.claims(acme.user)):
        assert connection.execute(f"select * from public.readable_{table}".encode()).fetchall() == []
    with acting(connection, None, role="service_role"):
        assert len(connection.execute(f"select * from public.readable_{table}".encode()).fetchall()) >= 2
    with pytest.raises(errors.InsufficientPrivilege), acting(connection, None, role="anon"):
        connection.execute(f"select * from public.readable_{table}".encode())


def test_an_admin_writes_all_the_rest(connection: psycopg.Connection, acme: Tenant) -> None:
    """As the interface does: with the columns that it asks back, and by upsert."""
    upsert = (
        "insert into public.integrations (id, tenant_id, name, type, provider) "
        "values (md5('acmecrm')::uuid, %s, %s, 'crm', 'hubspot') "
        "on conflict (id) do update set name = excluded.name, status = 'active' returning name, has_credentials"
    )
    with acting(connection, acme.claims(acme.admin)):
        assert connection.execute(upsert, (acme.tenant, "Renamed")).fetchall() == [("Renamed", False)]
    with pytest.raises(errors.InsufficientPrivilege), acting(connection, acme.claims(acme.admin)):
        connection.execute(f"{upsert}, credentials".encode(), (acme.tenant, "Renamed"))


@pytest.mark.parametrize(("table", "column"), SECRETS)
def test_only_the_server_writes_and_fetches_an_envelope(
    table: str, column: str, connection: psycopg.Connection, acme: Tenant, sealed: dict[Place, str]
) -> None:
    place = next(place for place in sealed if (place.table, place.column) == (table, column))
    write = f"update public.{table} set {column} = %s where id = %s".encode()
    fetch = b"select public.read_secret(%s, %s, %s, %s)"
    values = (acme.tenant, table, column, place.row)
    for refused, arguments in ((write, (None, place.row)), (fetch, values)):
        with pytest.raises(errors.InsufficientPrivilege), acting(connection, acme.claims(acme.admin)):
            connection.execute(refused, arguments)
    with acting(connection, None, role="service_role"):
        fetched = connection.execute(fetch, values).fetchall()[0][0]
        assert envelope.opened(fetched, place, BEFORE) == sealed[place]
        assert connection.execute(fetch, (uuid.uuid4(), *values[1:])).fetchall() == [(None,)], "of no other tenant"
        assert connection.execute(write, (None, place.row)).rowcount == 1
        assert connection.execute(fetch, values).fetchall() == [(None,)]


@pytest.mark.parametrize("place", [("integrations", "name"), ("api_keys", "key_hash"), ("x; drop table y", "z")])
def test_only_envelopes_are_fetched(place: tuple[str, str], connection: psycopg.Connection, acme: Tenant) -> None:
    with (
        pytest.raises(errors.UndefinedColumn, match="holds no envelopes"),
        acting(connection, None, role="service_role"),
    ):
        connection.execute("select public.read_secret(%s, %s, %s, %s)", (acme.tenant, *place, acme.tenant))


def test_no_secret_reaches_the_servers_log(
    every_server: EmbeddedServer, connection: psycopg.Connection, operational_url: str, sealed: dict[Place, str]
) -> None:
    """S16: sealed before it leaves this program, and refused without its parameters."""
    with pytest.raises(errors.CheckViolation):
        connection.execute("update public.integrations set credentials = %s", (CANARY,))
    secret_columns.rotate(operational_url, BOTH)
    log = every_server.log.read_text(encoding="utf-8", errors="replace")
    assert "envelope_form" in log
    assert CANARY not in log
