-- Operational dashboard, team table (a team is a department): 30 days; a complaint is a rating of 1 or 2.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

departments as (
    select
        daily.department,
        sum(daily.total_conversations) as conversations,
        sum(daily.first_response_seconds_total) / nullif(sum(daily.first_response_count), 0)
            as response,
        sum(daily.resolution_seconds_total) / nullif(sum(daily.resolution_count), 0)
            as resolution,
        sum(daily.ratings_sum) / nullif(sum(daily.total_ratings), 0) as satisfaction,
        sum(daily.resolution_count) / nullif(sum(daily.total_conversations), 0) as resolved
    from marts.department_daily as daily
    where
        daily.date > (select today.day - 30 from today)
        and daily.date <= (select today.day from today)
    group by daily.department
),

complaints as (
    select
        ratings.department,
        sum(ratings.happened_ratings) filter (where ratings.whole_score <= 2)
        / sum(ratings.happened_ratings) as rate
    from marts.csat_distribution as ratings
    where
        ratings.date > (select today.day - 30 from today)
        and ratings.date <= (select today.day from today)
    group by ratings.department
)

select
    departments.department,
    departments.conversations as count,
    round(departments.response, 3) as response,
    round(departments.resolution, 3) as "resolutionTime",
    round(departments.satisfaction, 3) as satisfaction,
    round(departments.resolved, 4) as resolution,
    case when complaints.department is not null then round(coalesce(complaints.rate, 0), 4) end
        as "complaintRate"
from departments
left join complaints on departments.department = complaints.department
order by departments.conversations desc, departments.department;
