-- Who ended each conversation, whether and why it was handed over, and whether knowledge helped.
select
    conversations.tenant_id,
    conversations.conversation_id,
    resolvers.resolved_by,
    coalesce(handoffs.handoff_count, 0) as handoff_count,
    handoffs.handoff_reason,
    coalesce(knowledge.knowledge_items_used, 0) as knowledge_items_used,
    coalesce(knowledge.ai_answers_marked, 0) as ai_answers_marked,
    coalesce(knowledge.ai_answers_helpful, 0) as ai_answers_helpful,
    1.0 * knowledge.ai_answers_helpful / nullif(knowledge.ai_answers_marked, 0)
        as ai_accuracy_score
from {{ ref('stg_conversations') }} as conversations
left join {{ ref('int_conversation_resolvers') }} as resolvers
    on conversations.tenant_id = resolvers.tenant_id
    and conversations.conversation_id = resolvers.conversation_id
left join {{ ref('int_conversation_handoffs') }} as handoffs
    on conversations.tenant_id = handoffs.tenant_id
    and conversations.conversation_id = handoffs.conversation_id
left join {{ ref('int_conversation_knowledge') }} as knowledge
    on conversations.tenant_id = knowledge.tenant_id
    and conversations.conversation_id = knowledge.conversation_id
