-- Human agent dashboard: the escalated conversations of 30 days, the last first; duration: seconds escalated, up to the
-- data; names are the application's.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    analytics.conversation_id as id,
    cast(null as text) as "customerName",
    analytics.channel_type as channel,
    analytics.status,
    analytics.escalated_seconds as duration,
    analytics.customer_satisfaction as satisfaction,
    cast(null as text) as "agentName"
from marts.conversation_analytics as analytics
where
    analytics.escalated_seconds > 0
    and analytics.started_on > (select today.day - 30 from today)
order by analytics.started_at desc, id
limit 10;
