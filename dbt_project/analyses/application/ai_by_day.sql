-- Tab AI Performance: mean confidence and fallbacks by day.
-- Shape: day, confidence, fallbacks, sampleSize
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    ai.date as day,
    round(sum(ai.happened_ai_confidence_sum) / nullif(sum(ai.happened_ai_confidence_count), 0), 4)
        as confidence,
    sum(ai.happened_ai_fallback_messages) as fallbacks,
    sum(ai.happened_ai_confidence_count) as "sampleSize"
from marts.ai_daily as ai
where
    ai.date > (select today.day - 7 from today)
    and ai.date <= (select today.day from today)
group by ai.date
order by ai.date;
