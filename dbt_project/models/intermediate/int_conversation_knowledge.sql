-- What knowledge was used in each conversation, and how often it was marked helpful.
select
    uses.tenant_id,
    uses.conversation_id,
    count(distinct uses.knowledge_item_id) as knowledge_items_used,
    count(uses.was_helpful) as ai_answers_marked,
    count(*) filter (where uses.was_helpful) as ai_answers_helpful
from {{ ref('stg_knowledge_uses') }} as uses
group by uses.tenant_id, uses.conversation_id
