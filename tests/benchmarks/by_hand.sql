-- The core of the marts as somebody in a hurry would write it: one pass per table, straight from raw, without checks, keys,
-- security, or a second generation. What is left out (business time, promises, transfers) makes it cheaper than it is.
begin;
set local work_mem = '128MB';

create temporary table hand_messages on commit drop as
select
    tenant_id, conversation_id, id, created_at as sent_at, sender_type, sender_id, confidence_score,
    count(*) filter (where sender_type in ('ai', 'assistant', 'bot', 'agent', 'human')) over before as replies_before,
    min(case when sender_type in ('user', 'customer', 'visitor') then created_at end) over whole as first_customer_at
from (select *, agent_id as sender_id from raw.messages where not is_internal) as messages
window
    whole as (partition by tenant_id, conversation_id),
    before as (
        partition by tenant_id, conversation_id order by created_at, ordinal, id
        rows between unbounded preceding and 1 preceding
    );

create temporary table hand_waits on commit drop as
select tenant_id, conversation_id, count(*) as waits, sum(ended_at - began_at) as waited, max(ended_at - began_at) as longest
from (
    select
        tenant_id, conversation_id, replies_before,
        min(sent_at) filter (where sender_type in ('user', 'customer', 'visitor')) as began_at,
        min(sent_at) filter (where sender_type in ('ai', 'assistant', 'bot', 'agent', 'human')) as ended_at
    from hand_messages
    group by tenant_id, conversation_id, replies_before
) as stretches
where began_at is not null
group by tenant_id, conversation_id;

create temporary table hand_conversations on commit drop as
with spoken as (
    select
        tenant_id, conversation_id, count(*) as messages,
        count(*) filter (where sender_type in ('user', 'customer', 'visitor')) as by_customer,
        count(*) filter (where sender_type in ('ai', 'assistant', 'bot')) as by_ai,
        count(*) filter (where sender_type in ('agent', 'human')) as by_agent,
        min(sent_at) filter (
            where sent_at >= first_customer_at and sender_type in ('ai', 'assistant', 'bot', 'agent', 'human')
        ) - min(first_customer_at) as first_response,
        min(sent_at) filter (where sent_at >= first_customer_at and sender_type in ('agent', 'human'))
        - min(first_customer_at) as first_human_response,
        sum(confidence_score) as confidence_sum, count(confidence_score) as confidence_count
    from hand_messages
    group by tenant_id, conversation_id
), states as (
    select
        tenant_id, conversation_id, to_status, occurred_at,
        lag(to_status) over in_order as was,
        lead(occurred_at) over in_order as left_at
    from raw.conversation_events
    where event_type = 'status'
    window in_order as (partition by tenant_id, conversation_id order by occurred_at, ordinal, id)
), lives as (
    select
        tenant_id, conversation_id,
        max(occurred_at) filter (where to_status in ('resolved', 'closed') and was not in ('resolved', 'closed')) as resolved_at,
        count(*) filter (where was in ('resolved', 'closed') and to_status not in ('resolved', 'closed')) as reopens,
        sum(left_at - occurred_at) filter (where to_status = 'pending') as pending,
        sum(left_at - occurred_at) filter (where to_status = 'escalated') as escalated,
        sum(left_at - occurred_at) filter (where to_status not in ('pending', 'escalated')) as active
    from states
    group by tenant_id, conversation_id
), ratings as (
    select distinct on (tenant_id, conversation_id) tenant_id, conversation_id, score
    from raw.conversation_events
    where event_type = 'rating'
    order by tenant_id, conversation_id, occurred_at desc
)
select
    c.tenant_id, c.id as conversation_id, c.channel_type, c.department, c.assigned_agent_id, c.status, c.created_at,
    cast(c.created_at at time zone t.timezone as date) as started_on, spoken.messages, spoken.by_customer, spoken.by_ai,
    spoken.by_agent, spoken.first_response, spoken.first_human_response, spoken.confidence_sum, spoken.confidence_count,
    lives.resolved_at, lives.reopens, lives.pending, lives.escalated, lives.active, ratings.score, w.waits, w.waited, w.longest
from raw.conversations as c
inner join raw.tenants as t on t.id = c.tenant_id
left join spoken on (spoken.tenant_id, spoken.conversation_id) = (c.tenant_id, c.id)
left join lives on (lives.tenant_id, lives.conversation_id) = (c.tenant_id, c.id)
left join ratings on (ratings.tenant_id, ratings.conversation_id) = (c.tenant_id, c.id)
left join hand_waits as w on (w.tenant_id, w.conversation_id) = (c.tenant_id, c.id);

create temporary table hand_days on commit drop as
select
    tenant_id, started_on, channel_type, department, assigned_agent_id, count(*) as conversations,
    sum(first_response) as first_response, count(first_response) as answered, count(resolved_at) as resolved,
    sum(resolved_at - created_at) as resolution, sum(score) as ratings_sum, count(score) as ratings,
    sum(messages) as messages, sum(by_customer) as by_customer, sum(by_ai) as by_ai, sum(by_agent) as by_agent,
    percentile_cont(array[0.5, 0.95]) within group (order by first_response) as first_responses
from hand_conversations
group by tenant_id, started_on, channel_type, department, assigned_agent_id;

create temporary table hand_happenings on commit drop as
select
    m.tenant_id, m.conversation_id, cast(m.sent_at at time zone t.timezone as date) as day,
    extract(hour from m.sent_at at time zone t.timezone) as hour, m.sender_id,
    count(*) filter (where m.sender_type in ('user', 'customer', 'visitor')) as by_customer,
    count(*) filter (where m.sender_type in ('ai', 'assistant', 'bot')) as by_ai,
    count(*) filter (where m.sender_type in ('agent', 'human')) as by_agent,
    sum(m.confidence_score) as confidence_sum
from hand_messages as m
inner join raw.tenants as t on t.id = m.tenant_id
group by m.tenant_id, m.conversation_id, day, hour, m.sender_id;

create temporary table hand_histogram on commit drop as
select
    tenant_id, started_on, channel_type, department, assigned_agent_id, measure,
    floor(ln(greatest(extract(epoch from duration), 0.001) * 1000) / ln(1.03)) as bucket, count(*) as conversations
from hand_conversations
cross join lateral (
    values ('first', first_response), ('human', first_human_response), ('resolution', resolved_at - created_at)
) as measured (measure, duration)
where duration is not null
group by tenant_id, started_on, channel_type, department, assigned_agent_id, measure, bucket;
commit;
