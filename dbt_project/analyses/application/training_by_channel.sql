-- /training: accuracy of the AI and satisfaction by channel, of 30 days.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.channel_type as channel,
    round(sum(daily.ai_answers_helpful) / nullif(sum(daily.ai_answers_marked), 0), 4) as accuracy,
    round(sum(daily.ratings_sum) / nullif(sum(daily.total_ratings), 0), 3) as satisfaction,
    sum(daily.total_conversations) as "sampleSize"
from marts.daily_metrics as daily
where
    daily.date > (select today.day - 30 from today)
    and daily.date <= (select today.day from today)
group by daily.channel_type
order by daily.channel_type;
