-- conversation_analytics as somebody in a hurry would write it: one pass per table, straight from raw, without checks, keys,
-- security, infinite instants, or a second generation; and all of it, every time.
create temporary table hand_tenant_settings on commit drop as
select
    t.*, e.data_as_of, x.as_of_ms,
    s.opened_ms + case when s.open_day is null then 0 else x.as_of_ms - s.from_ms end as as_of_open_ms
from (
    select
        t.id as tenant_id, t.timezone,
        coalesce(max(setting_value::numeric) filter (where setting_key = 'chatbot_handoff_threshold'), 0.5) as threshold,
        coalesce(max(setting_value::numeric) filter (where setting_key = 'conversation_auto_close_time'), 86400)
        * interval '1 second' as auto_close,
        1000 * coalesce(max(setting_value::numeric) filter (where setting_key = 'sla_first_response_seconds'), 300)::bigint
            as response_target,
        1000 * coalesce(max(setting_value::numeric) filter (where setting_key = 'sla_resolution_seconds'), 3600)::bigint
            as resolution_target,
        coalesce(bool_or(setting_value = 'true') filter (where setting_key = 'sla_business_hours'), false) as in_open_time
    from raw.tenants as t
    left join raw.system_settings as s on s.tenant_id = t.id
    group by t.id, t.timezone
) as t
cross join raw.extract as e
cross join lateral (select floor(extract(epoch from e.data_as_of) * 1000)::bigint as as_of_ms) as x
left join raw.business_stretches as s
    on s.tenant_id = t.tenant_id and s.day = floor(x.as_of_ms / 86400000.0)::integer
    and x.as_of_ms >= s.from_ms and x.as_of_ms < s.until_ms;

create temporary table hand_states on commit drop as
select
    s.*, s.status in ('resolved', 'closed') as is_ended,
    s.status in ('resolved', 'closed') and coalesce(s.was, '') not in ('resolved', 'closed') as is_resolution,
    s.status not in ('resolved', 'closed') and coalesce(s.was, '') in ('resolved', 'closed') as is_reopening
from (
    select
        s.tenant_id, s.conversation_id, case when not b.is_before then s.id end as id,
        case when b.is_before then 0 else s.ordinal end as ordinal, case when b.is_before then s.came_from else s.status end as status,
        s.is_automatic and not b.is_before as is_automatic, case when b.is_before then 0 else s.place end as place,
        case when not b.is_before then coalesce(s.was, s.came_from) end as was,
        case when b.is_before or (s.place = 1 and s.came_from is null) then s.created_at else s.entered_at end as entered_at,
        case when b.is_before then s.entered_at else s.left_at end as left_at
    from (
        select
            c.tenant_id, c.id as conversation_id, c.created_at, e.id, coalesce(e.ordinal, 0) as ordinal, m.status, m.came_from,
            coalesce(e.is_automatic, false) as is_automatic, row_number() over in_order as place,
            lag(m.status) over in_order as was, greatest(e.occurred_at, c.created_at) as entered_at,
            lead(greatest(e.occurred_at, c.created_at)) over in_order as left_at
        from raw.conversations as c
        left join raw.conversation_events as e on e.conversation_id = c.id and e.event_type = 'status'
        cross join lateral (
            select
                case
                    when s in ('active', 'open', 'assigned', 'queued', 'human_handled') then 'active'
                    when s in ('closed', 'abandoned') then 'closed'
                    when s in ('pending', 'escalated', 'resolved') then s else 'unknown'
                end as status,
                case
                    when f in ('active', 'open', 'assigned', 'queued', 'human_handled') then 'active'
                    when f in ('closed', 'abandoned') then 'closed' when f in ('pending', 'escalated', 'resolved') then f
                    when f is not null then 'unknown'
                end as came_from
            from (values (coalesce(e.to_status, c.status), e.from_status)) as v (s, f)
        ) as m
        window in_order as (partition by c.id order by coalesce(e.occurred_at, c.created_at), coalesce(e.ordinal, 0), e.id)
    ) as s
    inner join (values (false), (true)) as b (is_before) on not b.is_before or (s.place = 1 and s.came_from is not null)
) as s;

create temporary table hand_lives on commit drop as
select
    l.*, case when l.is_ended then r.entered_at end as resolved_at, r.ordinal as resolved_ordinal, r.id as resolved_id,
    case when l.is_ended then l.status || case when r.is_automatic then ':automatic' else ':manual' end end as resolution_type
