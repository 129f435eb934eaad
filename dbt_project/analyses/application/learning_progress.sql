-- AIAnalytics.learningProgress: the AI in the last 30 days and in the 30 before. A handoff_rate improves as it falls:
-- its improvement is negative then.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

periods as (
    select
        measured.is_after,
        sum(measured.helpful) / nullif(sum(measured.marked), 0) as accuracy,
        sum(measured.sure) / nullif(sum(measured.sure_count), 0) as confidence,
        sum(measured.by_ai) / nullif(sum(measured.resolved), 0) as resolved_by_ai,
        sum(measured.handed_off) / nullif(sum(measured.started), 0) as handed_off
    from (
        select
            daily.date > (select today.day - 30 from today) as is_after,
            daily.ai_answers_helpful as helpful,
            daily.ai_answers_marked as marked,
            daily.ai_confidence_sum as sure,
            daily.ai_confidence_count as sure_count,
            daily.ai_resolved_conversations as by_ai,
            daily.resolution_count as resolved,
            daily.handed_off_conversations as handed_off,
            daily.total_conversations as started
        from marts.daily_metrics as daily
        where
            daily.date > (select today.day - 60 from today)
            and daily.date <= (select today.day from today)
    ) as measured
    group by measured.is_after
)

select
    measures.metric,
    round(max(measures.value) filter (where not periods.is_after), 4) as "beforeValue",
    round(max(measures.value) filter (where periods.is_after), 4) as "afterValue",
    round(
        max(measures.value) filter (where periods.is_after)
        - max(measures.value) filter (where not periods.is_after), 4
    ) as improvement,
    '30 days' as timeframe
from periods
cross join lateral (
    values
    ('accuracy', periods.accuracy), ('confidence', periods.confidence),
    ('resolution_rate', periods.resolved_by_ai), ('handoff_rate', periods.handed_off)
) as measures (metric, value)
group by measures.metric
order by measures.metric;
