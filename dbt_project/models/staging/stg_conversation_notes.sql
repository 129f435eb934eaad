with source as (
    select landed.*
    from {{ source('raw', 'conversation_notes') }} as landed
    inner join {{ ref('stg_working_set') }} as touched
        on landed.tenant_id = touched.tenant_id and landed.conversation_id = touched.conversation_id
),

renamed as (
    select
        source.tenant_id,
        source.conversation_id,
        source.id as note_id,
        source.created_at as noted_at
    from source
)

select
    renamed.tenant_id,
    renamed.conversation_id,
    renamed.note_id,
    renamed.noted_at
from renamed
