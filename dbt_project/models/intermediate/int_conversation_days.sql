-- What happened in each conversation on each local day, under the day it counts for.
select
    {{ daily_key('conversations', 'happenings.happened_on') }} as daily_metrics_id,
    conversations.tenant_id,
    conversations.conversation_id,
    conversations.customer_key,
    happenings.happened_on as day,
    conversations.channel_type,
    conversations.department,
    conversations.agent_id,
    happenings.resolutions,
    happenings.reopenings as reopens,
    happenings.ratings,
    happenings.ratings_sum,
    happenings.handoffs,
    happenings.customer_messages,
    happenings.ai_messages,
    happenings.agent_messages,
    happenings.system_messages,
    happenings.unknown_messages,
    happenings.sla_first_response_breaches,
    happenings.sla_resolution_breaches
from {{ ref('int_conversations_described') }} as conversations
inner join {{ ref('int_happenings') }} as happenings
    on conversations.tenant_id = happenings.tenant_id
    and conversations.conversation_id = happenings.conversation_id
