-- Satisfaction: ratings given in 30 days, their mean, complaints (1 or 2), and how many to follow up: the same.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    round(sum(ratings.happened_ratings_sum) / nullif(sum(ratings.happened_ratings), 0), 3)
        as average,
    coalesce(sum(ratings.happened_ratings), 0) as responses,
    round(
        coalesce(sum(ratings.happened_ratings) filter (where ratings.whole_score <= 2), 0)
        / nullif(sum(ratings.happened_ratings), 0), 4
    ) as "complaintRate",
    coalesce(sum(ratings.happened_ratings) filter (where ratings.whole_score <= 2), 0)
        as "followUpRequired"
from marts.csat_distribution as ratings
where
    ratings.date > (select today.day - 30 from today)
    and ratings.date <= (select today.day from today);
