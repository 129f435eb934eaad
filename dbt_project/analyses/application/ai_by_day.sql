-- Tab AI Performance: mean confidence, fallbacks and accuracy by day, of seven; accuracy is the share of marked answers
-- that helped.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

said as (
    select
        ai.date,
        sum(ai.happened_ai_confidence_sum) as confidence_sum,
        sum(ai.happened_ai_confidence_count) as confidence_count,
        sum(ai.happened_ai_fallback_messages) as fallbacks
    from marts.ai_daily as ai
    where
        ai.date > (select today.day - 7 from today)
        and ai.date <= (select today.day from today)
    group by ai.date
),

marked as (
    select
        knowledge.date,
        sum(knowledge.happened_helpful_uses) as helpful,
        sum(knowledge.happened_marked_uses) as marked
    from marts.knowledge_daily as knowledge
    where
        knowledge.date > (select today.day - 7 from today)
        and knowledge.date <= (select today.day from today)
    group by knowledge.date
)

select
    said.date as day,
    round(said.confidence_sum / nullif(said.confidence_count, 0), 4) as confidence,
    said.fallbacks,
    round(marked.helpful / nullif(marked.marked, 0), 4) as accuracy,
    said.confidence_count as "sampleSize"
from said
left join marked on said.date = marked.date
order by said.date;
