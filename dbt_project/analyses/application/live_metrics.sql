-- LiveMetrics of /analytics/real-time, as of the data: what is open, whenever it began, and what became of the
-- conversations of the last 24 hours; the page itself reads realtime_metrics.
with channels as (
    select
        analytics.channel_type,
        count(*) filter (where analytics.status not in ('resolved', 'closed')) as open,
        count(*) filter (where recent.is_it) as started,
        count(analytics.first_response_seconds) filter (where recent.is_it) as answered,
        sum(analytics.first_response_seconds) filter (where recent.is_it) as answered_after,
        count(analytics.customer_satisfaction) filter (where recent.is_it) as ratings,
        sum(analytics.customer_satisfaction) filter (where recent.is_it) as ratings_sum,
        count(analytics.resolved_by) filter (where recent.is_it) as resolved,
        count(*) filter (where recent.is_it and analytics.resolved_by = 'ai') as by_ai
    from marts.conversation_analytics as analytics
    cross join marts.publication as publication
    cross join lateral (
        select analytics.started_at > publication.data_as_of - interval '24 hours' as is_it
    ) as recent
    where recent.is_it or analytics.status not in ('resolved', 'closed')
    group by analytics.channel_type
)

select
    coalesce(sum(channels.open), 0) as "activeConversations",
    round(sum(channels.answered_after) / nullif(sum(channels.answered), 0), 3) as "avgResponseTime",
    round(sum(channels.ratings_sum) / nullif(sum(channels.ratings), 0), 3) as "satisfactionScore",
    round(sum(channels.by_ai) / nullif(sum(channels.resolved), 0), 4) as "aiResolutionRate",
    cast(null as numeric) as "agentProductivity",
    jsonb_agg(jsonb_build_object(
        'channel', channels.channel_type,
        'activeConversations', channels.open,
        'avgResponseTime', round(channels.answered_after / nullif(channels.answered, 0), 3),
        'satisfactionScore', round(channels.ratings_sum / nullif(channels.ratings, 0), 3),
        'volume', channels.started
    ) order by channels.channel_type) filter (where channels.channel_type is not null)
        as "channelActivity",
    max(publication.data_as_of) as "lastUpdated",
    coalesce(sum(channels.started), 0) as "sampleSize"
from marts.publication as publication
left join channels on true;
