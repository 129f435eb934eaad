-- The companions of the daily marts, after `days.sql`: agents, the AI, promises, ratings, backlog, knowledge, unknown words; what
-- left by channels, and what ran by itself.
create temporary table hand_agent_daily on commit drop as
with started as (
    select
        tenant_id, started_on as date, agent_id, count(*) as total_conversations, count(resolved_at) as resolved,
        count(*) filter (where reopen_count > 0) as reopened, count(first_human_response_seconds) as answered,
        sum(first_human_response_seconds) as answered_after, count(full_resolution_seconds) as ended,
        sum(full_resolution_seconds) as ended_after, sum(human_answered_waits) as waits, sum(human_wait_seconds_total) as waited
    from hand_conversation_analytics
    where agent_id is not null
    group by tenant_id, started_on, agent_id
), done as (
    select m.tenant_id, m.conversation_id, m.agent_id, m.sent_local::date as date, 'message' as what, null::numeric as score
    from hand_messages as m
    where m.sender = 'agent' and m.agent_id is not null
    union all
    select r.tenant_id, r.conversation_id, r.rated_agent_id, r.rated_on, 'rating', r.score
    from hand_ratings as r
    where r.rated_agent_id is not null
    union all
    select
        e.tenant_id, e.conversation_id, e.to_agent_id, (greatest(e.occurred_at, c.created_at) at time zone t.timezone)::date,
        'assignment', null
    from raw.conversation_events as e
    inner join raw.conversations as c on c.id = e.conversation_id
    inner join hand_tenant_settings as t on t.tenant_id = e.tenant_id
    where e.event_type = 'assignment' and e.to_agent_id is not null
), happened as (
    select
        tenant_id, date, agent_id, count(*) filter (where what = 'message') as messages,
        count(distinct conversation_id) filter (where what = 'message') as conversations,
        count(*) filter (where what = 'assignment') as assignments, count(*) filter (where what = 'rating') as ratings,
        sum(score) as ratings_sum
    from done
    group by tenant_id, date, agent_id
)
select
    tenant_id, date, agent_id, coalesce(s.total_conversations, 0) as total_conversations,
    coalesce(s.resolved, 0) as resolved_conversations, coalesce(s.total_conversations - s.resolved, 0) as open_conversations,
    coalesce(s.reopened, 0) as reopened_conversations, coalesce(s.answered, 0) as first_human_response_count,
    s.answered_after::numeric(18, 3) as first_human_response_seconds_total, coalesce(s.ended, 0) as resolution_count,
    s.ended_after::numeric(18, 3) as resolution_seconds_total, coalesce(s.waits, 0) as human_answered_waits,
    s.waited::numeric(18, 3) as human_wait_seconds_total, coalesce(h.messages, 0) as happened_agent_messages,
    coalesce(h.conversations, 0) as happened_answered_conversations, coalesce(h.assignments, 0) as happened_assignments,
    coalesce(h.ratings, 0) as happened_ratings, h.ratings_sum::numeric(18, 6) as happened_ratings_sum
from started as s
full join happened as h using (tenant_id, date, agent_id);

