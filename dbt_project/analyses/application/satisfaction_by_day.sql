-- Tab Conversations: satisfaction by day, of seven.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    channels.date as day,
    round(sum(channels.ratings_sum) / sum(channels.total_ratings), 3) as satisfaction,
    sum(channels.total_ratings) as "sampleSize"
from marts.channel_daily as channels
where
    channels.date > (select today.day - 7 from today)
    and channels.date <= (select today.day from today)
    and channels.total_ratings > 0
group by channels.date
order by channels.date;
