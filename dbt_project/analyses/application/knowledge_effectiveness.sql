-- /knowledge: the ten items used most in 30 days, and of the others each gap (helpful less than half of the time) and
-- suggestion (less than 0.7).
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

items as (
    select
        knowledge.knowledge_item_id,
        sum(knowledge.happened_uses) as uses,
        sum(knowledge.happened_marked_uses) as marked,
        sum(knowledge.happened_helpful_uses) / nullif(sum(knowledge.happened_marked_uses), 0)
            as effectiveness
    from marts.knowledge_daily as knowledge
    where
        knowledge.date > (select today.day - 30 from today)
        and knowledge.date <= (select today.day from today)
    group by knowledge.knowledge_item_id
),

ranked as (
    select
        items.*,
        row_number() over (order by items.uses desc, items.knowledge_item_id) as place
    from items
)

select
    ranked.knowledge_item_id as item,
    ranked.uses,
    round(ranked.effectiveness, 4) as effectiveness,
    coalesce(ranked.effectiveness < 0.5, false) as "isGap",
    coalesce(ranked.effectiveness < 0.7, false) as "isSuggestion",
    ranked.marked as "sampleSize"
from ranked
where ranked.place <= 10 or ranked.effectiveness < 0.7
order by ranked.place;
