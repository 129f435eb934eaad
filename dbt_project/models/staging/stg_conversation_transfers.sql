with source as (
    select landed.*
    from {{ source('raw', 'conversation_transfers') }} as landed
    inner join {{ ref('stg_working_set') }} as touched
        on landed.tenant_id = touched.tenant_id and landed.conversation_id = touched.conversation_id
),

renamed as (
    select
        source.tenant_id,
        source.conversation_id,
        source.id as transfer_id,
        source.from_agent_id,
        source.to_agent_id,
        source.reason,
        source.status = 'accepted' as is_accepted,
        source.accepted_at
    from source
)

select
    renamed.tenant_id,
    renamed.conversation_id,
    renamed.transfer_id,
    renamed.from_agent_id,
    renamed.to_agent_id,
    renamed.reason,
    renamed.is_accepted,
    renamed.accepted_at
from renamed
