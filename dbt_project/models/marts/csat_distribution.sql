-- Grain: one row per tenant, local day of rating, channel, department, credited agent and score.
select
    {{ row_key([
        'ratings.tenant_id', 'ratings.rated_on', 'ratings.channel_type', 'ratings.department',
        'ratings.rated_agent_id', 'floor(ratings.score + 0.5)',
    ]) }} as csat_distribution_id,
    ratings.tenant_id,
    ratings.rated_on as date,
    ratings.channel_type,
    ratings.department,
    ratings.rated_agent_id,
    cast(floor(ratings.score + 0.5) as integer) as whole_score,
    count(*) as happened_ratings,
    cast(sum(ratings.score) as numeric(18, 6)) as happened_ratings_sum,
    count(*) filter (where ratings.is_last) as standing_ratings
from {{ ref('int_ratings') }} as ratings
group by
    ratings.tenant_id, ratings.rated_on, ratings.channel_type, ratings.department,
    ratings.rated_agent_id, floor(ratings.score + 0.5)
