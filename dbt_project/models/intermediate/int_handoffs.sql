-- When, and why, an agent takes over from the AI: each accepted transfer that comes from no agent.
-- Where there are no records of transfers, the first agent message after an AI message.
with transfers as (
    select stg_transfers.*
    from {{ ref('stg_conversation_transfers') }} as stg_transfers
),

recorded as (
    select distinct
        transfers.tenant_id,
        transfers.conversation_id
    from transfers
)

select
    transfers.tenant_id,
    transfers.conversation_id,
    transfers.transfer_id,
    coalesce(transfers.reason, conversations.handoff_reason) as reason,
    transfers.accepted_at as handed_off_at
from transfers
inner join {{ ref('stg_conversations') }} as conversations
    on transfers.tenant_id = conversations.tenant_id
    and transfers.conversation_id = conversations.conversation_id
where transfers.is_accepted and transfers.from_agent_id is null
union all
select
    takeovers.tenant_id,
    takeovers.conversation_id,
    cast(null as uuid) as transfer_id,
    conversations.handoff_reason as reason,
    takeovers.taken_over_at as handed_off_at
from {{ ref('int_conversation_messages') }} as takeovers
inner join {{ ref('stg_conversations') }} as conversations
    on takeovers.tenant_id = conversations.tenant_id
    and takeovers.conversation_id = conversations.conversation_id
left join recorded
    on takeovers.tenant_id = recorded.tenant_id
    and takeovers.conversation_id = recorded.conversation_id
where takeovers.taken_over_at is not null and recorded.conversation_id is null
