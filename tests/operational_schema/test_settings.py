"""What people of a tenant set up holds no secret that their colleagues could read.

Belongs here: JSON that refuses secrets by the names of its keys, and lets pass what only sounds like one. Not here: the columns
for secrets (`test_secret_columns.py`).
"""

import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from operational_schema.migrate import up
from tests.operational_schema.conftest import Tenant, acting

CANARY = "hunter2-5f0c"
ENVELOPE = f"v1.k1.{'A' * 16}.{'B' * 30}"

SECRETS = (
    "password", "Password", "PASSWORD", "smtp_password", "userPassword", "smtppassword", "db-passwd", "imap_pwd", "passphrase",
    "secret", "clientSecret", "client_secret_2", "secrets", "secret_key", "token", "accessToken", "access_token_live",
    "refresh_token", "api_tokens", "apikey", "apiKey", "api_key", "API key", "X-Api-Key", "api_keys", "openai_api_key_value",
    "private_key", "signing_key", "aws_secret_access_key", "service_role_key", "credentials", "Authorization", "jwt", "password1",
)  # fmt: skip
HARMLESS = (
    "max_tokens", "maxTokens", "tokens_used", "token_limit", "token_url", "tokenizer", "next_page_token", "pageToken",
    "syncToken", "stop_token", "password_policy", "password_min_length", "forgot_password", "api_key_id", "secretary",
    "public_key", "publishable_api_key", "sort_key", "keyword", "keys", "shortcut_key", "author", "authorized", "passport",
    "credential_type",
)  # fmt: skip
REFERENCES = (
    None, True, False, "", "********", ENVELOPE, "env:SMTP_PASSWORD", "vault:romashka/smtp", "${SMTP_PASSWORD}", "{{ api_key }}",
    "Bearer {{api_key}}",
)  # fmt: skip
NESTED = (
    {"a": [{"b": {"clientSecret": CANARY}}]}, {"password": {"is": CANARY}}, {"tokens": {"token": [CANARY]}},
    [[{"api_key": CANARY}]],
    {"headers": [{"name": "Authorization", "value": f"Bearer {CANARY}"}]}, {"url": f"https://me:{CANARY}@hooks.example/x"},
    [f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}"], {"password": 12345},
)  # fmt: skip
HARMLESS_VALUES = (
    {"max_token": 4096}, {"name": "Reset password", "value": "reset"}, {"url": "https://hooks.example:8080/x?to=a@b"},
    {"say": "your password is safe: never send it"}, {"credentials": []}, {"token": {}}, ["password"],
    {"field": "intent", "equals": "password_reset"}, {"mail": "smtp://{{user}}:{{password}}@mail.example"},
)  # fmt: skip


def _found(connection: psycopg.Connection, settings: object) -> str | None:
    row = connection.execute("select app.secret_in_clear(%s)", (Jsonb(settings),)).fetchone()
    assert row
    return row[0]  # type: ignore[no-any-return]


def test_a_secret_is_known_by_its_key(connection: psycopg.Connection) -> None:
    assert [name for name in SECRETS if _found(connection, {name: CANARY}) != name] == []
    assert [name for name in HARMLESS if _found(connection, {name: "x"}) is not None] == []


def test_what_nobody_could_use_is_none(connection: psycopg.Connection) -> None:
    assert [said for said in REFERENCES if _found(connection, {"api_key": said}) is not None] == []
    for nearly in (f"{ENVELOPE} {CANARY}", "env:", "env:A B", f"{{{{a}}}}{CANARY}", "v1.k.short.short", f"*{CANARY}"):
        assert _found(connection, {"api_key": nearly}) == "api_key", nearly


def test_a_secret_is_found_at_any_depth(connection: psycopg.Connection) -> None:
    assert [said for said in NESTED if _found(connection, said) is None] == []
    assert [said for said in HARMLESS_VALUES if _found(connection, said) is not None] == []


@pytest.fixture
def guarded(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """Every column on which the trigger stands."""
    return connection.execute(  # type: ignore[return-value]
        "select kept.tgrelid::regclass::text, attribute.attname from pg_trigger as kept "
        "inner join pg_attribute as attribute on attribute.attrelid = kept.tgrelid and attribute.attnum = any(kept.tgattr) "
        "where kept.tgname = 'refuse_secrets' and attribute.atttypid = 'jsonb'::regtype order by 1, 2"
    ).fetchall()


@pytest.mark.usefixtures("every_server")
def test_no_table_takes_a_secret_and_no_error_repeats_it(
    connection: psycopg.Connection, acme: Tenant, guarded: list[tuple[str, str]]
) -> None:
    """S16: also not from the server of the application, nor from the owner of the tables."""
    assert ("workflows", "steps") in guarded
    for table, column in guarded:
        for said in ({"webhook": {"api_key": CANARY}}, [{"api_key": CANARY}]):
            with pytest.raises(errors.CheckViolation, match=r'^"api_key" holds a secret in the clear') as refused:
                connection.execute(f"update public.{table} set {column} = %s".encode(), (Jsonb(said),))
            told = refused.value.diag
            assert CANARY not in f"{told.message_primary} {told.message_detail} {told.message_hint} {told.context}"


@pytest.mark.usefixtures("every_server")
def test_a_setting_is_known_by_its_own_key(connection: psycopg.Connection, acme: Tenant) -> None:
    write = (
        "insert into public.system_settings (tenant_id, setting_key, setting_value) values (%s, %s, %s) "
        "on conflict (tenant_id, setting_key) do update set setting_value = excluded.setting_value"
    )
    with acting(connection, acme.claims(acme.admin), keep=True):
        for key, value in (("smtp_password", CANARY), ("smtp", {"password": CANARY})):
            with pytest.raises(errors.CheckViolation, match="password"), connection.transaction():
                connection.execute(write, (acme.tenant, key, Jsonb(value)))
        for key, value in (("smtp_password", "env:SMTP"), ("ai_max_tokens", 500), ("smtp", {"host": "mail.example"})):
            connection.execute(write, (acme.tenant, key, Jsonb(value)))
        with pytest.raises(errors.CheckViolation, match="smtp_secret"):
            connection.execute(
                "update public.system_settings set setting_key = 'smtp_secret' where setting_value ? 'host'"
            )


def test_a_secret_that_lies_there_already_is_named_before_anything_changes(
    connection: psycopg.Connection, operational_url: str, acme: Tenant
) -> None:
    connection.execute("drop function app.refuse_secrets() cascade")
    connection.execute("update app.migration set checksum = '0' where version = 'functions/settings.sql'")
    connection.execute(
        "insert into public.workflows (tenant_id, name, trigger_type, steps) values (%s, 'old', 'manual', %s)",
        (acme.tenant, Jsonb([{"type": "trigger_webhook", "payload": {"api_key": CANARY}}])),
    )
    with pytest.raises(Exception, match=r'a secret lies in the clear: workflows [0-9a-f-]{36}, "api_key"') as refused:
        up(operational_url)
    assert CANARY not in str(refused.value)
