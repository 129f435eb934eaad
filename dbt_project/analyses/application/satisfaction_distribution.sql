-- Pie Satisfaction Distribution of the default dashboard: Excellent 5, Good 4, Average 3, Poor 1 and 2, of seven days.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

given as (
    select
        ratings.whole_score,
        sum(ratings.happened_ratings) as count
    from marts.csat_distribution as ratings
    where
        ratings.date > (select today.day - 7 from today)
        and ratings.date <= (select today.day from today)
    group by ratings.whole_score
)

select
    slices.name as rating,
    coalesce(sum(given.count), 0) as count,
    round(coalesce(sum(given.count), 0) / nullif(sum(sum(given.count)) over (), 0), 4) as percentage
from (
    values ('Excellent', 5, 5), ('Good', 4, 4), ('Average', 3, 3), ('Poor', 1, 2)
) as slices (name, from_score, to_score)
left join given on given.whole_score >= slices.from_score and given.whole_score <= slices.to_score
group by slices.name, slices.from_score
order by slices.from_score desc;
