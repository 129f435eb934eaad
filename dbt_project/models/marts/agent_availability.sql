-- Grain: one row per agent who has said whether they are there.
select
    agents.tenant_id,
    agents.agent_id,
    agents.is_online,
    agents.status,
    agents.open_conversations,
    agents.most_conversations,
    case
        when agents.is_online
            then cast(
                1.0 * agents.open_conversations / nullif(agents.most_conversations, 0)
                as numeric(9, 6)
            )
    end as utilisation
from {{ ref('stg_agent_availability') }} as agents
