-- Grain: one row per tenant, local day and item of the knowledge base that was used.
select
    uses.tenant_id,
    uses.used_on as date,
    uses.knowledge_item_id,
    items.category_id,
    cast(sum(uses.uses) as bigint) as happened_uses,
    count(*) as happened_conversations,
    cast(sum(uses.marked_uses) as bigint) as happened_marked_uses,
    cast(sum(uses.helpful_uses) as bigint) as happened_helpful_uses
from {{ ref('int_knowledge_uses') }} as uses
left join {{ ref('knowledge_items') }} as items
    on uses.tenant_id = items.tenant_id
    and uses.knowledge_item_id = items.knowledge_item_id
group by uses.tenant_id, uses.used_on, uses.knowledge_item_id, items.category_id
