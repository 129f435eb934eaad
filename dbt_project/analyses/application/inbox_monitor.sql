-- PerformanceMonitor of the inbox: how long the AI took to answer and how much it resolved, of seven days, and public
-- messages of the present local day.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

said as (
    select
        1000 * sum(ai.happened_ai_processing_seconds_total)
        / nullif(sum(ai.happened_ai_processing_count), 0) as response_ms,
        coalesce(sum(ai.happened_ai_processing_count), 0) as sample
    from marts.ai_daily as ai
    where
        ai.date > (select today.day - 7 from today)
        and ai.date <= (select today.day from today)
),

resolved as (
    select
        sum(channels.ai_resolved_conversations) / nullif(sum(channels.resolution_count), 0)
            as by_ai,
        coalesce(sum(channels.happened_messages) filter (
            where channels.date = (select today.day from today)
        ), 0) as messages
    from marts.channel_daily as channels
    where
        channels.date > (select today.day - 7 from today)
        and channels.date <= (select today.day from today)
)

select
    round(said.response_ms) as "avgResponseMs",
    round(resolved.by_ai, 4) as "aiResolutionRate",
    resolved.messages,
    said.sample as "sampleSize"
from said
cross join resolved;
