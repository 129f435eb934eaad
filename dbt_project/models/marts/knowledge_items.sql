-- Grain: one row per item of a tenant's knowledge base.
with items as (
    select stg_items.*
    from {{ ref('stg_knowledge_items') }} as stg_items
)

select
    items.tenant_id,
    items.knowledge_item_id,
    items.category_id,
    items.language,
    items.status
from items
