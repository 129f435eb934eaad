-- conversations-today of the v2 dashboard.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select coalesce(sum(daily.total_conversations), 0) as value
from marts.daily_metrics as daily
where daily.date = (select today.day from today);
