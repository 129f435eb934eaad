-- What the AI said in each conversation on which local day, how sure it was, what it handed over.
with happenings as (
    select
        messages.tenant_id,
        messages.conversation_id,
        'message' as happening,
        messages.ai_confidence,
        messages.processing_ms,
        cast(null as text) as reason,
        cast(messages.sent_local as date) as happened_on
    from {{ ref('int_public_messages') }} as messages
    where messages.sender = 'ai'
    union all
    select
        handoffs.tenant_id,
        handoffs.conversation_id,
        'handoff' as happening,
        cast(null as numeric) as ai_confidence,
        cast(null as integer) as processing_ms,
        coalesce(handoffs.reason, 'unexplained') as reason,
        {{ local_day('handoffs.handed_off_at', 'tenants.timezone') }} as happened_on
    from {{ ref('int_handoffs') }} as handoffs
    inner join {{ ref('stg_tenants') }} as tenants on handoffs.tenant_id = tenants.tenant_id
),

ranged as (
    select
        happenings.tenant_id,
        happenings.conversation_id,
        happenings.happening,
        happenings.happened_on,
        happenings.reason,
        happenings.ai_confidence,
        happenings.processing_ms,
        case
            when happenings.ai_confidence < 1
                then cast(floor(happenings.ai_confidence * 10) as integer)
            when happenings.ai_confidence >= 1 then 9
        end as tenth,
        happenings.ai_confidence < settings.chatbot_handoff_threshold as is_fallback
    from happenings
    inner join {{ ref('stg_tenant_settings') }} as settings
        on happenings.tenant_id = settings.tenant_id
),

counted as (
    select
        ranged.tenant_id,
        ranged.conversation_id,
        ranged.happened_on,
        count(*) filter (where ranged.happening = 'message') as ai_messages,
        count(*) filter (where ranged.happening = 'handoff') as handoffs,
        count(*) filter (where ranged.reason = 'customer_request') as handoffs_customer_request,
        count(*) filter (where ranged.reason = 'ai_confidence_low') as handoffs_ai_confidence_low,
        count(*) filter (where ranged.reason = 'complex_issue') as handoffs_complex_issue,
        count(*) filter (where ranged.reason = 'sla_breach') as handoffs_sla_breach,
        count(*) filter (where ranged.reason = 'other') as handoffs_other,
        count(*) filter (where ranged.reason = 'unexplained') as handoffs_unexplained,
        count(ranged.processing_ms) as ai_processing_count,
        sum(ranged.processing_ms) as ai_processing_ms,
        count(ranged.ai_confidence) as ai_confidence_count,
        sum(ranged.ai_confidence) as ai_confidence_sum,
        count(*) filter (where ranged.is_fallback) as ai_fallback_messages,
        count(*) filter (where ranged.tenth = 0) as ai_confidence_00_10,
        count(*) filter (where ranged.tenth = 1) as ai_confidence_10_20,
        count(*) filter (where ranged.tenth = 2) as ai_confidence_20_30,
        count(*) filter (where ranged.tenth = 3) as ai_confidence_30_40,
        count(*) filter (where ranged.tenth = 4) as ai_confidence_40_50,
        count(*) filter (where ranged.tenth = 5) as ai_confidence_50_60,
        count(*) filter (where ranged.tenth = 6) as ai_confidence_60_70,
        count(*) filter (where ranged.tenth = 7) as ai_confidence_70_80,
        count(*) filter (where ranged.tenth = 8) as ai_confidence_80_90,
        count(*) filter (where ranged.tenth = 9) as ai_confidence_90_100
    from ranged
    group by ranged.tenant_id, ranged.conversation_id, ranged.happened_on
)

select
    counted.tenant_id,
    counted.conversation_id,
    counted.happened_on,
    conversations.channel_type,
    conversations.department,
    counted.ai_messages,
    counted.handoffs,
    counted.handoffs_customer_request,
    counted.handoffs_ai_confidence_low,
    counted.handoffs_complex_issue,
    counted.handoffs_sla_breach,
    counted.handoffs_other,
    counted.handoffs_unexplained,
    counted.ai_processing_count,
    counted.ai_processing_ms,
    counted.ai_confidence_count,
    counted.ai_confidence_sum,
    counted.ai_fallback_messages,
    counted.ai_confidence_00_10,
    counted.ai_confidence_10_20,
    counted.ai_confidence_20_30,
    counted.ai_confidence_30_40,
    counted.ai_confidence_40_50,
    counted.ai_confidence_50_60,
    counted.ai_confidence_60_70,
    counted.ai_confidence_70_80,
    counted.ai_confidence_80_90,
    counted.ai_confidence_90_100
from counted
inner join {{ ref('stg_conversations') }} as conversations
    on counted.tenant_id = conversations.tenant_id
    and counted.conversation_id = conversations.conversation_id
