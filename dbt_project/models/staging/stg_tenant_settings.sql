with tenants as (
    select landed.id as tenant_id
    from {{ source('raw', 'tenants') }} as landed
),

settings as (
    select
        landed.tenant_id,
        landed.setting_key,
        landed.setting_value
    from {{ source('raw', 'system_settings') }} as landed
)

select
    tenants.tenant_id,
    {{ number_setting('chatbot_handoff_threshold', '0.5') }} as chatbot_handoff_threshold,
    {{ number_setting('conversation_auto_close_time', '86400') }} as conversation_auto_close_seconds
from tenants
left join settings on tenants.tenant_id = settings.tenant_id
group by tenants.tenant_id
