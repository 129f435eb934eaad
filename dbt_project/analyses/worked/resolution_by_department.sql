-- How many conversations of a year are resolved, and how long did that take, by department?
-- Shape: department, started, resolved, reopened, mean_hours
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.department,
    sum(daily.total_conversations) as started,
    sum(daily.resolution_count) as resolved,
    sum(daily.reopened_conversations) as reopened,
    round(
        sum(daily.resolution_seconds_total) / nullif(sum(daily.resolution_count), 0) / 3600, 3
    ) as mean_hours
from marts.department_daily as daily
where
    daily.date > (select today.day - 365 from today)
    and daily.date <= (select today.day from today)
group by daily.department
having sum(daily.total_conversations) > 0
order by daily.department;
