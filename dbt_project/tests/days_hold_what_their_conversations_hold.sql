-- A day is the sum of its conversations, touched in this build or not, by start and by what
-- happened. Each kind for itself: a lost message must not make up for a rating counted twice.
{{ config(meta={'dagster': {'ref': {'name': 'daily_metrics'}}}) }}
with counted as (
    select
        daily.daily_metrics_id,
        daily.total_messages,
        daily.total_ratings,
        daily.resolution_count,
        daily.happened_customer_messages + daily.happened_ai_messages
        + daily.happened_agent_messages + daily.happened_system_messages
        + daily.happened_unknown_messages as happened_messages,
        daily.happened_ratings,
        daily.happened_resolutions
    from {{ ref('daily_metrics') }} as daily
    union all
    select
        started.daily_metrics_id,
        -1 * started.total_messages as total_messages,
        -1 * cast(started.customer_satisfaction is not null as integer) as total_ratings,
        -1 * cast(started.full_resolution_seconds is not null as integer) as resolution_count,
        0 as happened_messages,
        0 as happened_ratings,
        0 as happened_resolutions
    from {{ ref('int_conversations_of_days') }} as started
    union all
    select
        happened.daily_metrics_id,
        0 as total_messages,
        0 as total_ratings,
        0 as resolution_count,
        -1 * (
            happened.customer_messages + happened.ai_messages + happened.agent_messages
            + happened.system_messages + happened.unknown_messages
        ) as happened_messages,
        -1 * happened.ratings as happened_ratings,
        -1 * happened.resolutions as happened_resolutions
    from {{ ref('int_happenings_of_days') }} as happened
),

kinds as (
    select
        counted.daily_metrics_id,
        sum(counted.total_messages) as total_messages,
        sum(counted.total_ratings) as total_ratings,
        sum(counted.resolution_count) as resolution_count,
        sum(counted.happened_messages) as happened_messages,
        sum(counted.happened_ratings) as happened_ratings,
        sum(counted.happened_resolutions) as happened_resolutions
    from counted
    group by counted.daily_metrics_id
)

select kinds.*
from kinds
where
    (
        kinds.total_messages, kinds.total_ratings, kinds.resolution_count,
        kinds.happened_messages, kinds.happened_ratings, kinds.happened_resolutions
    ) <> (0, 0, 0, 0, 0, 0)
