-- AIAnalytics.accuracyTrends: share of the AI's answers marked helpful.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.date as "timestamp",
    round(sum(daily.ai_answers_helpful) / nullif(sum(daily.ai_answers_marked), 0), 4) as accuracy,
    sum(daily.ai_answers_marked) as "sampleSize"
from marts.daily_metrics as daily
where
    daily.date > (select today.day - 30 from today)
    and daily.date <= (select today.day from today)
group by daily.date
order by daily.date;
