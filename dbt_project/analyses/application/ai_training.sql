-- /ai-training: accuracy, success (resolved without an agent), satisfaction and hand-offs, by week of the last twelve.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    cast(date_trunc('week', daily.date) as date) as week,
    round(sum(daily.ai_answers_helpful) / nullif(sum(daily.ai_answers_marked), 0), 4) as accuracy,
    round(sum(daily.ai_resolved_conversations) / nullif(sum(daily.resolution_count), 0), 4)
        as "successRate",
    round(sum(daily.ratings_sum) / nullif(sum(daily.total_ratings), 0), 3) as satisfaction,
    round(
        sum(daily.handed_off_conversations) / nullif(sum(daily.total_conversations), 0), 4
    ) as "handoffRate",
    sum(daily.total_conversations) as "sampleSize"
from marts.daily_metrics as daily
where
    daily.date >= (select date_trunc('week', today.day - 77) from today)
    and daily.date <= (select today.day from today)
group by week
order by week;
