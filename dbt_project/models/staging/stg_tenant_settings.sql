-- A table: a grouped query has no statistics, and joins over it were planned badly.
{{ config(materialized='table') }}
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
    {{ number_setting('conversation_auto_close_time', '86400') }}
        as conversation_auto_close_seconds,
    {{ number_setting('sla_first_response_seconds', '300') }} as sla_first_response_seconds,
    {{ number_setting('sla_resolution_seconds', '3600') }} as sla_resolution_seconds,
    coalesce(bool_or(
        settings.setting_key = 'sla_business_hours' and settings.setting_value = 'true'
    ), false) as sla_in_business_time
from tenants
left join settings on tenants.tenant_id = settings.tenant_id
group by tenants.tenant_id
