-- Which ratings were given in the last 90 days, by channel?
-- Shape: channel, score, ratings, share
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    ratings.channel_type as channel,
    ratings.whole_score as score,
    sum(ratings.happened_ratings) as ratings,
    round(
        sum(ratings.happened_ratings)
        / sum(sum(ratings.happened_ratings)) over (partition by ratings.channel_type), 4
    ) as share
from marts.csat_distribution as ratings
where
    ratings.date > (select today.day - 90 from today)
    and ratings.date <= (select today.day from today)
group by ratings.channel_type, ratings.whole_score
order by channel, score;
