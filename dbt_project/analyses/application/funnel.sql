-- Tab Overview: funnel Conversations, AI Handled, Human Handled, Resolved. Visitors have no source.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

counted as (
    select
        count(*) as conversations,
        count(*) filter (where analytics.ai_messages > 0) as ai_handled,
        count(*) filter (where analytics.agent_messages > 0) as human_handled,
        count(analytics.resolved_at) as resolved
    from marts.conversation_analytics as analytics
    where
        analytics.started_on > (select today.day - 7 from today)
        and analytics.started_on <= (select today.day from today)
)

select
    steps.name as step,
    steps.count,
    round(1.0 * steps.count / nullif(counted.conversations, 0), 4) as "conversionRate",
    round(1 - 1.0 * steps.count / nullif(counted.conversations, 0), 4) as "dropoffRate"
from counted
cross join lateral (
    values
    (1, 'Conversations', counted.conversations), (2, 'AI Handled', counted.ai_handled),
    (3, 'Human Handled', counted.human_handled), (4, 'Resolved', counted.resolved)
) as steps (place, name, count)
order by steps.place;
