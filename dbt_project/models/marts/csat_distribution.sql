-- Grain: one row per tenant, local day of rating, channel, department, credited agent and score.
with scored as (
    select
        ratings.tenant_id,
        {{ local_day('ratings.rated_at', 'tenants.timezone') }} as rated_on,
        conversations.channel_type,
        conversations.department,
        ratings.rated_agent_id,
        cast(floor(ratings.score + 0.5) as integer) as whole_score,
        ratings.score,
        ratings.is_last
    from {{ ref('int_ratings') }} as ratings
    inner join {{ ref('conversation_analytics') }} as conversations
        on ratings.tenant_id = conversations.tenant_id
        and ratings.conversation_id = conversations.conversation_id
    inner join {{ ref('stg_tenants') }} as tenants on ratings.tenant_id = tenants.tenant_id
)

select
    {{ row_key([
        'scored.tenant_id', 'scored.rated_on', 'scored.channel_type', 'scored.department',
        'scored.rated_agent_id', 'scored.whole_score',
    ]) }} as csat_distribution_id,
    scored.tenant_id,
    scored.rated_on as date,
    scored.channel_type,
    scored.department,
    scored.rated_agent_id,
    scored.whole_score,
    count(*) as happened_ratings,
    cast(sum(scored.score) as numeric(18, 6)) as happened_ratings_sum,
    count(*) filter (where scored.is_last) as standing_ratings
from scored
group by
    scored.tenant_id, scored.rated_on, scored.channel_type, scored.department,
    scored.rated_agent_id, scored.whole_score
