-- resolutionByType: conversations of 30 days, by how they ended.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    analytics.resolution_type as type,
    count(*) as count,
    round(1.0 * count(*) / sum(count(*)) over (), 4) as percentage
from marts.conversation_analytics as analytics
where
    analytics.started_on > (select today.day - 30 from today)
    and analytics.started_on <= (select today.day from today)
    and analytics.resolution_type is not null
group by analytics.resolution_type
order by count desc, type;
