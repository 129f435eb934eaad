-- Live alerts of /analytics/real-time, by the application's four rules over LiveMetrics: mean response over 60 seconds
-- (over 120 high), more than 20 open, satisfaction under 3.0, AI resolution under 0.6.
with live as (
    select
        count(*) filter (where analytics.status not in ('resolved', 'closed')) as open,
        avg(analytics.first_response_seconds) filter (where recent.is_it) as response,
        avg(analytics.customer_satisfaction) filter (where recent.is_it) as satisfaction,
        1.0 * count(*) filter (where recent.is_it and analytics.resolved_by = 'ai')
        / nullif(count(analytics.resolved_by) filter (where recent.is_it), 0) as by_ai
    from marts.conversation_analytics as analytics
    cross join marts.publication as publication
    cross join lateral (
        select analytics.started_at > publication.data_as_of - interval '24 hours' as is_it
    ) as recent
    where recent.is_it or analytics.status not in ('resolved', 'closed')
)

select
    rules.type,
    rules.severity,
    rules.title,
    concat(rules.told, ' ', round(rules.value, 2)) as message,
    publication.data_as_of as "timestamp",
    rules.severity <> 'low' as "actionRequired"
from live
cross join marts.publication as publication
cross join lateral (
    values
    (
        live.response > 60, 'warning', case when live.response > 120 then 'high' else 'medium' end,
        'Slow responses', 'Mean seconds to the first response:', live.response
    ),
    (
        live.open > 20, 'error', 'high', 'Many open conversations', 'Open conversations:',
        live.open
    ),
    (
        live.satisfaction < 3.0, 'warning', 'medium', 'Low satisfaction', 'Mean rating:',
        live.satisfaction
    ),
    (
        live.by_ai < 0.6, 'info', 'low', 'The AI resolves few', 'Share resolved by the AI:',
        live.by_ai
    )
) as rules (holds, type, severity, title, told, value)
where rules.holds
order by rules.type, rules.title;
