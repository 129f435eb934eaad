-- Grain: one row per tenant, local day, channel and department on which the AI said something, or
-- handed something over.
select
    days.tenant_id,
    days.happened_on as date,
    days.channel_type,
    days.department,
    cast(sum(days.ai_messages) as bigint) as happened_ai_messages,
    cast(sum(days.ai_confidence_count) as bigint) as happened_ai_confidence_count,
    cast(sum(days.ai_confidence_sum) as numeric(18, 6)) as happened_ai_confidence_sum,
    cast(sum(days.ai_fallback_messages) as bigint) as happened_ai_fallback_messages,
    cast(sum(days.ai_processing_count) as bigint) as happened_ai_processing_count,
    {{ seconds('sum(days.ai_processing_ms)') }} as happened_ai_processing_seconds_total,
    cast(sum(days.handoffs) as bigint) as happened_handoffs,
    cast(sum(days.handoffs_customer_request) as bigint) as happened_handoffs_customer_request,
    cast(sum(days.handoffs_ai_confidence_low) as bigint) as happened_handoffs_ai_confidence_low,
    cast(sum(days.handoffs_complex_issue) as bigint) as happened_handoffs_complex_issue,
    cast(sum(days.handoffs_sla_breach) as bigint) as happened_handoffs_sla_breach,
    cast(sum(days.handoffs_other) as bigint) as happened_handoffs_other,
    cast(sum(days.handoffs_unexplained) as bigint) as happened_handoffs_unexplained,
    cast(sum(days.ai_confidence_00_10) as bigint) as happened_ai_confidence_00_10,
    cast(sum(days.ai_confidence_10_20) as bigint) as happened_ai_confidence_10_20,
    cast(sum(days.ai_confidence_20_30) as bigint) as happened_ai_confidence_20_30,
    cast(sum(days.ai_confidence_30_40) as bigint) as happened_ai_confidence_30_40,
    cast(sum(days.ai_confidence_40_50) as bigint) as happened_ai_confidence_40_50,
    cast(sum(days.ai_confidence_50_60) as bigint) as happened_ai_confidence_50_60,
    cast(sum(days.ai_confidence_60_70) as bigint) as happened_ai_confidence_60_70,
    cast(sum(days.ai_confidence_70_80) as bigint) as happened_ai_confidence_70_80,
    cast(sum(days.ai_confidence_80_90) as bigint) as happened_ai_confidence_80_90,
    cast(sum(days.ai_confidence_90_100) as bigint) as happened_ai_confidence_90_100
from {{ ref('int_ai_happenings') }} as days
group by days.tenant_id, days.happened_on, days.channel_type, days.department
