-- What happened on which local day: resolutions, reopenings, ratings, handoffs, messages, breaches.
with happenings as (
    select
        changes.tenant_id,
        changes.conversation_id,
        case when changes.is_resolution then 'resolution' else 'reopening' end as happening,
        cast(null as numeric) as score,
        changes.entered_at as happened_at
    from {{ ref('int_status_changes') }} as changes
    where changes.is_resolution or changes.is_reopening
    union all
    select
        ratings.tenant_id,
        ratings.conversation_id,
        'rating' as happening,
        ratings.score,
        ratings.rated_at as happened_at
    from {{ ref('int_ratings') }} as ratings
    union all
    select
        handoffs.tenant_id,
        handoffs.conversation_id,
        'handoff' as happening,
        cast(null as numeric) as score,
        handoffs.handed_off_at as happened_at
    from {{ ref('int_handoffs') }} as handoffs
    union all
    select
        slas.tenant_id,
        slas.conversation_id,
        'response_breach' as happening,
        cast(null as numeric) as score,
        slas.first_response_breached_at as happened_at
    from {{ ref('int_conversation_slas') }} as slas
    where slas.first_response_breached_at is not null
    union all
    select
        slas.tenant_id,
        slas.conversation_id,
        'resolution_breach' as happening,
        cast(null as numeric) as score,
        slas.resolution_breached_at as happened_at
    from {{ ref('int_conversation_slas') }} as slas
    where slas.resolution_breached_at is not null
),

dated as (
    select
        happenings.tenant_id,
        happenings.conversation_id,
        happenings.happening,
        happenings.score,
        {{ local_day('happenings.happened_at', 'tenants.timezone') }} as happened_on
    from happenings
    inner join {{ ref('stg_tenants') }} as tenants on happenings.tenant_id = tenants.tenant_id
    union all
    select
        messages.tenant_id,
        messages.conversation_id,
        messages.sender as happening,
        cast(null as numeric) as score,
        cast(messages.sent_local as date) as happened_on
    from {{ ref('int_public_messages') }} as messages
)

select
    dated.tenant_id,
    dated.conversation_id,
    dated.happened_on,
    count(*) filter (where dated.happening = 'resolution') as resolutions,
    count(*) filter (where dated.happening = 'reopening') as reopenings,
    count(*) filter (where dated.happening = 'rating') as ratings,
    sum(dated.score) as ratings_sum,
    count(*) filter (where dated.happening = 'handoff') as handoffs,
    count(*) filter (where dated.happening = 'customer') as customer_messages,
    count(*) filter (where dated.happening = 'ai') as ai_messages,
    count(*) filter (where dated.happening = 'agent') as agent_messages,
    count(*) filter (where dated.happening = 'system') as system_messages,
    count(*) filter (where dated.happening = 'unknown') as unknown_messages,
    count(*) filter (where dated.happening = 'response_breach') as sla_first_response_breaches,
    count(*) filter (where dated.happening = 'resolution_breach') as sla_resolution_breaches
from dated
group by dated.tenant_id, dated.conversation_id, dated.happened_on
