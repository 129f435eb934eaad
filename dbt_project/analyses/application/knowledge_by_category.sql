-- /knowledge and tab AI Performance: uses and effectiveness by category; names of categories are the application's.
-- Shape: category, items, uses, effectiveness, percentage
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    knowledge.category_id as category,
    count(distinct knowledge.knowledge_item_id) as items,
    sum(knowledge.happened_uses) as uses,
    round(
        sum(knowledge.happened_helpful_uses) / nullif(sum(knowledge.happened_marked_uses), 0), 4
    ) as effectiveness,
    round(
        sum(knowledge.happened_uses) / nullif(sum(sum(knowledge.happened_uses)) over (), 0), 4
    ) as percentage
from marts.knowledge_daily as knowledge
where
    knowledge.date > (select today.day - 30 from today)
    and knowledge.date <= (select today.day from today)
group by knowledge.category_id
order by uses desc, category;
