-- Monitoring of the chat: conversations of 30 days; meanResponseMs: to the first response.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    count(*) as total,
    count(*) filter (where analytics.ai_messages > 0) as "aiHandled",
    count(*) filter (where analytics.escalated_seconds > 0) as escalated,
    count(*) filter (where analytics.resolved_by = 'abandoned' or analytics.is_abandoned)
        as abandoned,
    round(
        1.0 * count(*) filter (where analytics.resolved_by = 'ai')
        / nullif(count(analytics.resolved_by), 0), 4
    ) as "aiSuccessRate",
    round(1000 * avg(analytics.first_response_seconds)) as "meanResponseMs",
    round(avg(analytics.customer_satisfaction), 3) as "meanSatisfaction"
from marts.conversation_analytics as analytics
where
    analytics.started_on > (select today.day - 30 from today)
    and analytics.started_on <= (select today.day from today);
