-- AIAnalytics.handoffReasons; monitoring's top escalation reasons.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    analytics.handoff_reason as reason,
    count(*) as count,
    round(1.0 * count(*) / sum(count(*)) over (), 4) as percentage,
    round(avg(analytics.full_resolution_seconds), 3) as "avgResolutionTime"
from marts.conversation_analytics as analytics
where
    analytics.started_on > (select today.day - 30 from today)
    and analytics.started_on <= (select today.day from today)
    and analytics.handoff_count > 0
group by analytics.handoff_reason
order by count desc, reason;
