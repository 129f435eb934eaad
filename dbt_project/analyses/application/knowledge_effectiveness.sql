-- /knowledge: uses and effectiveness of items, and the gaps: used, and helpful less than half of the time.
-- Shape: knowledgeItem, category, uses, effectiveness, isGap
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    knowledge.knowledge_item_id as "knowledgeItem",
    knowledge.category_id as category,
    sum(knowledge.happened_uses) as uses,
    round(sum(knowledge.happened_helpful_uses) / nullif(sum(knowledge.happened_marked_uses), 0), 4)
        as effectiveness,
    sum(knowledge.happened_helpful_uses) < 0.5 * sum(knowledge.happened_marked_uses) as "isGap"
from marts.knowledge_daily as knowledge
where
    knowledge.date > (select today.day - 30 from today)
    and knowledge.date <= (select today.day from today)
group by knowledge.knowledge_item_id, knowledge.category_id
order by uses desc, "knowledgeItem"
limit 10;
