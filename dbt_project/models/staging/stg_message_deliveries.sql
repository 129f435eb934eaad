with source as (
    select landed.*
    from {{ source('raw', 'message_delivery_tracking') }} as landed
    inner join {{ ref('stg_working_set') }} as touched
        on landed.tenant_id = touched.tenant_id and landed.conversation_id = touched.conversation_id
),

renamed as (
    select
        source.tenant_id,
        source.conversation_id,
        source.id as delivery_id,
        source.channel_type,
        source.delivery_status,
        source.created_at as sent_at
    from source
)

select
    renamed.tenant_id,
    renamed.conversation_id,
    renamed.delivery_id,
    renamed.channel_type,
    renamed.delivery_status,
    renamed.sent_at
from renamed
