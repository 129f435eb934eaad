-- Comparison: the last seven whole days with the seven before, by channel. Significance: how many standard errors
-- apart; beyond two it is hardly chance.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

conversations as (
    select
        analytics.channel_type,
        analytics.customer_satisfaction as score,
        analytics.started_on >= (select today.day - 7 from today) as is_present
    from marts.conversation_analytics as analytics
    where
        analytics.started_on >= (select today.day - 14 from today)
        and analytics.started_on < (select today.day from today)
),

counted as (
    select
        conversations.channel_type,
        cast(count(*) filter (where conversations.is_present) as numeric) as present,
        cast(count(*) filter (where not conversations.is_present) as numeric) as past,
        avg(conversations.score) filter (where conversations.is_present) as present_score,
        avg(conversations.score) filter (where not conversations.is_present) as past_score,
        var_samp(conversations.score) filter (where conversations.is_present)
        / nullif(count(conversations.score) filter (where conversations.is_present), 0)
        + var_samp(conversations.score) filter (where not conversations.is_present)
        / nullif(count(conversations.score) filter (where not conversations.is_present), 0)
            as score_variance
    from conversations
    group by conversations.channel_type
)

select
    measured.metric,
    counted.channel_type as channel,
    round(measured.base, 3) as base,
    round(measured.comparison, 3) as comparison,
    round(measured.base - measured.comparison, 3) as difference,
    round((measured.base - measured.comparison) / nullif(sqrt(measured.variance), 0), 3)
        as significance
from counted
cross join lateral (
    values
    ('total_conversations', counted.present, counted.past, counted.present + counted.past),
    (
        'avg_satisfaction_score', counted.present_score, counted.past_score,
        counted.score_variance
    )
) as measured (metric, base, comparison, variance)
order by measured.metric desc, channel;
