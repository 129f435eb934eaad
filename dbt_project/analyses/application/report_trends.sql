-- Chart of the reports: conversations, those that the AI resolved, and satisfaction, by day of 30.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.date,
    sum(daily.total_conversations) as total_conversations,
    sum(daily.ai_resolved_conversations) as ai_resolved_conversations,
    round(sum(daily.ratings_sum) / nullif(sum(daily.total_ratings), 0), 3)
        as avg_satisfaction_score
from marts.daily_metrics as daily
where
    daily.date > (select today.day - 30 from today)
    and daily.date <= (select today.day from today)
group by daily.date
order by daily.date;