from (
    select
        conversation_id, min(entered_at) filter (where is_resolution) as first_resolved_at,
        max(place) filter (where is_resolution) as last_place, count(*) filter (where is_reopening) as reopen_count,
        bool_or(is_ended) filter (where left_at is null) as is_ended, max(status) filter (where left_at is null) as status,
        max(entered_at) filter (where left_at is null) as since
    from hand_states
    group by conversation_id
) as l
left join hand_states as r on r.conversation_id = l.conversation_id and r.place = l.last_place;

create temporary table hand_times on commit drop as
select
    conversation_id, coalesce(sum(ms) filter (where status not in ('pending', 'escalated') and not is_ended), 0) as active_ms,
    coalesce(sum(ms) filter (where status = 'pending'), 0) as pending_ms,
    coalesce(sum(ms) filter (where status = 'escalated'), 0) as escalated_ms,
    coalesce(sum(ms) filter (where is_ended), 0) as resolved_ms
from (
    select
        s.conversation_id, s.status, s.is_ended,
        floor(extract(epoch from coalesce(least(s.left_at, l.resolved_at), e.data_as_of)) * 1000)
        - floor(extract(epoch from least(s.entered_at, l.resolved_at)) * 1000) as ms
    from hand_states as s
    inner join hand_lives as l on l.conversation_id = s.conversation_id
    cross join raw.extract as e
) as cut
group by conversation_id;

create temporary table hand_messages on commit drop as
select
    m.*, row_number() over in_order as place, count(*) filter (where sender = 'customer') over in_order as customer_so_far,
    count(*) filter (where sender = 'ai') over in_order as ai_so_far,
    count(*) filter (where sender = 'agent') over in_order as agent_so_far
from (
    select
        m.tenant_id, m.conversation_id, m.id, m.agent_id, m.ordinal, m.confidence_score as confidence,
        m.processing_time_ms as processing_ms, m.created_at as sent_at,
        m.created_at at time zone t.timezone as sent_local,
        case
            when m.sender_type in ('user', 'customer', 'visitor') then 'customer'
            when m.sender_type in ('ai', 'assistant', 'bot') then 'ai'
            when m.sender_type in ('agent', 'human') then 'agent'
            when m.sender_type = 'system' then 'system' else 'unknown'
        end as sender
    from raw.messages as m
    inner join hand_tenant_settings as t on t.tenant_id = m.tenant_id
    where not m.is_internal
) as m
window in_order as (partition by conversation_id order by sent_at, ordinal, id rows unbounded preceding);

create temporary table hand_spoken on commit drop as
select
    m.conversation_id, max(sender) filter (where place = 1) as opened_by, count(*) as total_messages,
    count(*) filter (where sender = 'customer') as by_customer, count(*) filter (where sender = 'ai') as by_ai,
    count(*) filter (where sender = 'agent') as by_agent, count(*) filter (where sender = 'system') as by_system,
    count(*) filter (where sender = 'unknown') as by_unknown, max(sent_at) as last_at,
    min(sent_at) filter (where sender = 'customer') as asked_at,
    min(sent_at) filter (where sender in ('ai', 'agent') and customer_so_far > 0) as answered_at,
    min(sent_at) filter (where sender = 'agent' and customer_so_far > 0) as by_human_at,
    min(sent_at) filter (where sender = 'ai' and customer_so_far > 0) as by_ai_at,
    min(sent_at) filter (where sender = 'agent' and ai_so_far > 0) as taken_over_at,
    count(confidence) filter (where sender = 'ai') as confidences, sum(confidence) filter (where sender = 'ai') as confidence_sum,
    min(confidence) filter (where sender = 'ai') as confidence_min,
    count(*) filter (where sender = 'ai' and confidence < t.threshold) as fallbacks,
    bool_or((sent_at, m.ordinal, id) < (resolved_at, resolved_ordinal, resolved_id)) filter (where sender = 'agent') as agent_did,
    bool_or((sent_at, m.ordinal, id) < (resolved_at, resolved_ordinal, resolved_id)) filter (where sender = 'ai') as ai_did
from hand_messages as m
inner join hand_tenant_settings as t on t.tenant_id = m.tenant_id
inner join hand_lives as l on l.conversation_id = m.conversation_id
group by m.conversation_id;

