-- How much does the AI say, how sure is it, and how often does it fall back, by week?
-- Shape: week, messages, mean_confidence, fallbacks
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    cast(date_trunc('week', ai.date) as date) as week,
    sum(ai.happened_ai_messages) as messages,
    round(
        sum(ai.happened_ai_confidence_sum) / nullif(sum(ai.happened_ai_confidence_count), 0), 4
    ) as mean_confidence,
    sum(ai.happened_ai_fallback_messages) as fallbacks
from marts.ai_daily as ai
where
    ai.date > (select today.day - 84 from today)
    and ai.date <= (select today.day from today)
group by cast(date_trunc('week', ai.date) as date)
having sum(ai.happened_ai_messages) > 0
order by week;
