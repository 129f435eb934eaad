"""Secrets over time: set, sealed anew under another key, and what becomes of a lost one.

Belongs here: `secret_columns`. Not here: who reaches the columns (`test_secret_columns.py`).
"""

import os
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from psycopg import sql

from operational_schema import envelope, secret_columns
from operational_schema.envelope import Place
from operational_schema.errors import SchemaError
from operational_schema.secret_keys import KeyRing
from tests.operational_schema.conftest import Tenant
from tests.operational_schema.sealing import AFTER, BEFORE, BOTH, seal_everywhere
from tests.operational_schema.test_envelope import CANARY, NEW, OLD, ring

pytestmark = pytest.mark.usefixtures("every_server")


@pytest.fixture
def sealed(connection: psycopg.Connection, operational_url: str, acme: Tenant) -> dict[Place, str]:
    """A secret in every column that holds some, under the old key."""
    return seal_everywhere(connection, operational_url)


def _stored(connection: psycopg.Connection, place: Place) -> str:
    query = sql.SQL("select {} from public.{} where id = %s").format(
        sql.Identifier(place.column), sql.Identifier(place.table)
    )
    return str(connection.execute(query, (place.row,)).fetchall()[0][0])


def _all_open(connection: psycopg.Connection, sealed: dict[Place, str], keys: KeyRing) -> bool:
    return all(envelope.opened(_stored(connection, place), place, keys) == secret for place, secret in sealed.items())


def test_setting_what_is_not_there_is_refused(operational_url: str, acme: Tenant) -> None:
    for column, row, secret, message in (
        ("integrations.name", acme.tenant, CANARY, "name one of communication_channels.api_credentials, "),
        (CANARY, acme.tenant, CANARY, "this column holds no secrets"),
        ("integrations.credentials", acme.tenant, CANARY, f"integrations has no row {acme.tenant}"),
        ("integrations.credentials", acme.tenant, "", "the secret is empty"),
    ):
        with pytest.raises(SchemaError) as refused:
            secret_columns.set_secret(operational_url, BEFORE, column=column, row=row, secret=secret)
        assert message in str(refused.value)
        assert CANARY not in str(refused.value)


def test_rotation_leaves_nothing_under_the_old_key(
    connection: psycopg.Connection, operational_url: str, sealed: dict[Place, str]
) -> None:
    findings = secret_columns.rotate(operational_url, BOTH, batch=1)
    assert (findings.sealed_anew, findings.broken) == (len(sealed), [])
    assert {key for _, _, key in findings.envelopes} == {"new"}
    assert _all_open(connection, sealed, AFTER)
    versions = "select xmin::text from public.integrations order by id"
    before = connection.execute(versions).fetchall()
    again = secret_columns.rotate(operational_url, BOTH)
    assert (again.sealed_anew, again.envelopes) == (0, findings.envelopes)
    assert connection.execute(versions).fetchall() == before, "a run too many writes nothing"
    assert secret_columns.verify(operational_url, AFTER).rows() == findings.rows()


KILLED = """
import os, signal, sys
from operational_schema import secret_columns, secret_keys

def after(sealed):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

left = int(sys.argv[2])
secret_columns.rotate(sys.argv[1], secret_keys.read(os.environ["KEYS"]), batch=1, on_batch=after)
"""


def test_a_killed_rotation_is_finished_by_the_next(
    connection: psycopg.Connection, operational_url: str, sealed: dict[Place, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, operational_url, "3"],
        env={**os.environ, "KEYS": f"new:{NEW},old:{OLD}"},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert _all_open(connection, sealed, BOTH), "the old key still opens what was not reached"
    assert secret_columns.rotate(operational_url, BOTH).sealed_anew == len(sealed) - 3
    assert _all_open(connection, sealed, AFTER)


def test_a_secret_set_during_the_rotation_stays(
    connection: psycopg.Connection, operational_url: str, sealed: dict[Place, str]
) -> None:
    place = next(iter(sealed))
    with psycopg.connect(operational_url) as writer:
        writer.execute(
            sql.SQL("update public.{} set {} = %s where id = %s").format(
                sql.Identifier(place.table), sql.Identifier(place.column)
            ),
            (envelope.seal("set meanwhile", place, BOTH), place.row),
        )
        rotation = threading.Thread(target=secret_columns.rotate, args=(operational_url, BOTH))
        rotation.start()
        waiting = (
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        )
        while connection.execute(waiting).fetchone() == (0,):
            time.sleep(0.01)
    rotation.join()
    assert _all_open(connection, {**sealed, place: "set meanwhile"}, AFTER)


def test_what_does_not_open_is_named_and_left_as_it_is(
    connection: psycopg.Connection, operational_url: str, acme: Tenant, sealed: dict[Place, str]
) -> None:
    """A lost key, and an envelope that was moved to another row; everything else is sealed anew."""
    first, second = [place for place in sealed if place.table == "integrations"][:2]
    lost = secret_columns.set_secret(
        operational_url, ring(f"lost:{NEW}"), column="integrations.credentials", row=first.row, secret=CANARY
    )
    connection.execute(
        "update public.integrations set credentials = (select credentials from public.integrations where id = %s) "
        "where id = %s",
        (first.row, second.row),
    )
    moved = _stored(connection, second)
    findings = secret_columns.rotate(operational_url, BOTH)
    assert findings.sealed_anew == len(sealed) - 2
    assert len(findings.broken) == 2
    assert all(str(lost.row) in line or str(second.row) in line for line in findings.broken)
    assert all('key "lost" is not in ROMASHKA_SECRET_KEYS' in line for line in findings.broken)
    assert (_stored(connection, second), CANARY in "".join(findings.broken)) == (moved, False)
    found = secret_columns.verify(operational_url, ring(f"new:{NEW},lost:{NEW}")).broken
    assert len(found) == 1
    assert f"row {second.row} cannot be opened: it was changed, or sealed for another place" in found[0]
