-- Each duration of each conversation of a touched day, by the name of its measure, and its bucket
-- in the histogram.
{{ config(materialized='view') }}
select
    conversations.daily_metrics_id,
    conversations.conversation_id,
    measured.measure,
    measured.duration_seconds,
    {{ duration_bucket('measured.duration_seconds') }} as bucket
from {{ ref('int_conversations_of_days') }} as conversations
cross join
    lateral (
        values
        ('first_response', conversations.first_response_seconds),
        ('first_human_response', conversations.first_human_response_seconds),
        ('first_ai_response', conversations.first_ai_response_seconds),
        ('first_resolution', conversations.first_resolution_seconds),
        ('full_resolution', conversations.full_resolution_seconds),
        ('first_response_business', conversations.first_response_business_seconds),
        ('first_human_response_business', conversations.first_human_response_business_seconds),
        ('full_resolution_business', conversations.full_resolution_business_seconds)
    ) as measured (measure, duration_seconds)
where measured.duration_seconds is not null
