-- A table: a dozen models read it.
{{ config(materialized='table') }}
with source as (
    select
        landed.*,
        forgotten.deleted_as_of as forgotten_at
    from {{ source('raw', 'conversations') }} as landed
    inner join {{ ref('stg_working_set') }} as touched
        on landed.tenant_id = touched.tenant_id and landed.id = touched.conversation_id
    left join {{ source('ops', 'deleted_rows') }} as forgotten
        on forgotten.table_name = 'conversations'
        and landed.id = forgotten.id
        and forgotten.reason = 'retention'
),

renamed as (
    select
        source.tenant_id,
        source.id as conversation_id,
        source.customer_key,
        source.assigned_agent_id as agent_id,
        source.channel_type,
        source.department,
        {{ mapped_priority('source.priority') }} as priority,
        source.language,
        {{ mapped_sentiment('source.sentiment') }} as sentiment,
        {{ mapped_status('source.status') }} as status,
        {{ unknown_word(mapped_status('source.status'), 'source.status') }} as unknown_status,
        {{ unknown_word(mapped_priority('source.priority'), 'source.priority') }}
            as unknown_priority,
        {{ unknown_word(mapped_channel('source.channel_type'), 'source.channel_type') }}
            as unknown_channel,
        {{ unknown_word(mapped_sentiment('source.sentiment'), 'source.sentiment') }}
            as unknown_sentiment,
        source.satisfaction_score,
        source.revenue_generated,
        source.handoff_reason,
        source.lead_qualified,
        source.follow_up_required,
        source.created_at as started_at,
        source.forgotten_at
    from source
)

select
    renamed.tenant_id,
    renamed.conversation_id,
    renamed.customer_key,
    renamed.agent_id,
    renamed.channel_type,
    renamed.department,
    renamed.priority,
    renamed.language,
    renamed.sentiment,
    renamed.status,
    renamed.unknown_status,
    renamed.unknown_priority,
    renamed.unknown_channel,
    renamed.unknown_sentiment,
    renamed.satisfaction_score,
    renamed.revenue_generated,
    renamed.handoff_reason,
    renamed.lead_qualified,
    renamed.follow_up_required,
    renamed.started_at,
    renamed.forgotten_at
from renamed
