"""A schedule that means nothing is refused when it is saved, by the same rule by which it is evaluated.

Belongs here: functions/reports.sql. Not here: which slots a schedule makes (`tests/reports/test_schedules.py`).
"""

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import errors

from reports.errors import ReportError
from reports.schedules import Schedule
from tests.operational_schema.conftest import Tenant

pytestmark = pytest.mark.usefixtures("every_server")

NUMBERS = st.integers(0, 61).map(str)
VALUES = NUMBERS | st.sampled_from(["JAN", "dec", "MON", "sun", "Fri", "L", "LW", "?", "", "00", "5L", "MON#1"])
RANGES = st.tuples(VALUES, VALUES).map("-".join)
TERMS = VALUES | RANGES | st.just("*")
STEPPED = TERMS | st.tuples(TERMS, NUMBERS).map("/".join)
FIELDS = st.lists(STEPPED, min_size=1, max_size=3).map(",".join)
EXPRESSIONS = st.lists(FIELDS, min_size=4, max_size=6).map(" ".join)
# Mostly good ones, too: of a wild mixture nearly all are bad.
LIKELY = st.tuples(
    st.sampled_from(["0", "*/15", "5,35", "10-40/10", "60"]), st.sampled_from(["9", "*", "0-23/2", "24"]),
    st.sampled_from(["*", "1", "31", "30,31", "*/2", "32"]), st.sampled_from(["*", "2", "4-6", "JAN,apr,Jul", "FEB", "13"]),
    st.sampled_from(["*", "MON", "mon-fri", "0", "7", "*/2", "FRI-MON", "8"]),
).map(" ".join)  # fmt: skip


def is_schedule(expression: str) -> bool:
    try:
        Schedule(cron=expression, timezone="UTC")
    except ReportError:
        return False
    return True


def test_saving_and_evaluating_follow_one_rule(connection: psycopg.Connection) -> None:
    @settings(max_examples=600, deadline=None, print_blob=True)
    @given(EXPRESSIONS | LIKELY | st.text(max_size=20))
    def same(expression: str) -> None:
        if "\x00" in expression:
            return
        row = connection.execute("select app.is_cron(%s)", (expression,)).fetchone()
        assert row == (is_schedule(expression),), expression

    same()


@pytest.mark.parametrize("cron", ["61 * * * *", "0 9 * *", "0 0 31 2 *", "@daily", "0 9 * * MONDAY", "", "* * * * * *"])
def test_a_bad_schedule_is_refused_when_saved(cron: str, connection: psycopg.Connection, acme: Tenant) -> None:
    with pytest.raises(errors.CheckViolation, match="no cron expression of five fields"):
        connection.execute("update public.scheduled_reports set schedule_cron = %s", (cron,))


@pytest.mark.parametrize(
    "cron", ["0 9 * * MON", "0 9 1 JAN,APR,JUL,OCT *", "*/5 8-18 * * 1-5", "0 0 29 2 *", "0 0 31 2 MON"]
)
def test_a_good_one_is_saved(cron: str, connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("update public.scheduled_reports set schedule_cron = %s", (cron,))


def test_another_schedule_has_another_next_run(connection: psycopg.Connection, acme: Tenant) -> None:
    connection.execute("update public.scheduled_reports set next_run_at = '2026-01-01'")
    connection.execute("update public.scheduled_reports set name = 'other'")
    assert connection.execute("select next_run_at is null from public.scheduled_reports").fetchone() == (False,)
    connection.execute("update public.scheduled_reports set schedule_cron = '0 10 * * *'")
    assert connection.execute("select next_run_at is null from public.scheduled_reports").fetchone() == (True,)
