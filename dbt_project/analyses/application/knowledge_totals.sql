-- /knowledge: items, uses of 30 days, mean effectiveness, and how many of the items marked are high performing (over
-- 0.8).
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

items as (
    select
        knowledge.knowledge_item_id,
        sum(knowledge.happened_uses) as uses,
        sum(knowledge.happened_helpful_uses) as helpful,
        sum(knowledge.happened_marked_uses) as marked
    from marts.knowledge_daily as knowledge
    where
        knowledge.date > (select today.day - 30 from today)
        and knowledge.date <= (select today.day from today)
    group by knowledge.knowledge_item_id
)

select
    (select count(*) from marts.knowledge_items) as "totalItems",
    coalesce(sum(items.uses), 0) as "totalUsage",
    round(sum(items.helpful) / nullif(sum(items.marked), 0), 4) as "avgEffectiveness",
    count(*) filter (where items.helpful > 0.8 * items.marked) as "highPerforming",
    coalesce(sum(items.marked), 0) as "sampleSize"
from items;
