-- Which ratings were given in the last 90 days, by channel?
-- Shape: channel, score, ratings, share
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

summed as (
    select
        daily.channel_type,
        sum(daily.happened_ratings_of_1) as of_1,
        sum(daily.happened_ratings_of_2) as of_2,
        sum(daily.happened_ratings_of_3) as of_3,
        sum(daily.happened_ratings_of_4) as of_4,
        sum(daily.happened_ratings_of_5) as of_5
    from marts.channel_daily as daily
    where
        daily.date > (select today.day - 90 from today)
        and daily.date <= (select today.day from today)
    group by daily.channel_type
),

ratings as (
    select
        summed.channel_type,
        given.score,
        given.ratings
    from summed
    cross join
        lateral (
            values
            (1, summed.of_1), (2, summed.of_2), (3, summed.of_3), (4, summed.of_4), (5, summed.of_5)
        ) as given (score, ratings)
)

select
    ratings.channel_type as channel,
    ratings.score,
    ratings.ratings,
    round(
        ratings.ratings / sum(ratings.ratings) over (partition by ratings.channel_type), 4
    ) as share
from ratings
where ratings.ratings > 0
order by channel, score;
