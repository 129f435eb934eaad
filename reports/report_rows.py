"""The reports that tenants have asked for: rows of scheduled_reports.

Belongs here: reading them, and finding one by the name that a person types. Not here: what they say (`document.py`), and what was
sent (`ledger.py`).
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from reports.errors import ReportError
from reports.schedules import Schedule

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class ReportRow:
    """A row of scheduled_reports, with the tenant's name and slug, and what its agents are called, by key."""

    id: UUID
    tenant_id: UUID
    tenant_slug: str
    tenant_name: str
    tenant_timezone: str
    slug: str
    name: str
    description: str | None
    report_type: str
    template: str
    cron: str
    timezone: str
    recipients: list[str]
    formats: list[str]
    filters: Any
    branding: Any
    agents: dict[str, str]
    last_run_at: datetime | None
    next_run_at: datetime | None
    updated_at: datetime
    catch_up: str
    catch_up_limit: int
    when_stale: str
    stale_after: timedelta

    @property
    def key(self) -> str:
        """The report's name among all tenants: `tenant/report`."""
        return f"{self.tenant_slug}/{self.slug}"

    @property
    def made_of(self) -> str:
        """Fingerprint of whose it is, and of everything in the row that a rendered report shows."""
        choices = (
            str(self.tenant_id), str(self.id), self.tenant_timezone, self.tenant_name,
            self.name, self.description, self.report_type, self.template, self.cron, self.timezone,
            self.formats, self.filters, self.branding,
        )  # fmt: skip
        return hashlib.sha256(json.dumps(choices, sort_keys=True).encode()).hexdigest()

    @property
    def schedule(self) -> Schedule:
        """When it is due. Raises ReportError for a row whose cron or zone cannot be evaluated."""
        return Schedule(cron=self.cron, timezone=self.timezone)


def active_reports(operational: Connection, *, report_type: str | None = None) -> list[ReportRow]:
    """Every active report of every active tenant; with a type, those of it only."""
    with operational.cursor(row_factory=class_row(ReportRow)) as cursor:
        return cursor.execute(
            """
            select
                report.id, report.tenant_id, tenant.slug as tenant_slug, tenant.name as tenant_name,
                tenant.timezone as tenant_timezone, report.slug,
                report.name, report.description, report.report_type, report.template,
                report.schedule_cron as cron, report.timezone,
                array_remove(report.recipients, null) as recipients,
                array_prepend(report.format, report.additional_formats) as formats, report.filters,
                report.last_run_at, report.next_run_at, report.updated_at, report.catch_up, report.catch_up_limit,
                report.when_stale, make_interval(mins => report.stale_after_minutes) as stale_after,
                (
                    select setting.setting_value from public.system_settings as setting
                    where setting.tenant_id = report.tenant_id and setting.setting_key = 'report_branding'
                ) as branding,
                (
                    select coalesce(jsonb_object_agg(person.id, person.full_name), '{}') from public.profiles as person
                    where person.tenant_id = report.tenant_id and person.role in ('admin', 'agent')
                        and btrim(person.full_name) <> ''
                ) as agents
            from public.scheduled_reports as report
            inner join public.tenants as tenant on tenant.id = report.tenant_id
            where report.is_active and tenant.status = 'active'
                and (%(report_type)s::text is null or report.report_type = %(report_type)s)
            order by tenant.slug, report.slug
            """,
            {"report_type": report_type},
        ).fetchall()


def find(reports: list[ReportRow], slug: str) -> ReportRow:
    """By `tenant/report`, by a report's slug that only one has, or by the slug of a tenant that has only one."""
    found = [report for report in reports if slug in (report.key, report.slug, report.tenant_slug)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(report.key for report in reports) or "none"
    raise ReportError(f'"{slug}" names {len(found)} reports: name one of {known}')
