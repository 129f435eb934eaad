-- A day is the sum of its conversations, touched in this build or not, by start and by what
-- happened.
{{ config(meta={'dagster': {'ref': {'name': 'daily_metrics'}}}) }}
with counted as (
    select
        daily.daily_metrics_id,
        daily.customer_messages + daily.ai_messages + daily.agent_messages as by_start,
        daily.happened_customer_messages + daily.happened_ai_messages
        + daily.happened_agent_messages + daily.happened_resolutions as by_happening
    from {{ ref('daily_metrics') }} as daily
    union all
    select
        started.daily_metrics_id,
        -1 * (started.customer_messages + started.ai_messages + started.agent_messages)
            as by_start,
        0 as by_happening
    from {{ ref('int_conversations_of_days') }} as started
    union all
    select
        happened.daily_metrics_id,
        0 as by_start,
        -1 * (
            happened.customer_messages + happened.ai_messages + happened.agent_messages
            + happened.resolutions
        ) as by_happening
    from {{ ref('int_happenings_of_days') }} as happened
)

select
    counted.daily_metrics_id,
    sum(counted.by_start) as by_start,
    sum(counted.by_happening) as by_happening
from counted
group by counted.daily_metrics_id
having sum(counted.by_start) <> 0 or sum(counted.by_happening) <> 0
