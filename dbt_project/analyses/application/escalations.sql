-- Human agent dashboard: escalations of 30 days, and those still open: nobody has the pending ones, and oldestHours is
-- since when the oldest has been escalated.
-- Shape: total, resolved, pending, active, oldestHours, resolutionRate, avgResolutionMinutes
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    count(*) as total,
    count(analytics.resolved_at) as resolved,
    count(*) filter (where analytics.status = 'escalated' and analytics.agent_id is null)
        as pending,
    count(*) filter (where analytics.status = 'escalated' and analytics.agent_id is not null)
        as active,
    round(extract(epoch from max(publication.data_as_of - analytics.running_since) filter (
        where analytics.status = 'escalated'
    )) / 3600, 3) as "oldestHours",
    round(1.0 * count(analytics.resolved_at) / nullif(count(*), 0), 4) as "resolutionRate",
    round(avg(analytics.full_resolution_seconds) / 60, 3) as "avgResolutionMinutes"
from marts.conversation_analytics as analytics
cross join marts.publication as publication
where
    analytics.status = 'escalated'
    or (
        analytics.escalated_seconds > 0
        and analytics.started_on > (select today.day - 30 from today)
    );
