-- A table: half a dozen models read it.
{{ config(materialized='table') }}
with source as (
    select landed.*
    from {{ source('raw', 'conversation_events') }} as landed
    inner join {{ ref('stg_working_set') }} as touched
        on landed.tenant_id = touched.tenant_id and landed.conversation_id = touched.conversation_id
),

renamed as (
    select
        source.tenant_id,
        source.conversation_id,
        source.id as event_id,
        source.to_agent_id,
        source.event_type,
        {{ mapped_status('source.from_status') }} as from_status,
        {{ mapped_status('source.to_status') }} as to_status,
        {{ unknown_word(mapped_status('source.to_status'), 'source.to_status') }}
            as unknown_status,
        source.ordinal,
        source.score,
        source.is_automatic,
        source.occurred_at
    from source
)

select
    renamed.tenant_id,
    renamed.conversation_id,
    renamed.event_id,
    renamed.to_agent_id,
    renamed.event_type,
    renamed.from_status,
    renamed.to_status,
    renamed.unknown_status,
    renamed.ordinal,
    renamed.score,
    renamed.is_automatic,
    renamed.occurred_at
from renamed
