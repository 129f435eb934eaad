-- Who says how much in each conversation, who says what first, and how sure the AI is.
with messages as (
    select public_messages.*
    from {{ ref('int_public_messages') }} as public_messages
),

settings as (
    select
        tenant_settings.tenant_id,
        tenant_settings.chatbot_handoff_threshold
    from {{ ref('stg_tenant_settings') }} as tenant_settings
),

confident as (
    select
        messages.*,
        case when messages.sender = 'ai' then messages.ai_confidence end as confidence
    from messages
)

select
    confident.tenant_id,
    confident.conversation_id,
    max(case when confident.place = 1 then confident.sender end) as opened_by,
    count(*) as total_messages,
    count(*) filter (where confident.sender = 'customer') as customer_messages,
    count(*) filter (where confident.sender = 'ai') as ai_messages,
    count(*) filter (where confident.sender = 'agent') as agent_messages,
    count(*) filter (where confident.sender = 'system') as system_messages,
    count(*) filter (where confident.sender = 'unknown') as unknown_messages,
    bool_or(confident.is_reply) as has_reply,
    max(confident.sent_at) as last_message_at,
    min(confident.sent_at) filter (where confident.customer_so_far > 0) as first_customer_at,
    min(confident.sent_at) filter (where confident.is_reply and confident.customer_so_far > 0)
        as first_response_at,
    min(confident.sent_at) filter (
        where confident.sender = 'agent' and confident.customer_so_far > 0
    ) as first_human_response_at,
    min(confident.sent_at) filter (
        where confident.sender = 'ai' and confident.customer_so_far > 0
    ) as first_ai_response_at,
    min(confident.sent_at) filter (where confident.sender = 'agent' and confident.ai_so_far > 0)
        as taken_over_at,
    count(confident.confidence) as ai_confidence_count,
    sum(confident.confidence) as ai_confidence_sum,
    min(confident.confidence) as ai_confidence_min,
    case
        when count(confident.confidence) > 0
            then count(*) filter (where confident.confidence < settings.chatbot_handoff_threshold)
    end as ai_fallback_messages
from confident
inner join settings on confident.tenant_id = settings.tenant_id
group by confident.tenant_id, confident.conversation_id
