-- What happened on each local day, whenever its conversation had started.
select
    {{ daily_key('conversations', 'happenings.happened_on') }} as daily_metrics_id,
    conversations.tenant_id,
    happenings.happened_on as day,
    conversations.channel_type,
    conversations.department,
    conversations.agent_id,
    cast(sum(happenings.resolutions) as bigint) as resolutions,
    count(*) filter (where happenings.resolutions > 0) as resolved_conversations,
    cast(sum(happenings.reopenings) as bigint) as reopens,
    cast(sum(happenings.ratings) as bigint) as ratings,
    sum(happenings.ratings_sum) as ratings_sum,
    cast(sum(happenings.handoffs) as bigint) as handoffs,
    cast(sum(happenings.customer_messages) as bigint) as customer_messages,
    cast(sum(happenings.ai_messages) as bigint) as ai_messages,
    cast(sum(happenings.agent_messages) as bigint) as agent_messages
from {{ ref('int_conversations_described') }} as conversations
inner join {{ ref('int_happenings') }} as happenings
    on conversations.tenant_id = happenings.tenant_id
    and conversations.conversation_id = happenings.conversation_id
group by
    conversations.tenant_id, happenings.happened_on, conversations.channel_type,
    conversations.department, conversations.agent_id