create temporary table hand_ai_daily on commit drop as
with said as (
    select
        m.conversation_id, m.sent_local::date as date, true as is_message, m.processing_ms, m.confidence,
        m.confidence < t.threshold as is_fallback,
        case when m.confidence < 1 then floor(m.confidence * 10)::integer when m.confidence >= 1 then 9 end as tenth,
        null as reason
    from hand_messages as m
    inner join hand_tenant_settings as t on t.tenant_id = m.tenant_id
    where m.sender = 'ai'
    union all
    select h.conversation_id, (h.handed_off_at at time zone t.timezone)::date, false, null, null, null, null, coalesce(h.reason, 'unexplained')
    from hand_handoffs as h
    inner join hand_tenant_settings as t on t.tenant_id = h.tenant_id
)
select
    c.tenant_id, said.date, c.channel_type, c.department, count(*) filter (where is_message) as happened_ai_messages,
    count(confidence) as happened_ai_confidence_count, sum(confidence)::numeric(18, 6) as happened_ai_confidence_sum,
    count(*) filter (where is_fallback) as happened_ai_fallback_messages, count(processing_ms) as happened_ai_processing_count,
    (sum(processing_ms) * 0.001)::numeric(18, 3) as happened_ai_processing_seconds_total,
    count(*) filter (where not is_message) as happened_handoffs,
    count(*) filter (where reason = 'customer_request') as happened_handoffs_customer_request,
    count(*) filter (where reason = 'ai_confidence_low') as happened_handoffs_ai_confidence_low,
    count(*) filter (where reason = 'complex_issue') as happened_handoffs_complex_issue,
    count(*) filter (where reason = 'sla_breach') as happened_handoffs_sla_breach,
    count(*) filter (where reason = 'other') as happened_handoffs_other,
    count(*) filter (where reason = 'unexplained') as happened_handoffs_unexplained,
    count(*) filter (where tenth = 0) as happened_ai_confidence_00_10, count(*) filter (where tenth = 1) as happened_ai_confidence_10_20,
    count(*) filter (where tenth = 2) as happened_ai_confidence_20_30, count(*) filter (where tenth = 3) as happened_ai_confidence_30_40,
    count(*) filter (where tenth = 4) as happened_ai_confidence_40_50, count(*) filter (where tenth = 5) as happened_ai_confidence_50_60,
    count(*) filter (where tenth = 6) as happened_ai_confidence_60_70, count(*) filter (where tenth = 7) as happened_ai_confidence_70_80,
    count(*) filter (where tenth = 8) as happened_ai_confidence_80_90, count(*) filter (where tenth = 9) as happened_ai_confidence_90_100
from said
inner join raw.conversations as c on c.id = said.conversation_id
group by c.tenant_id, said.date, c.channel_type, c.department;

create temporary table hand_sla_daily on commit drop as
select
    md5(concat_ws(
        chr(31), tenant_id::text, started_on::text, channel_type, coalesce(department, ''), coalesce(priority, ''), sla_type
    ))::uuid as sla_daily_id,
    tenant_id, started_on as date, channel_type, department, priority, sla_type, count(*) as promised_conversations,
    count(*) filter (where state = 'met') as met_conversations, count(*) filter (where state = 'breached') as breached_conversations,
    count(*) filter (where state = 'at_risk') as at_risk_conversations,
    count(*) filter (where state = 'pending') as pending_conversations,
    (1.0 * count(*) filter (where state = 'met') / nullif(count(*) filter (where state in ('met', 'breached')), 0))::numeric(9, 6)
        as met_rate
from hand_conversation_analytics
cross join lateral (
    values ('first_response', sla_first_response_state), ('resolution', sla_resolution_state)
) as promised (sla_type, state)
where state is not null
group by tenant_id, started_on, channel_type, department, priority, sla_type;

create temporary table hand_csat_distribution on commit drop as
select
    md5(concat_ws(
        chr(31), tenant_id::text, rated_on::text, channel_type, coalesce(department, ''), coalesce(rated_agent_id::text, ''),
        floor(score + 0.5)::text
    ))::uuid as csat_distribution_id,
    tenant_id, rated_on as date, channel_type, department, rated_agent_id, floor(score + 0.5)::integer as whole_score,
    count(*) as happened_ratings, sum(score)::numeric(18, 6) as happened_ratings_sum,
    count(*) filter (where is_last) as standing_ratings
from hand_ratings
group by tenant_id, rated_on, channel_type, department, rated_agent_id, floor(score + 0.5);

