"""Runs of workflows: waiting and going on, endless ones, who may run them, and how they are counted.

Belongs here: execute_workflow, resuming, statistics. Not here: what steps do (`test_functions_workflow.py`).
"""

import uuid

import psycopg
import pytest
from psycopg import errors

from tests.operational_schema.conftest import Tenant, Workflow, acting
from tests.operational_schema.workflow_runs import look, message, run, said

pytestmark = pytest.mark.usefixtures("every_server")


def test_a_run_waits_within_nested_conditions_and_goes_on_there(
    connection: psycopg.Connection, workflow: Workflow, acme: Tenant
) -> None:
    inner = {
        "type": "condition", "if": {"field": "context.no", "exists": True}, "then": [message("wrong")],
        "else": [message("2"), {"type": "wait", "seconds": 3600}, message("3")],
    }  # fmt: skip
    outer = {"type": "condition", "if": {"field": "priority", "equals": "normal"},
             "then": [message("1"), inner, message("4")], "else": [message("wrong")]}  # fmt: skip
    made = workflow(outer, message("5"))
    waiting = run(connection, made, acme.conversation)
    assert (waiting["status"], waiting["completed_at"]) == ("paused", None)
    assert 3590 < (waiting["resume_at"] - waiting["started_at"]).total_seconds() < 3700
    assert said(connection, acme) == ["1", "2"]
    assert connection.execute("select public.resume_due_workflows()").fetchone() == (0,)
    # The workflow is rewritten meanwhile: this run goes on with what it began.
    connection.execute("update public.workflows set steps = '[]' where id = %s", (made,))
    connection.execute("update public.workflow_executions set resume_at = now() where id = %s", (waiting["id"],))
    assert connection.execute("select public.resume_due_workflows()").fetchone() == (1,)
    assert said(connection, acme) == ["1", "2", "3", "4", "5"]
    done = look(connection, waiting["id"])
    assert (done["status"], done["resume_at"]) == ("completed", None)
    assert connection.execute("select public.resume_due_workflows()").fetchone() == (0,)


def test_a_run_whose_workflow_was_switched_off_meanwhile_fails(
    connection: psycopg.Connection, workflow: Workflow, acme: Tenant
) -> None:
    made = workflow({"type": "wait", "seconds": 0}, message("late"))
    waiting = run(connection, made, acme.conversation)
    connection.execute("update public.workflows set is_active = false where id = %s", (made,))
    assert connection.execute("select public.resume_workflow(%s)", (waiting["id"],)).fetchone() == ("failed",)
    assert look(connection, waiting["id"])["error_message"] == "the workflow was switched off while the run waited"
    assert said(connection, acme) == []


def test_an_endless_run_is_ended(connection: psycopg.Connection, workflow: Workflow, acme: Tenant) -> None:
    loop = workflow({**message("again"), "name": "start"}, {"type": "goto", "step": "start"})
    ended = run(connection, loop, acme.conversation)
    assert "100 steps were taken, and it would go on" in ended["error_message"]
    assert len(said(connection, acme)) == 50
    connection.execute(
        "insert into public.system_settings (tenant_id, setting_key, setting_value) values (%s, 'workflow_max_steps', '5')",
        (acme.tenant,),
    )
    assert "5 steps were taken" in run(connection, loop, acme.conversation)["error_message"]
    # Waiting does not begin the count anew.
    patient = workflow({"type": "wait", "seconds": 0, "name": "start"}, {"type": "goto", "step": "start"})
    execution = run(connection, patient, None)["id"]
    while look(connection, execution)["status"] == "paused":
        connection.execute("select public.resume_workflow(%s)", (execution,))
    assert "5 steps were taken" in look(connection, execution)["error_message"]


def test_a_run_without_a_conversation(connection: psycopg.Connection, workflow: Workflow, acme: Tenant) -> None:
    assert run(connection, workflow({"type": "set_context", "key": "a", "value": 1}), None)["status"] == "completed"
    assert run(connection, workflow(), None)["steps_taken"] == 0
    failed = run(connection, workflow(message("x")), None)
    assert failed["error_message"] == "step 0 (send_message): the run has no conversation"


def test_what_is_refused_leaves_no_run(
    connection: psycopg.Connection, workflow: Workflow, acme: Tenant, other: Tenant
) -> None:
    before = connection.execute("select count(*) from public.workflow_executions").fetchone()
    with pytest.raises(errors.NullValueNotAllowed, match="no workflow is named"):
        run(connection, None, acme.conversation)
    with pytest.raises(errors.NoDataFound, match="there is no workflow"):
        run(connection, uuid.uuid4(), acme.conversation)
    with pytest.raises(errors.ObjectNotInPrerequisiteState, match="is not active"):
        run(connection, workflow(active=False), acme.conversation)
    for conversation in (other.conversation, uuid.uuid4()):
        with pytest.raises(errors.NoDataFound, match="there is no conversation"):
            run(connection, workflow(), conversation)
    with pytest.raises(errors.CheckViolation):
        connection.execute("select public.execute_workflow(%s, null, '[]')", (workflow(),))
    assert connection.execute("select count(*) from public.workflow_executions").fetchone() == before