create temporary table hand_waits on commit drop as
with stretches as (
    select
        conversation_id, agent_so_far - (sender = 'agent')::integer as stretch,
        min(sent_at) filter (where sender = 'customer') as began_at,
        min(sent_at) filter (where sender <> 'customer') as ended_at, min(sent_at) filter (where sender = 'agent') as by_human_at
    from hand_messages
    where sender in ('customer', 'ai', 'agent')
    group by conversation_id, ai_so_far + agent_so_far - (sender <> 'customer')::integer, stretch
), measured as (
    select conversation_id, false as is_human, began_at, ended_at from stretches where began_at is not null
    union all
    select conversation_id, true, min(began_at), min(by_human_at)
    from stretches
    group by conversation_id, stretch
    having min(began_at) is not null
), timed as (
    select
        conversation_id, is_human,
        floor(extract(epoch from ended_at) * 1000) - floor(extract(epoch from began_at) * 1000) as ms
    from measured
)
select
    conversation_id, count(*) filter (where not is_human) as waits, count(ms) filter (where not is_human) as answered_waits,
    sum(ms) filter (where not is_human) as total, max(ms) filter (where not is_human) as longest,
    count(*) filter (where is_human) as human_waits, count(ms) filter (where is_human) as human_answered_waits,
    sum(ms) filter (where is_human) as human_total, max(ms) filter (where is_human) as human_longest
from timed
group by conversation_id;

create temporary table hand_notes on commit drop as
select conversation_id, count(*) as internal_notes, max(created_at) as last_at
from (
    select conversation_id, created_at from raw.messages where is_internal
    union all
    select conversation_id, created_at from raw.conversation_notes
) as notes
group by conversation_id;

create temporary table hand_assigned on commit drop as
with assigned as (
    select conversation_id, min(occurred_at) as first_at, count(*) filter (where to_agent_id <> was) as switches
    from (
        select
            conversation_id, occurred_at, to_agent_id,
            lag(to_agent_id) over (partition by conversation_id order by occurred_at, ordinal, id) as was
        from raw.conversation_events
        where event_type = 'assignment' and to_agent_id is not null
    ) as assignments
    group by conversation_id
), spoken as (
    select conversation_id, count(*) filter (where agent_id <> was) as switches
    from (
        select conversation_id, agent_id, lag(agent_id) over (partition by conversation_id order by place) as was
        from hand_messages
        where sender = 'agent' and agent_id is not null
    ) as senders
    group by conversation_id
)
select conversation_id, first_at, coalesce(assigned.switches, spoken.switches) as switches
from assigned
full join spoken using (conversation_id);

create temporary table hand_handoffs on commit drop as
select t.tenant_id, t.conversation_id, t.id, coalesce(t.reason, c.handoff_reason) as reason, t.accepted_at as handed_off_at
from raw.conversation_transfers as t
inner join raw.conversations as c on c.id = t.conversation_id
where t.status = 'accepted' and t.from_agent_id is null
union all
select c.tenant_id, c.id, null, c.handoff_reason, s.taken_over_at
from hand_spoken as s
inner join raw.conversations as c on c.id = s.conversation_id
where
    s.taken_over_at is not null
    and not exists (select from raw.conversation_transfers as t where t.conversation_id = c.id);

create temporary table hand_ratings on commit drop as
select
    r.tenant_id, r.conversation_id, r.id, r.score, r.occurred_at as rated_at,
    row_number() over (partition by r.conversation_id order by r.occurred_at desc, r.ordinal desc, r.id desc) = 1 as is_last,
    coalesce(assigned.to_agent_id, wrote.agent_id) as rated_agent_id, c.channel_type, c.department,
    (r.occurred_at at time zone t.timezone)::date as rated_on
from raw.conversation_events as r
inner join hand_tenant_settings as t on t.tenant_id = r.tenant_id
inner join raw.conversations as c on c.id = r.conversation_id
left join lateral (
    select a.to_agent_id
    from raw.conversation_events as a
    where
        a.tenant_id = r.tenant_id and a.conversation_id = r.conversation_id and a.event_type = 'assignment'
        and (a.occurred_at, a.ordinal, a.id) < (r.occurred_at, r.ordinal, r.id)
    order by a.occurred_at desc, a.ordinal desc, a.id desc
    limit 1
) as assigned on true
left join lateral (
    select m.agent_id
    from raw.messages as m
    where
        m.tenant_id = r.tenant_id and m.conversation_id = r.conversation_id and not m.is_internal
        and m.sender_type in ('agent', 'human') and m.agent_id is not null
        and (m.created_at, m.ordinal, m.id) < (r.occurred_at, r.ordinal, r.id)
    order by m.created_at desc, m.ordinal desc, m.id desc
    limit 1
) as wrote on assigned.to_agent_id is null
where r.event_type = 'rating';

