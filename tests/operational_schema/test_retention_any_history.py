"""Whatever the past of a tenant: a run deletes what a few lines of Python say, and a dry run says the same before.

Belongs here: the rule for conversations as a property. Not here: single cases (`test_functions_retention.py`).
"""

import uuid
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.operational_schema.conftest import Tenant
from tests.operational_schema.forgetting import landed, old, retain

pytestmark = pytest.mark.usefixtures("every_server")

FIRST = datetime(2022, 1, 1, tzinfo=UTC)
ENDED = ("resolved", "closed", "abandoned")


class Past(NamedTuple):
    """A conversation, by its distance from the boundary."""

    seconds: int
    status: str
    is_held: bool
    has_landed: bool


PASTS = st.builds(
    Past,
    seconds=st.one_of(st.integers(-2, 2), st.integers(-100 * 3600, 100 * 3600)),
    status=st.sampled_from((*ENDED, *ENDED, "active", "pending", "escalated")),
    is_held=st.sampled_from((False, False, False, True)),
    has_landed=st.sampled_from((True, True, True, False)),
)


@given(
    zone=st.sampled_from(
        ("America/New_York", "Europe/Berlin", "America/Havana", "Asia/Kolkata", "Australia/Lord_Howe")
    ),
    days=st.sampled_from((None, 30, 90, 366)),
    as_of=st.integers(0, 4 * 366 * 24 * 3600).map(lambda seconds: FIRST + timedelta(seconds=seconds)),
    pasts=st.lists(PASTS, max_size=8),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_run_deletes_what_is_over_and_nothing_else(
    connection: psycopg.Connection, zone: str, days: int | None, as_of: datetime, pasts: list[Past]
) -> None:
    tenant = _tenant(connection, zone, days)
    here = ZoneInfo(zone)
    first_day = as_of.astimezone(here).date() - timedelta(days=days or 365)
    boundary = datetime.combine(first_day, time(), here).astimezone(UTC)
    keys = {_write(connection, tenant, past, boundary): past for past in pasts if past.has_landed}
    landed(connection)
    keys |= {_write(connection, tenant, past, boundary): past for past in pasts if not past.has_landed}
    goes = {
        key
        for key, past in keys.items()
        if past.seconds < 0 and past.status in ENDED and not past.is_held and past.has_landed
    }
    foreseen = retain(connection, tenant, as_of, dry=True)
    assert foreseen.get(("conversations", None), 0) == len(goes)
    deleted = []
    while count := retain(connection, tenant, as_of, most=2).get(("conversations", None)):
        deleted.append(count)
    assert sum(deleted) == len(goes)
    left = connection.execute("select id from public.conversations where tenant_id = %s", (tenant.tenant,)).fetchall()
    assert {key for (key,) in left} == keys.keys() - goes
    old_enough = sum(past.seconds < 0 for past in pasts)
    kept = sum(rows for (table, reason), rows in foreseen.items() if table == "conversations" and reason)
    assert kept + len(goes) == old_enough, "what stays is counted, each with one reason"


def _tenant(connection: psycopg.Connection, zone: str, days: int | None) -> Tenant:
    tenant = Tenant(f"t{uuid.uuid4().hex[:12]}")
    connection.execute(
        "insert into public.tenants (id, slug, name, timezone) values (%s, %s, 'T', %s)",
        (tenant.tenant, tenant.slug, zone),
    )
    if days:
        connection.execute(
            "insert into public.system_settings (tenant_id, setting_key, setting_value) "
            "values (%s, 'conversation_history_retention', to_jsonb(%s::integer))",
            (tenant.tenant, days),
        )
    return tenant


def _write(connection: psycopg.Connection, tenant: Tenant, past: Past, boundary: datetime) -> uuid.UUID:
    key = old(connection, tenant, boundary + timedelta(seconds=past.seconds), past.status)
    if past.is_held:
        connection.execute(
            "insert into public.legal_holds (tenant_id, conversation_id, reason) values (%s, %s, 'a court')",
            (tenant.tenant, key),
        )
    return key
