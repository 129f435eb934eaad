"""`raw.business_stretches`: the open time of each tenant, kept in step with the hours that have landed.

Belongs here: which tenants need it anew, and the rows. Not here: the computation (`opening_hours.py`). A tenant's rows
are written again when its zone, hours or special days changed, or when its history outgrew them; else nothing is read but
one line per tenant.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import psycopg
from psycopg.types.json import Jsonb

from orchestration.extraction.opening_hours import DAY_MS, Calendar, Stretch, stretches

# Before this year nobody's hours are known; a beginning in the year 1 must not make two thousand years of rows.
EARLIEST_YEAR = 1990
# Full years after the one of the data: what is due later has no due date.
YEARS_AHEAD = 2

CALENDARS = """
    with hours as (
        select schedule.tenant_id, jsonb_object_agg(schedule.valid_from - date '1970-01-01', week.ranges) as weeks
        from raw.tenant_business_schedules as schedule
        cross join lateral (
            select coalesce(jsonb_agg(jsonb_build_array(
                hours.weekday, extract(epoch from hours.opens_at)::int, extract(epoch from hours.closes_at)::int
            ) order by hours.weekday, hours.opens_at, hours.id), '[]') as ranges
            from raw.tenant_business_hours as hours
            where hours.tenant_id = schedule.tenant_id and hours.schedule_id = schedule.id
        ) as week
        where isfinite(schedule.valid_from)
        group by schedule.tenant_id
    ), special as (
        select tenant_id, jsonb_agg(jsonb_build_array(
            day - date '1970-01-01', extract(epoch from opens_at)::int, extract(epoch from closes_at)::int
        ) order by day, opens_at, id) as days
        from raw.tenant_special_days
        where isfinite(day)
        group by tenant_id
    ), stated as (
        select tenant.id as tenant_id, jsonb_build_object(
            'timezone', tenant.timezone, 'weeks', hours.weeks, 'special_days', coalesce(special.days, '[]')
        ) as calendar
        from raw.tenants as tenant
        inner join hours on hours.tenant_id = tenant.id
        left join special on special.tenant_id = tenant.id
    )
    select stated.tenant_id, stated.calendar, first.year
    from stated
    left join lateral (
        select greatest(extract(year from conversation.created_at) - 1, %(earliest)s)::int as year
        from raw.conversations as conversation
        where conversation.tenant_id = stated.tenant_id
            and conversation.created_at > '-infinity' and conversation.created_at < 'infinity'
        order by conversation.created_at
        limit 1
    ) as first on true
    left join ops.business_calendars as known on known.tenant_id = stated.tenant_id
    where (known.digest, known.until_year) is distinct from (md5(stated.calendar::text), %(until)s)
        or first.year < known.since_year
"""

FORGET = """
    with gone as (
        delete from ops.business_calendars as known
        where not exists (
            select from raw.tenant_business_schedules as schedule where schedule.tenant_id = known.tenant_id
        )
        returning known.tenant_id
    )
    delete from raw.business_stretches using gone where business_stretches.tenant_id = gone.tenant_id
"""

KNOW = """
    insert into ops.business_calendars (tenant_id, digest, since_year, until_year)
    values (%(tenant)s, md5(%(calendar)s::jsonb::text), %(since)s, %(until)s)
    on conflict (tenant_id) do update set
        digest = excluded.digest, since_year = excluded.since_year, until_year = excluded.until_year
"""


COPY = "copy raw.business_stretches (tenant_id, day, from_ms, until_ms, opened_ms, open_day) from stdin"


@dataclass(frozen=True)
class Stated:
    """What a tenant says of its hours, and the years for which they are to be known."""

    tenant: uuid.UUID
    calendar: dict[str, Any]
    since_year: int
    until_year: int


def bring_up_to_date(warehouse: psycopg.Connection, *, data_as_of: datetime) -> int:
    """Write the open time of each tenant whose hours changed. Returns how many tenants that were."""
    until = data_as_of.year + YEARS_AHEAD
    warehouse.execute(FORGET)
    rows = warehouse.execute(CALENDARS, {"earliest": EARLIEST_YEAR, "until": until}).fetchall()
    for tenant, calendar, first_year in rows:
        _write(warehouse, Stated(tenant, calendar, min(first_year or data_as_of.year - 1, until - 1), until))
    if rows:
        warehouse.execute("analyze raw.business_stretches")
    return len(rows)


def _write(warehouse: psycopg.Connection, stated: Stated) -> None:
    since, until = (datetime(year, 1, 1, tzinfo=UTC) for year in (stated.since_year, stated.until_year))
    try:
        made = list(stretches(calendar_of(stated.calendar), since=since, until=until))
    except (ZoneInfoNotFoundError, ValueError):
        made = []
    warehouse.execute("insert into ops.touched_tenants values (%s) on conflict do nothing", (stated.tenant,))
    warehouse.execute("delete from raw.business_stretches where tenant_id = %s", (stated.tenant,))
    with warehouse.cursor().copy(COPY) as rows:
        for stretch in made:
            rows.write_row((stated.tenant, *row_of(stretch)))
    warehouse.execute(
        KNOW,
        {
            "tenant": stated.tenant,
            "calendar": Jsonb(stated.calendar),
            "since": stated.since_year,
            "until": stated.until_year,
        },
    )


def row_of(stretch: Stretch) -> tuple[int, int, int, int, int | None]:
    """Day of UTC, begin, end, open time before, and the day's worth of open time that an open stretch belongs to."""
    open_day = stretch.opened_ms // DAY_MS if stretch.is_open else None
    return stretch.from_ms // DAY_MS, stretch.from_ms, stretch.until_ms, stretch.opened_ms, open_day


def calendar_of(stated: dict[str, Any]) -> Calendar:
    """The calendar as `opening_hours.py` takes it."""
    weeks: dict[int, dict[int, list[tuple[int, int]]]] = {}
    for since, ranges in stated["weeks"].items():
        week = weeks.setdefault(int(since), {})
        for weekday, opens, closes in ranges:
            week.setdefault(weekday, []).append((opens, closes))
    special: dict[int, list[tuple[int, int]]] = {}
    for day, opens, closes in stated["special_days"]:
        ranges = special.setdefault(day, [])
        if opens is not None:
            ranges.append((opens, closes))
    return Calendar(stated["timezone"], weeks, special)