create temporary table hand_knowledge on commit drop as
select
    conversation_id, count(distinct knowledge_item_id) as items, count(was_helpful) as marked,
    count(*) filter (where was_helpful) as helpful
from raw.knowledge_analytics
group by conversation_id;

-- Open time at seven instants of each conversation: what has passed when the stretch began, and what passed in it.
create temporary table hand_open on commit drop as
select
    i.conversation_id, max(o.ms) filter (where i.what = 'started') as started, max(o.ms) filter (where i.what = 'ended') as ended,
    max(o.ms) filter (where i.what = 'first ended') as first_ended, max(o.ms) filter (where i.what = 'asked') as asked,
    max(o.ms) filter (where i.what = 'answered') as answered, max(o.ms) filter (where i.what = 'by human') as by_human,
    max(o.ms) filter (where i.what = 'by ai') as by_ai
from (
    select c.tenant_id, c.id as conversation_id, v.what, floor(extract(epoch from v.instant) * 1000)::bigint as ms
    from raw.conversations as c
    inner join hand_lives as l on l.conversation_id = c.id
    left join hand_spoken as s on s.conversation_id = c.id
    cross join lateral (
        values
        ('started', c.created_at), ('first ended', l.first_resolved_at), ('ended', l.resolved_at), ('asked', s.asked_at),
        ('answered', s.answered_at), ('by human', s.by_human_at), ('by ai', s.by_ai_at)
    ) as v (what, instant)
    where v.instant is not null
) as i
inner join raw.business_stretches as b
    on b.tenant_id = i.tenant_id and b.day = floor(i.ms / 86400000.0)::integer and i.ms >= b.from_ms and i.ms < b.until_ms
cross join lateral (select b.opened_ms + case when b.open_day is null then 0 else i.ms - b.from_ms end as ms) as o
group by i.conversation_id;

