-- Which share of the promises to answer and to resolve was kept, by week of the beginning?
-- Shape: week, promise, kept, broken, share_kept
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    cast(date_trunc('week', promises.date) as date) as week,
    promises.sla_type as promise,
    sum(promises.met_conversations) as kept,
    sum(promises.breached_conversations) as broken,
    round(
        sum(promises.met_conversations)
        / nullif(sum(promises.met_conversations) + sum(promises.breached_conversations), 0), 4
    ) as share_kept
from marts.sla_daily as promises
where
    promises.date > (select today.day - 84 from today)
    and promises.date <= (select today.day from today)
group by cast(date_trunc('week', promises.date) as date), promises.sla_type
order by week, promise;
