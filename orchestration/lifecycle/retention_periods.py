"""How long the warehouse keeps what it has: whole months of each tenant, by its rule, its settings and its calendar.

Belongs here: from which day on. Not here: what leaves (`retention_warehouse.py`), and the source's rules
(`operational_schema/functions/retention.sql`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from psycopg.rows import class_row

from orchestration.databases import connect


@dataclass(frozen=True)
class Period:
    """Of one tenant: the first day of the first month that is kept, the instant at which it begins there, how few are few,

    what is under a hold: all of it, customers, by pseudonym, of whom everything is kept, and conversations.
    """

    tenant_id: UUID
    slug: str
    first_day: date
    begins_at: datetime
    as_of: datetime
    small_group_size: int
    is_held: bool
    held_customers: list[UUID]
    held_conversations: list[UUID]


def periods(operational_url: str, as_of: date | None = None, *, pseudonym_key: str) -> list[Period]:
    """What is kept of each tenant; of those under a legal hold everything is."""
    with connect(operational_url) as source, source.cursor(row_factory=class_row(Period)) as cursor:
        source.execute("select set_config('etl.pseudonym_key', %s, false)", (pseudonym_key,))
        return cursor.execute(
            """
            select
                kept.id as tenant_id, kept.slug, kept.first_day::date as first_day, kept.as_of,
                app.day_begins(kept.first_day, kept.timezone) as begins_at,
                app.small_group_size(kept.id) as small_group_size,
                array(
                    select etl.pseudonym(hold.tenant_id, hold.customer_id) from public.legal_holds as hold
                    where hold.tenant_id = kept.id and hold.customer_id is not null and hold.released_at is null
                        and coalesce(hold.expires_at > least(kept.as_of, now()), true)
                ) as held_customers,
                array(
                    select hold.conversation_id from public.legal_holds as hold
                    where hold.tenant_id = kept.id and hold.conversation_id is not null and hold.released_at is null
                        and coalesce(hold.expires_at > least(kept.as_of, now()), true)
                ) as held_conversations,
                app.hold_on_customer(kept.id, null, least(kept.as_of, now())) is not null as is_held
            from (
                select
                    tenant.id, tenant.slug, tenant.timezone, run.as_of,
                    date_trunc('month', app.retention_cutoff(tenant.id, rule.setting_key, rule.period, run.as_of)
                        at time zone tenant.timezone) as first_day
                from public.tenants as tenant
                inner join app.retention_rules() as rule on rule.table_name = 'conversation_analytics'
                cross join lateral (
                    select coalesce(app.day_begins(%(as_of)s::date::timestamp, tenant.timezone), now()) as as_of
                ) as run
            ) as kept
            order by kept.slug
            """,
            {"as_of": as_of},
        ).fetchall()
