"""Decisions of customers about their data: the latest holds, and none is of tomorrow."""

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