create temporary table hand_backlog_daily on commit drop as
with evenings as (
    select
        s.tenant_id, s.conversation_id, c.channel_type, c.department,
        case when s.status = 'unknown' then 'active' else s.status end as status,
        (c.created_at at time zone t.timezone)::date as started_on, (s.entered_at at time zone t.timezone)::date as begins_on,
        coalesce((s.left_at at time zone t.timezone)::date, 'infinity') as ends_on
    from hand_states as s
    inner join hand_tenant_settings as t on t.tenant_id = s.tenant_id
    inner join raw.conversations as c on c.id = s.conversation_id
    where not s.is_ended
), nobodys as (
    select
        conversation_id, (held_from at time zone timezone)::date as begins_on,
        coalesce((held_until at time zone timezone)::date, 'infinity') as ends_on
    from (
        select
            e.conversation_id, e.agent_id, t.timezone, e.held_from,
            lead(e.held_from) over (partition by e.conversation_id order by e.occurred_at, e.ordinal, e.id) as held_until
        from (
            select tenant_id, id as conversation_id, null as id, null as agent_id, -1 as ordinal,
                timestamptz '-infinity' as occurred_at, created_at as held_from
            from raw.conversations
            union all
            select e.tenant_id, e.conversation_id, e.id, e.to_agent_id, e.ordinal, e.occurred_at,
                greatest(e.occurred_at, c.created_at)
            from raw.conversation_events as e
            inner join raw.conversations as c on c.id = e.conversation_id
            where e.event_type = 'assignment'
        ) as e
        inner join hand_tenant_settings as t on t.tenant_id = e.tenant_id
    ) as held
    where agent_id is null
), spans as (
    select
        tenant_id, channel_type, department, status, age, greatest(begins_on, started_on + from_days) as begins_on,
        least(ends_on, started_on + until_days) as ends_on
    from evenings
    cross join (values (0, 0, 1), (1, 1, 3), (2, 3, 7), (3, 7, 30), (4, 30, 100000)) as ages (age, from_days, until_days)
    where begins_on < ends_on
    union all
    select
        e.tenant_id, e.channel_type, e.department, 'unassigned', null, greatest(e.begins_on, n.begins_on),
        least(e.ends_on, n.ends_on)
    from evenings as e
    inner join nobodys as n on n.conversation_id = e.conversation_id
    where e.begins_on < e.ends_on
), changes as (
    select tenant_id, channel_type, department, status, age, begins_on as date, 1 as change from spans where begins_on < ends_on
    union all
    select tenant_id, channel_type, department, status, age, ends_on, -1 from spans where begins_on < ends_on
), days as (
    select
        tenant_id, channel_type, department, date, coalesce(sum(change) filter (where age is not null), 0) as opened,
        coalesce(sum(change) filter (where status = 'active'), 0) as active,
        coalesce(sum(change) filter (where status = 'pending'), 0) as pending,
        coalesce(sum(change) filter (where status = 'escalated'), 0) as escalated,
        coalesce(sum(change) filter (where status = 'unassigned'), 0) as unassigned,
        coalesce(sum(change) filter (where age = 0), 0) as day, coalesce(sum(change) filter (where age = 1), 0) as days,
        coalesce(sum(change) filter (where age = 2), 0) as week, coalesce(sum(change) filter (where age = 3), 0) as month,
        coalesce(sum(change) filter (where age = 4), 0) as more
    from changes
    where date < '20000-01-01'
    group by tenant_id, channel_type, department, date
), stretches as (
    select
        tenant_id, channel_type, department, date as begins_on, lead(date) over so_far as next_on,
        sum(opened) over so_far as open_conversations, sum(active) over so_far as active_conversations,
        sum(pending) over so_far as pending_conversations, sum(escalated) over so_far as escalated_conversations,
        sum(unassigned) over so_far as unassigned_conversations, sum(day) over so_far as open_under_1_day,
        sum(days) over so_far as open_1_to_3_days, sum(week) over so_far as open_3_to_7_days,
        sum(month) over so_far as open_7_to_30_days, sum(more) over so_far as open_over_30_days
    from days
    window so_far as (partition by tenant_id, channel_type, department order by date)
)
select
    s.tenant_id, evening::date as date, channel_type, department, open_conversations, active_conversations,
    pending_conversations, escalated_conversations, unassigned_conversations, open_under_1_day, open_1_to_3_days,
    open_3_to_7_days, open_7_to_30_days, open_over_30_days
from stretches as s
inner join hand_tenant_settings as t on t.tenant_id = s.tenant_id
cross join lateral generate_series(
    begins_on::timestamp, least(next_on - 1, (t.data_as_of at time zone t.timezone)::date)::timestamp, interval '1 day'
) as evening
where open_conversations > 0;

create temporary table hand_knowledge_daily on commit drop as
select
    k.tenant_id, (k.created_at at time zone t.timezone)::date as date, k.knowledge_item_id, i.category_id,
    count(*) as happened_uses, count(distinct k.conversation_id) as happened_conversations,
    count(k.was_helpful) as happened_marked_uses, count(*) filter (where k.was_helpful) as happened_helpful_uses
