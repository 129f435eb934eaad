-- Line Conversations Trend of the default dashboard.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.date as "timestamp",
    sum(daily.total_conversations) as total_conversations
from marts.daily_metrics as daily
where
    daily.date > (select today.day - 7 from today)
    and daily.date <= (select today.day from today)
group by daily.date
order by daily.date;
