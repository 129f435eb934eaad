-- The days of a channel, a department and an agent that the touched conversations belong to now, or
-- did when they were published last: those of the past have to give them back.
{{ config(materialized='table', indexes=[{'columns': ['daily_metrics_id'], 'unique': true}]) }}
select
    conversations.daily_metrics_id,
    conversations.tenant_id,
    conversations.started_on as day
from {{ ref('int_conversations_described') }} as conversations
union
select
    happened.daily_metrics_id,
    happened.tenant_id,
    happened.day
from {{ ref('int_conversation_days') }} as happened
union
select
    published.daily_metrics_id,
    published.tenant_id,
    published.started_on as day
from {{ ref('stg_working_set') }} as touched
inner join {{ ref('stg_published_conversations') }} as published
    on touched.tenant_id = published.tenant_id
    and touched.conversation_id = published.conversation_id
union
select
    published.daily_metrics_id,
    published.tenant_id,
    published.date as day
from {{ ref('stg_working_set') }} as touched
inner join {{ ref('stg_published_conversation_days') }} as published
    on touched.tenant_id = published.tenant_id
    and touched.conversation_id = published.conversation_id
union
select
    days_asked_for.daily_metrics_id,
    days_asked_for.tenant_id,
    days_asked_for.day
from {{ ref('stg_days_asked_for') }} as days_asked_for
