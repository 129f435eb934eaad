"""What is done with the audit trail: erasing a person, ending its time, checkpoints.

Belongs here: app.erase_from_audit, app.prune_audit, and verifying with a checkpoint file. Not here: tampering
(`test_audit_chain.py`).
"""

import json
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from operational_schema import audit_checkpoint
from operational_schema.errors import SchemaError
from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.test_audit import changed, entries, last
from tests.operational_schema.test_audit_chain import verdict

pytestmark = pytest.mark.usefixtures("every_server")


def _erase(connection: psycopg.Connection, tenant: Tenant, *keys: object) -> int:
    row = connection.execute("select app.erase_from_audit(%s, %s::uuid[])", (tenant.tenant, list(keys))).fetchone()
    assert row
    return int(row[0])


def _prune(connection: psycopg.Connection, tenant: Tenant, before: str) -> int:
    row = connection.execute("select app.prune_audit(%s, %s)", (tenant.tenant, before)).fetchone()
    assert row
    return int(row[0])


def test_beside_an_erasure_nobody_elses_entries_are_changed(connection: psycopg.Connection, acme: Tenant) -> None:
    """R11: what lets one person's values go opens the trail to no other."""
    connection.execute("update public.customer_profiles set status = 'vip' where id = %s", (acme.customer,))
    with pytest.raises(errors.InsufficientPrivilege, match="append-only"), connection.transaction():
        _erase(connection, acme, acme.user)
        connection.execute(
            "update public.audit_logs set changes = '{}' where entity_type = 'customer_profiles' and entity_id = %s",
            (acme.customer,),
        )


