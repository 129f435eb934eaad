"""Which conversations of the warehouse are past, and why older ones are not.

Belongs here: judging them. Not here: moving their rows (`retention_warehouse.py`). A conversation is past when the source has
forgotten it and nothing of it happened in a month that is kept: totals of kept months stay what they were.
"""

import psycopg
from psycopg import sql

from orchestration.lifecycle.retention_periods import Period
from orchestration.publishing.contract import Mart

JUDGED = """
    create temporary table past on commit drop as
    select told.conversation_id as id,
        case
            -- A hold on a customer may be younger than what the source has forgotten of them.
            when %(all_held)s or told.conversation_id = any(%(conversations)s) or landed.customer_key = any(%(customers)s)
                then 'legal hold'
            when forgotten.by_rule then
                case
                    when exists (
                        select from ops.touched_conversations as touched
                        where touched.tenant_id = told.tenant_id and touched.conversation_id = told.conversation_id
                    ) then 'to be built first'
                    when not ({ended}) then 'reaches into a month that is kept'
                end
            when landed.status = 'escalated' then 'escalated'
            when landed.status not in ('resolved', 'closed', 'abandoned') then 'open'
            else 'still at the source'
        end as kept_because
    from facts.conversation_analytics as told
    left join raw.conversations as landed on landed.tenant_id = told.tenant_id and landed.id = told.conversation_id
    cross join lateral (
        select exists (
            select from ops.deleted_rows as gone
            where gone.table_name = 'conversations' and gone.id = told.conversation_id and gone.reason = 'retention'
        ) as by_rule
    ) as forgotten
    where told.tenant_id = %(tenant)s and told.started_on < %(first)s
"""
REASONS = "select kept_because, count(*) from pg_temp.past where kept_because is not null group by 1 order by 1"


def judge(warehouse: psycopg.Connection, period: Period, marts: tuple[Mart, ...]) -> dict[str, int]:
    """Into `past`, the tenant's conversations that may go. Returns how many older ones stay, by reason."""
    reaching = [
        sql.SQL(
            "not exists (select from {} as seen where seen.tenant_id = told.tenant_id "
            "and seen.conversation_id = told.conversation_id and {} >= %(first)s)"
        ).format(mart.table, _latest(days))
        for mart in marts
        if (days := [column.name for column in mart.columns if column.type == "date"])
        and {"tenant_id", "conversation_id"} <= {column.name for column in mart.columns}
    ]
    warehouse.execute(
        sql.SQL(JUDGED).format(ended=sql.SQL(" and ").join(reaching)),
        {
            "tenant": period.tenant_id,
            "first": period.first_day,
            "all_held": period.is_held,
            "customers": period.held_customers,
            "conversations": period.held_conversations,
        },
    )
    stays = {str(reason): int(count) for reason, count in warehouse.execute(REASONS).fetchall()}
    warehouse.execute("delete from pg_temp.past where kept_because is not null")
    return stays


def _latest(days: list[str]) -> sql.Composed:
    return sql.SQL("greatest({})").format(sql.SQL(", ").join(sql.Identifier("seen", day) for day in days))
