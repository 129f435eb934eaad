-- How long each customer waits for the first answer: of anybody, of an agent, of the AI.
{{ config(materialized='view') }}
select
    messages.tenant_id,
    messages.conversation_id,
    messages.first_customer_at,
    messages.first_response_at,
    messages.first_human_response_at,
    messages.first_ai_response_at,
    {{ ms_between('messages.first_customer_at', 'messages.first_response_at') }}
        as first_response_ms,
    {{ ms_between('messages.first_customer_at', 'messages.first_human_response_at') }}
        as first_human_response_ms,
    {{ ms_between('messages.first_customer_at', 'messages.first_ai_response_at') }}
        as first_ai_response_ms
from {{ ref('int_conversation_messages') }} as messages
where messages.first_customer_at is not null
