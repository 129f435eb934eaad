"""Scheduled reports of the demonstration: one a tenant.

Belongs here: their rows. Not here: what a report is (`reports/`).
"""

import psycopg

from operational_schema.demo_tenants import KINDS


def add_demo_reports(url: str) -> int:
    """Give each named synthetic tenant that has none a daily report at nine, local time. Returns how many were added."""
    with psycopg.connect(url) as connection:
        done = connection.execute(
            """
            insert into public.scheduled_reports (
                tenant_id, slug, name, report_type, schedule_cron, timezone, recipients, format, additional_formats
            )
            select
                tenant.id, 'daily-performance', 'Daily performance', 'performance', '0 9 * * *', tenant.timezone,
                array['support-lead@' || lower(tenant.slug) || '.example'], 'pdf', array['excel']
            from public.tenants as tenant
            where tenant.slug = any(%s)
                and not exists (select 1 from public.scheduled_reports as report where report.tenant_id = tenant.id)
            """,
            ([kind.slug for kind in KINDS],),
        )
        connection.execute(
            """
            insert into public.system_settings (tenant_id, setting_key, setting_value)
            select tenant.id, 'report_allowed_domains', jsonb_build_array(lower(tenant.slug) || '.example')
            from public.tenants as tenant
            where tenant.slug = any(%s)
            on conflict (tenant_id, setting_key) do nothing
            """,
            ([kind.slug for kind in KINDS],),
        )
        return done.rowcount
