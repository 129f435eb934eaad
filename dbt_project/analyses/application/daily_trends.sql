-- Monitoring: daily trends of 30 days.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    analytics.started_on as date,
    count(*) as conversations,
    count(*) filter (where analytics.ai_messages > 0) as "aiHandled",
    count(*) filter (where analytics.escalated_seconds > 0) as escalated,
    round(avg(analytics.customer_satisfaction), 3) as satisfaction,
    count(analytics.customer_satisfaction) as "sampleSize"
from marts.conversation_analytics as analytics
where
    analytics.started_on > (select today.day - 30 from today)
    and analytics.started_on <= (select today.day from today)
group by analytics.started_on
order by analytics.started_on;