def test_erasing_a_customer_takes_values_and_salts_and_every_link_holds(
    connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    """R11; R6: of the same customer at another tenant nothing goes."""
    for tenant in (acme, other):
        connection.execute(
            "update public.customer_profiles set status = 'vip', phone = '+49 30 901820' where id = %s",
            (tenant.customer,),
        )
        connection.execute("update public.conversations set priority = 'high' where id = %s", (tenant.conversation,))
    untouched = entries(connection, other)
    end = last(connection, acme)
    before = {entry["sequence"]: entry for entry in entries(connection, acme)}
    # Creating the customer, two changes, and whatever of the conversation was logged.
    assert _erase(connection, acme, acme.customer, acme.conversation) == sum(
        entry["entity_id"] in (acme.customer, acme.conversation) for entry in before.values()
    )
    for entry in entries(connection, acme):
        was = before.get(entry["sequence"])
        if was is None:
            assert (entry["sequence"], entry["action"]) == (end + 1, "erase")
        elif was["entity_id"] in (acme.customer, acme.conversation):
            assert entry["changes"].keys() == was["changes"].keys()
            assert all(value in ({"hidden": True}, {"erased": True}) for value in entry["changes"].values())
            assert {**entry, "changes": None} == {**was, "changes": None}
        else:
            assert entry == was
    salts = connection.execute(
        "select salt.salts from app.audit_salt as salt inner join public.audit_logs as entry "
        "on entry.tenant_id = salt.tenant_id and entry.sequence = salt.sequence where entry.entity_id = any(%s)",
        ([acme.customer, acme.conversation],),
    ).fetchall()
    assert salts and all(kept == {} for (kept,) in salts)
    assert entries(connection, other) == untouched
    assert verdict(connection) == []


def test_erasing_an_agent_takes_where_they_were_and_leaves_what_they_did(
    connection: psycopg.Connection, acme: Tenant
) -> None:
    headers = json.dumps({"x-forwarded-for": "203.0.113.9", "user-agent": "Browser/1.0"})
    end = last(connection, acme)
    with acting(connection, acme.claims(acme.agent), keep=True):
        connection.execute("select set_config('request.headers', %s, true)", (headers,))
        connection.execute("update public.conversations set status = 'closed' where id = %s", (acme.conversation,))
    _erase(connection, acme, acme.agent)
    entry = entries(connection, acme, after=end)[0]
    assert (entry["user_id"], entry["ip_address"], entry["user_agent"]) == (acme.agent, None, None)
    assert entry["changes"] == {"status": changed("active", "closed")}
    assert verdict(connection) == []


def test_erasing_twice_and_erasing_nobody(connection: psycopg.Connection, acme: Tenant) -> None:
    """R8."""
    assert _erase(connection, acme, acme.customer) == _erase(connection, acme, acme.customer) == 1
    assert _erase(connection, acme, acme.tenant.__class__(int=0)) == 0
    assert verdict(connection) == []


def test_the_oldest_entries_go_when_their_time_is_over(
    connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    of_other = entries(connection, other)
    connection.execute("select pg_sleep(0.01)")
    instant = connection.execute("select clock_timestamp()::text").fetchone()
    assert instant
    through = last(connection, acme)
    assert _prune(connection, acme, "2020-01-01") == 0
    connection.execute("update public.tenants set name = 'New' where id = %s", (acme.tenant,))
    assert _prune(connection, acme, instant[0]) == through
    kept = entries(connection, acme)
    assert [(entry["sequence"], entry["action"]) for entry in kept] == [(through + 1, "update"), (through + 2, "prune")]
    assert kept[-1]["changes"]["through"] == changed(None, through)
    assert _prune(connection, acme, instant[0]) == 0
    assert entries(connection, other) == of_other
    assert verdict(connection) == []
    # And all of it, which leaves the entry that says so.
    assert _prune(connection, acme, "2999-01-01") == 2
    assert [entry["action"] for entry in entries(connection, acme)] == ["prune"]
    assert verdict(connection) == []


def test_a_long_trail_ends_batch_by_batch_and_every_link_holds_between(
    connection: psycopg.Connection, acme: Tenant
) -> None:
    """One transaction for a year of entries would hold the chain's lock for as long; and whoever changes one is still named."""
    connection.execute(
        "select app.log_audit(%s, 'test', 'tenants', null) from generate_series(1, 2500)", (acme.tenant,)
    )
    connection.commit()
    old = last(connection, acme)
    instant = connection.execute("select clock_timestamp()").fetchone()
    assert instant
    batches = []
    while gone := _prune(connection, acme, instant[0]):
        connection.commit()
        batches.append(gone)
        assert verdict(connection) == []
    assert batches == [1000, 1000, old - 2000]
    assert [entry["action"] for entry in entries(connection, acme)] == ["prune"] * 3
    connection.execute("alter table public.audit_logs disable trigger user")
    connection.execute("delete from public.audit_logs where tenant_id = %s and sequence = %s", (acme.tenant, old + 2))
    connection.execute("alter table public.audit_logs enable trigger user")
    assert verdict(connection) == [(old + 3, f"entries {old + 2} to {old + 2} are missing")]


def test_what_is_older_than_a_young_entry_and_comes_after_it_waits_for_it(
    connection: psycopg.Connection, acme: Tenant
) -> None:
    """Clocks go back: what is pruned is the beginning of the chain, and nothing is skipped."""
    young = last(connection, acme) - 1
    connection.execute("alter table public.audit_logs disable trigger user")
    connection.execute(
        "update public.audit_logs set created_at = '2998-01-01' where tenant_id = %s and sequence = %s",
        (acme.tenant, young),
    )
    connection.execute("alter table public.audit_logs enable trigger user")
    assert _prune(connection, acme, "2997-01-01") == young - 1
    assert [entry["sequence"] for entry in entries(connection, acme)][:2] == [young, young + 1]


def test_a_hold_on_the_whole_tenant_keeps_its_trail(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("insert into public.legal_holds (tenant_id, reason) values (%s, 'lawsuit')", (acme.tenant,))
    assert _prune(connection, acme, "2999-01-01") == 0
    connection.execute("update public.legal_holds set released_at = now() where released_at is null")
    assert _prune(connection, acme, "2999-01-01") > 0


@pytest.mark.parametrize("role", ["authenticated", "service_role"])
def test_only_the_owner_erases_and_prunes(role: str, connection: psycopg.Connection, acme: Tenant) -> None:
    for statement in ("select app.erase_from_audit(%s, '{}')", "select app.prune_audit(%s, now())"):
        with acting(connection, acme.claims(acme.admin), role=role), pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement, (acme.tenant,))


def test_a_cut_end_is_seen_by_the_checkpoint_only(
    connection: psycopg.Connection, operational_url: str, acme: Tenant, other: Tenant, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoint.json"
    assert audit_checkpoint.verify(operational_url, checkpoint=file).lines == []
    written = file.read_bytes()
    end = last(connection, acme)
    with connection.transaction():
        connection.execute("alter table public.audit_logs disable trigger user")
        connection.execute(
            "delete from public.audit_logs where tenant_id = %s and sequence > %s", (acme.tenant, end - 2)
        )
        connection.execute(
            "update app.audit_head as head set sequence = last.sequence, row_hash = last.row_hash from public.audit_logs as last "
            "where head.tenant_id = %s and last.tenant_id = %s and last.sequence = %s",
            (acme.tenant, acme.tenant, end - 2),
        )
        connection.execute("alter table public.audit_logs enable always trigger guard_insert")
    assert audit_checkpoint.verify(operational_url).lines == []
    missing = f"tenant acme: entry {end}, the end at the checkpoint, is missing"
    assert audit_checkpoint.verify(operational_url, checkpoint=file).lines == [missing]
    assert audit_checkpoint.verify(operational_url, checkpoint=file, tenant="acme").lines == [missing]
    assert audit_checkpoint.verify(operational_url, checkpoint=file, tenant="other").lines == []
    for name in ("One", "Two", "Three"):
        connection.execute("update public.tenants set name = %s where id = %s", (name, acme.tenant))
    grown = f"tenant acme: entry {end}, the end at the checkpoint, is not the one that was there"
    assert audit_checkpoint.verify(operational_url, checkpoint=file).lines == [grown]
    assert json.loads(file.read_bytes())["ends"] == json.loads(written)["ends"], "a checkpoint that objects is kept"


def test_a_checkpoint_moves_on_and_survives_pruning(
    connection: psycopg.Connection, operational_url: str, acme: Tenant, other: Tenant, tmp_path: Path
) -> None:
    file = tmp_path / "checkpoint.json"
    audit_checkpoint.verify(operational_url, checkpoint=file)
    first = audit_checkpoint.read(file)
    connection.execute("update public.tenants set name = 'New'")
    assert audit_checkpoint.verify(operational_url, checkpoint=file, tenant="acme").lines == []
    second = audit_checkpoint.read(file)
    assert second[acme.tenant].sequence == first[acme.tenant].sequence + 1
    assert second[other.tenant] == first[other.tenant]
    _prune(connection, acme, "2999-01-01")
    looked = audit_checkpoint.verify(operational_url, checkpoint=file)
    assert (looked.lines, looked.chains) == ([], 2)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "nonsense", '{"form": "romashka audit checkpoint 1", "ends": {"x": 1}}']
)
def test_a_file_that_is_no_checkpoint_is_refused_and_kept(content: str, operational_url: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(content)
    with pytest.raises(SchemaError, match="is no checkpoint of the audit trail: name another file"):
        audit_checkpoint.verify(operational_url, checkpoint=file)
    assert file.read_text() == content


def test_an_unknown_tenant_is_refused(operational_url: str) -> None:
    with pytest.raises(SchemaError, match="there is no tenant nobody"):
        audit_checkpoint.verify(operational_url, tenant="nobody")
