-- /knowledge and tab AI Performance: uses and effectiveness by category, of 30 days; names of categories are the
-- application's.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    knowledge.category_id as category,
    sum(knowledge.happened_uses) as usage,
    round(
        sum(knowledge.happened_helpful_uses) / nullif(sum(knowledge.happened_marked_uses), 0), 4
    ) as effectiveness,
    sum(knowledge.happened_marked_uses) as "sampleSize"
from marts.knowledge_daily as knowledge
where
    knowledge.date > (select today.day - 30 from today)
    and knowledge.date <= (select today.day from today)
group by knowledge.category_id
order by usage desc, category;
