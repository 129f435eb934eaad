-- How long each customer waits for the first answer: of anybody, of an agent, of the AI.
with messages as (
    select
        public_messages.*,
        min(case when public_messages.sender = 'customer' then public_messages.place end) over (
            partition by public_messages.tenant_id, public_messages.conversation_id
        ) as first_customer_place
    from {{ ref('int_public_messages') }} as public_messages
),

firsts as (
    select
        messages.tenant_id,
        messages.conversation_id,
        min(messages.sent_at) filter (where messages.place = messages.first_customer_place)
            as first_customer_at,
        min(messages.sent_at) filter (
            where messages.is_reply and messages.place > messages.first_customer_place
        ) as first_response_at,
        min(messages.sent_at) filter (
            where messages.sender = 'agent' and messages.place > messages.first_customer_place
        ) as first_human_response_at,
        min(messages.sent_at) filter (
            where messages.sender = 'ai' and messages.place > messages.first_customer_place
        ) as first_ai_response_at
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
where firsts.first_customer_at is not null
