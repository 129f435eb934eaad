-- Metric rows of every report: Total Conversations, AI Resolution Rate, Average Satisfaction, Average Response Time.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    coalesce(sum(daily.total_conversations), 0) as total_conversations,
    round(
        sum(daily.ai_resolved_conversations)
        / nullif(sum(daily.resolution_count), 0), 4
    ) as ai_resolution_rate,
    round(sum(daily.ratings_sum) / nullif(sum(daily.total_ratings), 0), 3)
        as avg_satisfaction_score,
    round(
        sum(daily.first_response_seconds_total) / nullif(sum(daily.first_response_count), 0), 3
    ) as avg_response_time_seconds
from marts.daily_metrics as daily
where
    daily.date > (select today.day - 30 from today)
    and daily.date <= (select today.day from today);
