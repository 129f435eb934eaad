-- Operational dashboard: the workload of the AI and of agents: messages of the last seven days, and conversations
-- resolved.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

counted as (
    select
        coalesce(sum(daily.happened_ai_messages), 0) as ai_messages,
        coalesce(sum(daily.happened_agent_messages), 0) as agent_messages,
        coalesce(sum(daily.ai_resolved_conversations), 0) as ai_resolved,
        coalesce(sum(daily.human_resolved_conversations), 0) as agent_resolved
    from marts.daily_metrics as daily
    where
        daily.date > (select today.day - 7 from today)
        and daily.date <= (select today.day from today)
)

select
    shares.name as "handledBy",
    shares.messages,
    round(shares.messages / nullif(counted.ai_messages + counted.agent_messages, 0), 4)
        as "messageShare",
    shares.resolved,
    round(shares.resolved / nullif(counted.ai_resolved + counted.agent_resolved, 0), 4)
        as "resolvedShare"
from counted
cross join lateral (
    values
    ('ai', counted.ai_messages, counted.ai_resolved),
    ('human', counted.agent_messages, counted.agent_resolved)
) as shares (name, messages, resolved)
order by shares.name;
