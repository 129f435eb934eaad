-- /knowledge: effectiveness by week, of the last twelve.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    cast(date_trunc('week', knowledge.date) as date) as week,
    round(
        sum(knowledge.happened_helpful_uses) / nullif(sum(knowledge.happened_marked_uses), 0), 4
    ) as effectiveness,
    sum(knowledge.happened_marked_uses) as "sampleSize"
from marts.knowledge_daily as knowledge
where
    knowledge.date >= (select date_trunc('week', today.day - 77) from today)
    and knowledge.date <= (select today.day from today)
group by week
order by week;
