-- How long each customer waits for the first answer: of anybody, of an agent, of the AI.
with messages as (
    select public_messages.*
    from {{ ref('int_public_messages') }} as public_messages
    where public_messages.customer_so_far > 0
),

firsts as (
    select
        messages.tenant_id,
        messages.conversation_id,
        min(messages.sent_at) as first_customer_at,
        min(messages.sent_at) filter (where messages.is_reply) as first_response_at,
        min(messages.sent_at) filter (where messages.sender = 'agent') as first_human_response_at,
        min(messages.sent_at) filter (where messages.sender = 'ai') as first_ai_response_at
    from messages
    group by messages.tenant_id, messages.conversation_id
)

select
    firsts.tenant_id,
    firsts.conversation_id,
    firsts.first_customer_at,
    firsts.first_response_at,
    firsts.first_human_response_at,
    firsts.first_ai_response_at,
    {{ ms_between('firsts.first_customer_at', 'firsts.first_response_at') }} as first_response_ms,
    {{ ms_between('firsts.first_customer_at', 'firsts.first_human_response_at') }}
        as first_human_response_ms,
    {{ ms_between('firsts.first_customer_at', 'firsts.first_ai_response_at') }}
        as first_ai_response_ms
from firsts
