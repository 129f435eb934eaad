-- AIAnalytics.knowledgeGaps: items of the knowledge base that helped less than half of the time in 30 days. topic: the
-- item, whose title is the application's; impact: how often it did not help.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    knowledge.knowledge_item_id as topic,
    sum(knowledge.happened_uses) as frequency,
    sum(knowledge.happened_marked_uses - knowledge.happened_helpful_uses) as impact,
    cast(null as text) as "suggestedContent"
from marts.knowledge_daily as knowledge
where
    knowledge.date > (select today.day - 30 from today)
    and knowledge.date <= (select today.day from today)
group by knowledge.knowledge_item_id
having sum(knowledge.happened_helpful_uses) < 0.5 * sum(knowledge.happened_marked_uses)
order by impact desc, frequency desc, topic;