create temporary table hand_conversation_analytics on commit drop as
with measured as (
    select
        c.*, t.*, l.since, l.first_resolved_at, l.resolved_at, l.is_ended, l.reopen_count, l.resolution_type, s.opened_by, s.asked_at,
        s.answered_at, s.by_human_at, s.by_ai_at, s.confidences, s.confidence_sum, s.confidence_min, s.fallbacks, s.agent_did,
        s.ai_did, coalesce(s.total_messages, 0) as total_messages, coalesce(s.by_customer, 0) as by_customer,
        coalesce(s.by_ai, 0) as by_ai, coalesce(s.by_agent, 0) as by_agent, coalesce(s.by_system, 0) as by_system,
        coalesce(s.by_unknown, 0) as by_unknown, greatest(c.created_at, s.last_at, n.last_at) as last_at, n.internal_notes,
        w.waits, w.answered_waits, w.total, w.longest, w.human_waits, w.human_answered_waits, w.human_total, w.human_longest,
        x.active_ms, x.pending_ms, x.escalated_ms, x.resolved_ms, a.first_at, a.switches, h.handoffs, h.reason as last_reason,
        r.score, r.rated_at, r.rated_agent_id, k.items, k.marked, k.helpful, t.in_open_time and o.started is not null as by_open,
        o.started as o_started, o.asked as o_asked, o.answered - o.asked as o_answered, o.by_human - o.asked as o_by_human,
        o.by_ai - o.asked as o_by_ai, o.first_ended - o.started as o_first_ended, o.ended - o.started as o_ended,
        floor(extract(epoch from c.created_at) * 1000)::bigint as started_ms,
        floor(extract(epoch from s.asked_at) * 1000)::bigint as asked_ms,
        floor(extract(epoch from s.answered_at) * 1000)::bigint as answered_ms,
        floor(extract(epoch from l.resolved_at) * 1000)::bigint as resolved_at_ms
    from raw.conversations as c
    inner join (select tenant_id as tenant, timezone, threshold, auto_close, response_target, resolution_target, in_open_time,
        data_as_of, as_of_ms, as_of_open_ms from hand_tenant_settings) as t on t.tenant = c.tenant_id
    inner join hand_lives as l on l.conversation_id = c.id
    left join hand_spoken as s on s.conversation_id = c.id
    left join hand_notes as n on n.conversation_id = c.id
    left join hand_waits as w on w.conversation_id = c.id
    left join hand_times as x on x.conversation_id = c.id
    left join hand_assigned as a on a.conversation_id = c.id
    left join (
        select conversation_id, count(*) as handoffs, (array_agg(reason order by handed_off_at desc, id desc))[1] as reason
        from hand_handoffs
        group by conversation_id
    ) as h on h.conversation_id = c.id
    left join hand_ratings as r on r.conversation_id = c.id and r.is_last
    left join hand_knowledge as k on k.conversation_id = c.id
    left join hand_open as o on o.conversation_id = c.id
), promised as (
    select
        m.*, case when by_open then o_answered else answered_ms - asked_ms end as response_ms,
        case when by_open then o_ended else resolved_at_ms - started_ms end as resolution_ms,
        case when by_open then as_of_open_ms - o_asked else as_of_ms - asked_ms end as response_used,
        case when by_open then as_of_open_ms - o_started else as_of_ms - started_ms end as resolution_used,
        timestamptz 'epoch' + interval '1 millisecond' * case
            when by_open then a.from_ms + o_asked + response_target - a.opened_ms else asked_ms + response_target
        end as response_due_at,
        timestamptz 'epoch' + interval '1 millisecond' * case
            when by_open then e.from_ms + o_started + resolution_target - e.opened_ms else started_ms + resolution_target
        end as resolution_due_at
    from measured as m
    left join raw.business_stretches as a
        on a.tenant_id = m.tenant_id and a.open_day = floor((o_asked + response_target - 1) / 86400000.0)::integer
        and o_asked + response_target > a.opened_ms and o_asked + response_target <= a.opened_ms + a.until_ms - a.from_ms
    left join raw.business_stretches as e
        on e.tenant_id = m.tenant_id and e.open_day = floor((o_started + resolution_target - 1) / 86400000.0)::integer
        and o_started + resolution_target > e.opened_ms
        and o_started + resolution_target <= e.opened_ms + e.until_ms - e.from_ms
)
select
    tenant_id, id as conversation_id, customer_key, channel_type, department,
    case
        when priority = 'medium' then 'normal' when priority in ('low', 'normal', 'high', 'urgent') then priority
        when priority is not null then 'unknown'
    end as priority,
    language,
    case when sentiment in ('positive', 'neutral', 'negative') then sentiment when sentiment is not null then 'unknown' end as sentiment,
    case
        when status in ('active', 'open', 'assigned', 'queued', 'human_handled') then 'active'
        when status in ('closed', 'abandoned') then 'closed'
        when status in ('pending', 'escalated', 'resolved') then status when status is not null then 'unknown'
    end as status,
    assigned_agent_id as agent_id, opened_by, created_at as started_at, (created_at at time zone timezone)::date as started_on,
    date_trunc('month', created_at at time zone timezone)::date as started_month,
    md5(concat_ws(
        chr(31), tenant_id, (created_at at time zone timezone)::date, channel_type, department,
        coalesce(assigned_agent_id::text, '')
    ))::uuid as daily_metrics_id,
    answered_at as first_response_at, by_human_at as first_human_response_at, by_ai_at as first_ai_response_at,
    ((answered_ms - asked_ms) * 0.001)::numeric(18, 3) as first_response_seconds,
    ((floor(extract(epoch from by_human_at) * 1000) - asked_ms) * 0.001)::numeric(18, 3) as first_human_response_seconds,
    ((floor(extract(epoch from by_ai_at) * 1000) - asked_ms) * 0.001)::numeric(18, 3) as first_ai_response_seconds,
    (o_answered * 0.001)::numeric(18, 3) as first_response_business_seconds,
    (o_by_human * 0.001)::numeric(18, 3) as first_human_response_business_seconds,
    (o_by_ai * 0.001)::numeric(18, 3) as first_ai_response_business_seconds, first_resolved_at, resolved_at,
    ((floor(extract(epoch from first_resolved_at) * 1000) - started_ms) * 0.001)::numeric(18, 3) as first_resolution_seconds,
    ((resolved_at_ms - started_ms) * 0.001)::numeric(18, 3) as full_resolution_seconds,
    ((resolved_at_ms - started_ms) * 0.001)::numeric(18, 3) as total_duration_seconds,
    (o_first_ended * 0.001)::numeric(18, 3) as first_resolution_business_seconds,
    (o_ended * 0.001)::numeric(18, 3) as full_resolution_business_seconds, reopen_count,
    case when resolved_at is null then since end as running_since,
    (active_ms * 0.001)::numeric(18, 3) as active_seconds, (pending_ms * 0.001)::numeric(18, 3) as pending_seconds,
    (escalated_ms * 0.001)::numeric(18, 3) as escalated_seconds, (resolved_ms * 0.001)::numeric(18, 3) as resolved_seconds,
    case when resolved_at is not null then ((active_ms + escalated_ms) * 0.001)::numeric(18, 3) end as requester_wait_seconds,
    (pending_ms * 0.001)::numeric(18, 3) as agent_wait_seconds, coalesce(waits, 0) as waits,
    coalesce(answered_waits, 0) as answered_waits, (total * 0.001)::numeric(18, 3) as wait_seconds_total,
    (longest * 0.001)::numeric(18, 3) as longest_wait_seconds, coalesce(human_waits, 0) as human_waits,
    coalesce(human_answered_waits, 0) as human_answered_waits, (human_total * 0.001)::numeric(18, 3) as human_wait_seconds_total,
    (human_longest * 0.001)::numeric(18, 3) as human_longest_wait_seconds, total_messages, by_customer as customer_messages,
    by_ai as ai_messages, by_agent as agent_messages, by_system as system_messages, by_unknown as unknown_messages,
    coalesce(internal_notes, 0) as internal_notes, by_agent as agent_touches,
    case by_agent when 0 then 'none' when 1 then 'one' when 2 then 'two' else 'many' end as touch,
    coalesce(handoffs, 0)::integer as handoff_count, last_reason as handoff_reason, coalesce(switches, 0) as agent_switches,
    first_at as first_assigned_at,
    case
        when first_at <= created_at then 0
        else ((floor(extract(epoch from first_at) * 1000) - started_ms) * 0.001)::numeric(18, 3)
    end as unassigned_seconds,
    (response_target * 0.001)::numeric(18, 3) as sla_first_response_target_seconds, response_due_at as sla_first_response_due_at,
    case
        when asked_ms is null then null
        when response_ms <= response_target then 'met'
        when response_ms > response_target or is_ended or response_used > response_target then 'breached'
        when response_used * 2 > response_target then 'at_risk' when response_used is not null then 'pending'
    end as sla_first_response_state,
    (resolution_target * 0.001)::numeric(18, 3) as sla_resolution_target_seconds, resolution_due_at as sla_resolution_due_at,
    case
        when resolution_ms <= resolution_target then 'met'
        when resolution_ms > resolution_target or resolution_used > resolution_target then 'breached'
        when resolution_used * 2 > resolution_target then 'at_risk' when resolution_used is not null then 'pending'
    end as sla_resolution_state,
    by_open as sla_in_business_time,
    case when resolved_at is not null then case when agent_did then 'agent' when ai_did then 'ai' else 'abandoned' end end
        as resolved_by,
    resolution_type, by_ai + by_agent = 0 and (is_ended or last_at + auto_close < data_as_of) as is_abandoned,
    coalesce(score, satisfaction_score)::numeric(7, 6) as customer_satisfaction, rated_at, rated_agent_id,
    (confidence_sum / nullif(confidences, 0))::numeric(9, 6) as ai_confidence_avg, confidence_min::numeric(7, 6) as ai_confidence_min,
    confidence_sum::numeric(18, 6) as ai_confidence_sum, coalesce(confidences, 0) as ai_confidence_count,
    case when confidences > 0 then fallbacks end as ai_fallback_messages,
    (1.0 * helpful / nullif(marked, 0))::numeric(7, 6) as ai_accuracy_score, coalesce(marked, 0) as ai_answers_marked,
    coalesce(helpful, 0) as ai_answers_helpful, coalesce(items, 0) as knowledge_items_used, lead_qualified,
    revenue_generated::numeric(14, 2) as revenue_generated, follow_up_required
from promised;
