"""How long what is kept, in the lifecycle report: tables, files, and copies.

Belongs here: the periods in force of a tenant. Not here: what was forgotten by them (`report.py`), and the rules themselves
(`operational_schema/functions/retention.sql`).
"""

from collections.abc import Iterator
from uuid import UUID

import psycopg

from orchestration.lifecycle.report_section import Section, instant

# Of a setting that is no number of days, the rules take no notice.
SET = """
    left join lateral (
        select setting.setting_value #>> '{}' || ' days, as the tenant has set' as days
        from public.system_settings as setting
        where setting.tenant_id = %(tenant)s and setting.setting_key = rule.setting_key
            and setting.setting_value #>> '{}' ~ '^[1-9][0-9]{0,5}$'
    ) as setting on true
"""
TABLES = f"""
    select rule.table_name, rule.age is not null as has_age, rule.goes_with,
        case
            when rule.age is null then null
            when rule.period is null then 'by its own expiry'
            else coalesce(setting.days, replace(rule.period::text, ' 00:00:00', ''))
        end as kept_for,
        case when rule.age is not null then
            app.retention_cutoff(%(tenant)s, rule.setting_key, rule.period, now())
        end as cutoff
    from app.retention_rules() as rule
    {SET}
    order by rule.age is null, rule.table_name
"""  # noqa: S608 (constants)
FILES = f"""
    select rule.kind, coalesce(setting.days, replace(rule.period::text, ' 00:00:00', '')), rule.older_than, rule.goes_with
    from app.file_rules(%(tenant)s) as rule
    {SET}
    order by rule.kind
"""  # noqa: S608 (constants)
BACKUPS = ("backups, replicas, the write-ahead log", "a period of their own", "–", "whoever takes them")


def sections(source: psycopg.Connection, tenant: UUID) -> Iterator[Section]:
    """Tables with a period and without one, and what lies outside of the database."""
    found = source.execute(TABLES, {"tenant": tenant}).fetchall()
    yield Section(
        "Periods in force",
        ("table", "kept for", "older goes now"),
        [(table, kept, instant(cutoff)) for table, has_age, _, kept, cutoff in found if has_age],
        "no rule",
    )
    yield Section(
        "Without a period of their own",
        ("table", "kept with, or why"),
        [(table, goes_with) for table, has_age, goes_with, _, _ in found if not has_age],
        "no table",
    )
    files = [
        (kind, kept, instant(cutoff), goes_with or "–")
        for kind, kept, cutoff, goes_with in source.execute(FILES, {"tenant": tenant}).fetchall()
    ]
    yield Section(
        "Files and copies", ("what", "kept for", "older goes now", "goes with, or how"), [*files, BACKUPS], "none"
    )
