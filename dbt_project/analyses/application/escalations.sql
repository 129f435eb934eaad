-- Human agent dashboard: escalations of 30 days, and those still open, of which nobody has the pending ones;
-- activeAgents wrote something today.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

counted as (
    select
        count(*) as total,
        count(analytics.resolved_at) as resolved,
        count(*) filter (where analytics.status = 'escalated' and analytics.agent_id is null)
            as pending,
        count(*) filter (where analytics.status = 'escalated' and analytics.agent_id is not null)
            as active,
        avg(analytics.full_resolution_seconds) / 60 as resolution_minutes
    from marts.conversation_analytics as analytics
    where
        analytics.status = 'escalated'
        or (
            analytics.escalated_seconds > 0
            and analytics.started_on > (select today.day - 30 from today)
        )
),

present as (
    select count(*) as agents
    from marts.agent_daily as agents
    where agents.date = (select today.day from today) and agents.happened_agent_messages > 0
)

select
    counted.total,
    counted.resolved,
    counted.pending,
    counted.active,
    round(1.0 * counted.resolved / nullif(counted.total, 0), 4) as "resolutionRate",
    round(counted.resolution_minutes, 3) as "avgResolutionMinutes",
    present.agents as "activeAgents"
from counted
cross join present;
