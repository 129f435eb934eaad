-- Which item of the knowledge base was used in which conversation, on which local day.
select
    uses.tenant_id,
    uses.conversation_id,
    uses.knowledge_item_id,
    {{ local_day('uses.used_at', 'tenants.timezone') }} as used_on,
    count(*) as uses,
    count(uses.was_helpful) as marked_uses,
    count(*) filter (where uses.was_helpful) as helpful_uses
from {{ ref('stg_knowledge_uses') }} as uses
inner join {{ ref('stg_tenants') }} as tenants on uses.tenant_id = tenants.tenant_id
group by
    uses.tenant_id, uses.conversation_id, uses.knowledge_item_id,
    {{ local_day('uses.used_at', 'tenants.timezone') }}