def test_staff_of_the_tenant_run_its_workflows_and_nobody_else(
    connection: psycopg.Connection, workflow: Workflow, acme: Tenant, other: Tenant
) -> None:
    made = workflow({"type": "wait", "seconds": 0}, message("hello"))
    for claims in (acme.claims(acme.user), acme.claims(acme.retired), other.claims(other.admin), None):
        with acting(connection, claims), pytest.raises(errors.NoDataFound, match="there is no workflow"):
            run(connection, made, acme.conversation)
    with acting(connection, None, role="anon"), pytest.raises(errors.InsufficientPrivilege):
        run(connection, made, acme.conversation)
    for role, claims in (("authenticated", acme.claims(acme.agent)), ("service_role", None)):
        with acting(connection, claims, role=role):
            execution = run(connection, made, acme.conversation)["id"]
            assert connection.execute("select public.resume_workflow(%s)", (execution,)).fetchone() == ("completed",)
            with pytest.raises(errors.ObjectNotInPrerequisiteState, match="does not wait: it is completed"):
                connection.execute("select public.resume_workflow(%s)", (execution,))
    waiting = run(connection, made, acme.conversation)["id"]
    with acting(connection, other.claims(other.admin)), pytest.raises(errors.NoDataFound, match="there is no run"):
        connection.execute("select public.resume_workflow(%s)", (waiting,))


def test_the_trail_says_who_ran_a_workflow(connection: psycopg.Connection, workflow: Workflow, acme: Tenant) -> None:
    made = workflow(message("x"))
    run(connection, made, acme.conversation)
    with acting(connection, acme.claims(acme.agent), keep=True):
        asked = run(connection, made, acme.conversation)
    logged = connection.execute(
        "select user_id, changes -> 'execution' ->> 'new' from public.audit_logs where action = 'execute' and entity_id = %s",
        (made,),
    ).fetchall()
    assert logged == [(acme.agent, str(asked["id"]))]


def test_nobody_slips_steps_into_a_waiting_run(
    connection: psycopg.Connection, workflow: Workflow, acme: Tenant
) -> None:
    made = workflow({"type": "wait", "seconds": 0})
    run(connection, made, acme.conversation)
    for statement in (
        "update public.workflow_executions set steps = '[]'",
        "insert into public.workflow_executions (tenant_id, workflow_id, status, steps) values (%(t)s, %(w)s, 'completed', '[]')",
        "insert into public.workflow_executions (tenant_id, workflow_id, status) values (%(t)s, %(w)s, 'paused')",
    ):
        with acting(connection, acme.claims(acme.admin)), pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement.encode(), {"t": acme.tenant, "w": made})


def counts(connection: psycopg.Connection, workflow: uuid.UUID) -> tuple[int, ...]:
    row = connection.execute(
        "select execution_count, success_count, failure_count from public.workflows where id = %s", (workflow,)
    ).fetchone()
    assert row
    return tuple(row)


def test_each_run_is_counted_once(connection: psycopg.Connection, workflow: Workflow, acme: Tenant) -> None:
    """Also rows that come in ended, later updates, and corrections; the platform's own counted every update again."""
    made = workflow({"type": "condition", "if": {"field": "context.bad", "exists": True}, "then": [{"type": "dance"}]})
    run(connection, made, acme.conversation)
    run(connection, made, acme.conversation, bad=1)
    assert counts(connection, made) == (2, 1, 1)
    with acting(connection, acme.claims(acme.agent), keep=True):
        connection.execute(
            "insert into public.workflow_executions (tenant_id, workflow_id, status, error_message, execution_data) "
            "values (%s, %s, 'completed', null, '{\"a\": 1}'), (%s, %s, 'failed', 'x', '{}')",
            (acme.tenant, made) * 2,
        )
    assert counts(connection, made) == (4, 2, 2)
    late = "update public.workflow_executions set {} where workflow_id = %s and status = 'completed'"
    for change in ("context = '{\"late\": 1}'", "status = 'completed'", "completed_at = completed_at"):
        connection.execute(late.format(change).encode(), (made,))
    assert counts(connection, made) == (4, 2, 2)
    connection.execute(late.format("status = 'failed', error_message = 'found out later'").encode(), (made,))
    assert counts(connection, made) == (4, 0, 4)
    with pytest.raises(errors.ObjectNotInPrerequisiteState, match="has ended, and cannot be running again"):
        connection.execute("update public.workflow_executions set status = 'running' where workflow_id = %s", (made,))
    ended = connection.execute(
        "select bool_and(completed_at is not null) from public.workflow_executions where workflow_id = %s", (made,)
    )
    assert ended.fetchone() == (True,)
