-- Pie Satisfaction Distribution of the default dashboard.
-- Shape: rating, label, count, percentage
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    ratings.whole_score as rating,
    case ratings.whole_score
        when 5 then 'Excellent'
        when 4 then 'Good'
        when 3 then 'Average'
        else 'Poor'
    end as label,
    sum(ratings.happened_ratings) as count,
    round(sum(ratings.happened_ratings) / sum(sum(ratings.happened_ratings)) over (), 4)
        as percentage
from marts.csat_distribution as ratings
where
    ratings.date > (select today.day - 7 from today)
    and ratings.date <= (select today.day from today)
group by ratings.whole_score
order by rating desc;