from raw.knowledge_analytics as k
inner join raw.conversations as c on c.id = k.conversation_id
inner join hand_tenant_settings as t on t.tenant_id = k.tenant_id
left join raw.knowledge_items as i on i.id = k.knowledge_item_id
group by k.tenant_id, (k.created_at at time zone t.timezone)::date, k.knowledge_item_id, i.category_id;

create temporary table hand_knowledge_items on commit drop as
select tenant_id, id as knowledge_item_id, category_id, language, status from raw.knowledge_items;

create temporary table hand_data_quality on commit drop as
select
    tenant_id, field, case when word ~ '^[a-z][a-z0-9_ -]{0,49}$' then word else '(no word)' end as word, count(*) as occurrences,
    count(distinct conversation_id) as conversations
from (
    select tenant_id, conversation_id, 'messages.sender_type' as field, sender_type as word
    from raw.messages
    where
        sender_type not in (
            'user', 'customer', 'visitor', 'ai', 'assistant', 'bot', 'agent', 'human', 'system'
        )
    union all
    select tenant_id, conversation_id, 'conversation_events.to_status', to_status
    from raw.conversation_events
    where
        to_status not in (
            'active', 'open', 'assigned', 'queued', 'human_handled', 'closed', 'abandoned', 'pending', 'escalated', 'resolved'
        )
    union all
    select c.tenant_id, c.id, v.field, v.word
    from raw.conversations as c
    cross join lateral (
        values
        (
            'conversations.status', c.status, array[
                'active', 'open', 'assigned', 'queued', 'human_handled', 'closed', 'abandoned', 'pending', 'escalated', 'resolved'
            ]
        ),
        ('conversations.priority', c.priority, array['medium', 'low', 'normal', 'high', 'urgent']),
        (
            'conversations.channel_type', c.channel_type, array[
                'website', 'email', 'whatsapp', 'sms', 'messenger', 'facebook', 'instagram', 'telegram', 'twitter', 'phone',
                'chat', 'api'
            ]
        ),
        ('conversations.sentiment', c.sentiment, array['positive', 'neutral', 'negative'])
    ) as v (field, word, known)
    where not v.word = any (v.known)
) as words
group by tenant_id, field, 3;

create temporary table hand_delivery_daily on commit drop as
select
    d.tenant_id, (d.created_at at time zone t.timezone)::date as date, d.channel_type, count(*) as happened_sent_messages,
    count(*) filter (where d.delivery_status in ('delivered', 'read')) as happened_delivered_messages,
    count(*) filter (where d.delivery_status = 'read') as happened_read_messages,
    count(*) filter (where d.delivery_status = 'failed') as happened_failed_messages
from raw.message_delivery_tracking as d
inner join raw.conversations as c on c.id = d.conversation_id
inner join hand_tenant_settings as t on t.tenant_id = d.tenant_id
group by d.tenant_id, (d.created_at at time zone t.timezone)::date, d.channel_type;

create temporary table hand_workflow_daily on commit drop as
select
    w.tenant_id, (w.started_at at time zone t.timezone)::date as date, w.workflow_id, count(*) as happened_runs,
    count(*) filter (where w.conversation_id is null) as happened_runs_outside_conversations,
    count(*) filter (where w.status = 'completed') as happened_completed_runs,
    count(*) filter (where w.status = 'failed') as happened_failed_runs, sum(w.steps_taken) as happened_steps,
    (sum(
        floor(extract(epoch from w.completed_at) * 1000) - floor(extract(epoch from w.started_at) * 1000)
    ) filter (where w.status = 'completed') * 0.001)::numeric(18, 3) as happened_completed_seconds_total
from raw.workflow_executions as w
inner join hand_tenant_settings as t on t.tenant_id = w.tenant_id
group by w.tenant_id, (w.started_at at time zone t.timezone)::date, w.workflow_id;

create temporary table hand_agent_availability on commit drop as
select
    tenant_id, agent_id, is_online, status, current_chat_count as open_conversations,
    max_concurrent_chats as most_conversations,
    case when is_online then (1.0 * current_chat_count / nullif(max_concurrent_chats, 0))::numeric(9, 6) end as utilisation
from raw.agent_availability;
