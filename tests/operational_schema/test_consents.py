"""Decisions of customers about their data: the latest holds, none is of tomorrow, and who said no to analytics has no figure."""

import psycopg
import pytest
from psycopg import errors

from operational_schema import migrate
from tests.operational_schema.conftest import Tenant, acting

pytestmark = pytest.mark.usefixtures("every_server")

DECIDES = (
    "insert into public.customer_consents (tenant_id, customer_id, purpose, legal_basis, granted, decided_at) "
    "values (%s, %s, 'analytics', 'consent', %s, now() + %s * interval '1 day')"
)


def test_no_decision_outweighs_those_to_come(connection: psycopg.Connection, acme: Tenant) -> None:
    with acting(connection, acme.claims(acme.agent)):
        connection.execute(DECIDES, (acme.tenant, acme.customer, True, -1))
        with pytest.raises(errors.CheckViolation, match="decided_by_then"), connection.transaction():
            connection.execute(DECIDES, (acme.tenant, acme.customer, True, 365))
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(
                f"{DECIDES.replace('decided_at)', 'decided_at, created_at)')[:-1]}, '2999-01-01')".encode(),
                (acme.tenant, acme.customer, True, 365),
            )


def test_one_that_was_there_is_of_the_day_on_which_it_was_written(
    operational_url: str, connection: psycopg.Connection, acme: Tenant
) -> None:
    migrate.down(operational_url, "012", force=True)
    connection.execute(DECIDES, (acme.tenant, acme.customer, False, 365))
    migrate.up(operational_url)
    rows = connection.execute(
        "select count(*) from public.customer_consents where decided_at = created_at and not granted"
    )
    assert rows.fetchall() == [(1,)]


def _satisfaction(connection: psycopg.Connection, customer: object) -> list[tuple[float | None, int]]:
    return connection.execute(
        "select avg_satisfaction::float, total_conversations from public.customer_profiles where id = %s", (customer,)
    ).fetchall()


def test_whoever_says_no_to_analytics_has_no_figure_of_their_own(
    connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    connection.execute("update public.conversations set satisfaction_score = 4")
    ((_, many),) = before = _satisfaction(connection, acme.customer)
    assert before == [(4, many)] and many > 0
    with acting(connection, acme.claims(acme.agent), keep=True):
        connection.execute(DECIDES, (acme.tenant, acme.customer, False, 0))
    assert _satisfaction(connection, acme.customer) == [(None, many)]
    assert _satisfaction(connection, other.customer)[0][0] == 4
    connection.execute("update public.conversations set satisfaction_score = 2")
    assert _satisfaction(connection, acme.customer) == [(None, many)]
    assert _satisfaction(connection, other.customer)[0][0] == 2
    connection.execute(DECIDES, (acme.tenant, acme.customer, True, 0))
    assert _satisfaction(connection, acme.customer) == [(2, many)]


def test_the_latest_decision_about_that_purpose_holds(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("update public.conversations set satisfaction_score = 4")
    connection.execute(DECIDES, (acme.tenant, acme.customer, False, -9))
    connection.execute(DECIDES.replace("analytics", "marketing"), (acme.tenant, acme.customer, False, 0))
    assert _satisfaction(connection, acme.customer)[0][0] == 4, "the yes of the fixture is of today"
    said = "select app.latest_consent(%s, %s, %s)"
    for purpose, answer in (("analytics", True), ("marketing", False), ("functional", None)):
        with acting(connection, None, role="service_role"):
            row = connection.execute(said, (acme.tenant, acme.customer, purpose)).fetchone()
        assert row == (answer,)
    for change, score in (
        ("update public.customer_consents set granted = not granted where purpose = 'analytics'", None),
        ("update public.customer_consents set granted = not granted where purpose = 'analytics'", 4),
        ("delete from public.customer_consents where granted", None),
    ):
        connection.execute(change.encode())
        assert _satisfaction(connection, acme.customer)[0][0] == score


def test_those_who_had_said_no_before_lose_theirs_and_get_it_back_with_the_rollback(
    operational_url: str, connection: psycopg.Connection, acme: Tenant, other: Tenant
) -> None:
    connection.execute("update public.conversations set satisfaction_score = 4")
    connection.execute(DECIDES, (acme.tenant, acme.customer, False, 0))
    migrate.down(operational_url, "042", force=True)
    assert _satisfaction(connection, acme.customer)[0][0] == 4
    migrate.up(operational_url)
    assert _satisfaction(connection, acme.customer)[0][0] is None
    assert _satisfaction(connection, other.customer)[0][0] == 4
