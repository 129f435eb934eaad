-- CustomerJourney.satisfactionJourney: by the day on which the rated conversations of 30 days began; touchpoint: who
-- had answered.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

rated as (
    select
        analytics.started_on,
        analytics.channel_type,
        analytics.customer_satisfaction,
        case
            when analytics.agent_messages > 0 and analytics.ai_messages > 0 then 'ai and agent'
            when analytics.agent_messages > 0 then 'agent'
            when analytics.ai_messages > 0 then 'ai'
            else 'nobody'
        end as touchpoint
    from marts.conversation_analytics as analytics
    where
        analytics.started_on > (select today.day - 30 from today)
        and analytics.started_on <= (select today.day from today)
        and analytics.customer_satisfaction is not null
)

select
    rated.started_on as "timestamp",
    round(avg(rated.customer_satisfaction), 3) as score,
    rated.touchpoint,
    rated.channel_type as channel,
    count(*) as "sampleSize"
from rated
group by rated.started_on, rated.touchpoint, rated.channel_type
order by rated.started_on, rated.channel_type, rated.touchpoint;
