"""What keeps the database in order: jobs that fail alone, and a copy that says what it is.

Belongs here: the jobs and the copy of functions/maintenance.sql. Not here: what the single tasks do (their groups' tests), and
health (`test_health.py`, `test_health_of_work.py`).
"""

import json
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql

from tests.operational_schema.conftest import Tenant, acting
from tests.operational_schema.test_envelope import CANARY

pytestmark = pytest.mark.usefixtures("every_server")

TASKS = {
    "auto_close_inactive_conversations", "auto_update_agent_status", "assign_waiting_conversations",
    "reset_daily_message_limits", "resume_due_workflows", "mark_breached_slas", "aggregate_daily_metrics",
    "cleanup_expired_realtime_metrics", "refresh_realtime_metrics", "evaluate_alert_rules", "cleanup_old_data",
    "cap_change_log",
}  # fmt: skip


def ask(connection: psycopg.Connection, statement: str, *values: object) -> Any:
    row = connection.execute(statement.encode(), values).fetchone()
    assert row
    return row[0]


def maintain(connection: psycopg.Connection) -> dict[str, Any]:
    return ask(connection, "select public.run_scheduled_maintenance()")  # type: ignore[no-any-return]


def test_everything_is_done_and_again_changes_nothing(
    connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    connection.execute(
        "update public.conversations as c set created_at = ((now() at time zone t.timezone)::date - interval '12 hours') "
        "at time zone t.timezone from public.tenants as t where t.id = c.tenant_id"
    )
    connection.execute(
        "update public.conversations set last_message_at = now() - interval '2 days' where status = 'active'"
    )
    done = maintain(connection)
    assert (set(done["done"]), done["failed"], done["is_running_already"]) == (TASKS, {}, False)
    assert done["done"]["aggregate_daily_metrics"] > 0
    stamped = connection.execute(
        "select count(*) from public.system_settings s join public.tenants t on t.id = s.tenant_id "
        "where setting_key = 'last_maintenance_date' "
        "and (setting_value #>> '{}')::date = (now() at time zone t.timezone)::date"
    ).fetchone()
    assert stamped == (2,)
    # What was closed last is counted by the next one.
    maintain(connection)
    again = maintain(connection)
    assert {task: again["done"][task] for task in ("aggregate_daily_metrics", "mark_breached_slas", "cleanup_old_data")} == {
        "aggregate_daily_metrics": 0, "mark_breached_slas": 0, "cleanup_old_data": {},
    }  # fmt: skip


def test_a_task_that_fails_keeps_none_of_the_others_back(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("alter table public.realtime_metrics add constraint none_at_all check (false) not valid")
    done = maintain(connection)
    assert set(done["failed"]) == {"refresh_realtime_metrics"}
    assert "none_at_all" in done["failed"]["refresh_realtime_metrics"]
    assert set(done["done"]) == TASKS - {"refresh_realtime_metrics"}


def test_two_at_once_are_one(connection: psycopg.Connection, operational_url: str, acme: Tenant) -> None:
    with connection.transaction():
        maintain(connection)
        with psycopg.connect(operational_url) as second:
            assert maintain(second) == {"done": {}, "failed": {}, "is_running_already": True}


def test_the_server_of_the_application_may_do_it_and_no_person(connection: psycopg.Connection, acme: Tenant) -> None:
    with acting(connection, None, role="service_role"):
        assert maintain(connection)["failed"] == {}
        assert ask(connection, "select public.get_system_health()")["checks"]
        assert ask(connection, "select public.backup_critical_data()")["tables"]
    for function in ("run_scheduled_maintenance", "get_system_health", "backup_critical_data"):
        with acting(connection, acme.claims(acme.admin)), pytest.raises(errors.InsufficientPrivilege):
            connection.execute(sql.SQL("select public.{}()").format(sql.Identifier(function)))


def test_the_copy_is_of_what_people_set_up_and_says_so(
    connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    connection.execute(
        "update public.system_settings set setting_value = '\"ours\"' where tenant_id = %s", (acme.tenant,)
    )
    copy = ask(connection, "select public.backup_critical_data(%s)", acme.tenant)
    assert "no conversations" in copy["holds"] and "backup of the server" in copy["is_no_substitute_for"]
    for table, kept in copy["tables"].items():
        column = "id" if table == "tenants" else "tenant_id"
        assert {row[column] for row in kept["rows"]} <= {str(acme.tenant)}
        count = connection.execute(
            sql.SQL("select count(*) from public.{} where {} = %s").format(
                sql.Identifier(table), sql.Identifier(column)
            ),
            (acme.tenant,),
        ).fetchone()
        assert count == (kept["row_count"],) == (len(kept["rows"]),), table
    wrong = connection.execute(
        "select said.key from jsonb_each(public.backup_critical_data(%s) -> 'tables') as said "
        "where encode(sha256(convert_to((said.value -> 'rows')::text, 'utf8')), 'hex') <> said.value ->> 'sha256'",
        (acme.tenant,),
    ).fetchall()
    assert wrong == []
    assert copy["tables"]["integrations"]["left_out"] != []
    assert CANARY not in json.dumps(copy) and str(other.tenant) not in json.dumps(copy)
    assert ask(connection, "select public.backup_critical_data()")["tables"]["tenants"]["row_count"] == 2


def test_the_copy_can_be_put_back(connection: psycopg.Connection, acme: Tenant) -> None:
    """Of each table that holds no secrets, the rows come back as they were."""
    copy = ask(connection, "select public.backup_critical_data(%s)", acme.tenant)
    for table, kept in copy["tables"].items():
        if kept["left_out"]:
            continue
        name = sql.Identifier(table)
        restored = connection.execute(
            sql.SQL(
                "select count(*) from jsonb_populate_recordset(null::public.{0}, %s) as kept "
                "inner join public.{0} as there on there.id = kept.id and to_jsonb(there) = to_jsonb(kept)"
            ).format(name),
            (json.dumps(kept["rows"]),),
        ).fetchone()
        assert restored == (kept["row_count"],), table
