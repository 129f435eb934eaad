-- What each agent did in each conversation on which local day: messages, assignments, ratings.
with happenings as (
    select
        ratings.tenant_id,
        ratings.conversation_id,
        ratings.rated_agent_id as agent_id,
        'rating' as happening,
        ratings.score,
        ratings.rated_at as happened_at
    from {{ ref('int_ratings') }} as ratings
    where ratings.rated_agent_id is not null
    union all
    select
        spans.tenant_id,
        spans.conversation_id,
        spans.agent_id,
        'assignment' as happening,
        cast(null as numeric) as score,
        spans.held_from as happened_at
    from {{ ref('int_assignment_spans') }} as spans
    where spans.agent_id is not null
),

dated as (
    select
        happenings.tenant_id,
        happenings.conversation_id,
        happenings.agent_id,
        happenings.happening,
        happenings.score,
        {{ local_day('happenings.happened_at', 'tenants.timezone') }} as happened_on
    from happenings
    inner join {{ ref('stg_tenants') }} as tenants on happenings.tenant_id = tenants.tenant_id
    union all
    select
        messages.tenant_id,
        messages.conversation_id,
        messages.agent_id,
        'message' as happening,
        cast(null as numeric) as score,
        cast(messages.sent_local as date) as happened_on
    from {{ ref('int_public_messages') }} as messages
    where messages.sender = 'agent' and messages.agent_id is not null
)

select
    dated.tenant_id,
    dated.conversation_id,
    dated.agent_id,
    dated.happened_on,
    count(*) filter (where dated.happening = 'message') as agent_messages,
    count(*) filter (where dated.happening = 'assignment') as assignments,
    count(*) filter (where dated.happening = 'rating') as ratings,
    sum(dated.score) as ratings_sum
from dated
group by dated.tenant_id, dated.conversation_id, dated.agent_id, dated.happened_on
