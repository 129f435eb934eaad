-- The marts by day, after `conversations.sql`, in the same hurry: each straight at its own grain, all of them tables.
create temporary table hand_conversation_days on commit drop as
with happened as (
    select
        s.conversation_id, case when s.is_resolution then 'resolution' else 'reopening' end as what, null::numeric as score,
        s.entered_at at time zone t.timezone as local
    from hand_states as s
    inner join hand_tenant_settings as t on t.tenant_id = s.tenant_id
    where s.is_resolution or s.is_reopening
    union all
    select r.conversation_id, 'rating', r.score, r.rated_on from hand_ratings as r
    union all
    select h.conversation_id, 'handoff', null, h.handed_off_at at time zone t.timezone
    from hand_handoffs as h
    inner join hand_tenant_settings as t on t.tenant_id = h.tenant_id
    union all
    select m.conversation_id, m.sender, null, m.sent_local from hand_messages as m
    union all
    select
        c.conversation_id, 'late answer', null,
        case
            when c.first_response_at is null then least(c.sla_first_response_due_at, c.resolved_at)
            else c.sla_first_response_due_at
        end at time zone t.timezone
    from hand_conversation_analytics as c
    inner join hand_tenant_settings as t on t.tenant_id = c.tenant_id
    where c.sla_first_response_state = 'breached'
    union all
    select c.conversation_id, 'late end', null, c.sla_resolution_due_at at time zone t.timezone
    from hand_conversation_analytics as c
    inner join hand_tenant_settings as t on t.tenant_id = c.tenant_id
    where c.sla_resolution_state = 'breached'
), days as (
    select
        conversation_id, local::date as date, count(*) filter (where what = 'resolution') as resolutions,
        count(*) filter (where what = 'reopening') as reopens, count(*) filter (where what = 'rating') as ratings,
        sum(score)::numeric(18, 6) as ratings_sum, count(*) filter (where what = 'handoff') as handoffs,
        count(*) filter (where what = 'customer') as customer_messages, count(*) filter (where what = 'ai') as ai_messages,
        count(*) filter (where what = 'agent') as agent_messages, count(*) filter (where what = 'system') as system_messages,
        count(*) filter (where what = 'unknown') as unknown_messages,
        count(*) filter (where what = 'late answer') as sla_first_response_breaches,
        count(*) filter (where what = 'late end') as sla_resolution_breaches
    from happened
    where local is not null
    group by conversation_id, local::date
)
select
    c.tenant_id, c.customer_key, c.channel_type, c.department, c.agent_id, days.*,
    md5(concat_ws(chr(31), c.tenant_id, days.date, c.channel_type, c.department, coalesce(c.agent_id::text, '')))::uuid
        as daily_metrics_id
from days
inner join hand_conversation_analytics as c using (conversation_id);

create temporary table hand_daily_metrics on commit drop as
with started as (
    select
        daily_metrics_id, tenant_id, started_on as date, channel_type, department, agent_id, count(*) as total_conversations,
        count(*) filter (where resolved_by = 'ai') as by_ai, count(*) filter (where resolved_by = 'agent') as by_agent,
        count(*) filter (where resolved_by = 'abandoned' or is_abandoned) as abandoned,
        count(first_response_seconds) as answered, sum(first_response_seconds) as answered_after,
        count(first_human_response_seconds) as by_human, sum(first_human_response_seconds) as by_human_after,
        count(full_resolution_seconds) as resolved, sum(full_resolution_seconds) as resolved_after,
        count(customer_satisfaction) as ratings, sum(customer_satisfaction) as ratings_sum, sum(ai_confidence_sum) as confidence,
        sum(ai_confidence_count) as confidences, count(*) filter (where handoff_count > 0) as handed_off,
        count(*) filter (where reopen_count > 0) as reopened, count(*) filter (where lead_qualified) as leads,
        count(*) filter (where lead_qualified and follow_up_required) as qualified, sum(ai_answers_marked) as marked,
        sum(ai_answers_helpful) as helpful, count(lead_qualified) as known, sum(revenue_generated) as revenue,
        sum(total_messages) as messages, sum(customer_messages) as of_customer, sum(ai_messages) as of_ai,
        sum(agent_messages) as of_agent
    from hand_conversation_analytics
    group by daily_metrics_id, tenant_id, started_on, channel_type, department, agent_id
), happened as (
    select
        daily_metrics_id, tenant_id, date, channel_type, department, agent_id, sum(resolutions) as resolutions,
        count(*) filter (where resolutions > 0) as conversations, sum(reopens) as reopens, sum(ratings) as ratings,
        count(distinct customer_key) filter (where resolutions > 0) as customers, sum(ratings_sum) as ratings_sum,
        sum(handoffs) as handoffs, sum(customer_messages) as of_customer, sum(ai_messages) as of_ai,
        sum(agent_messages) as of_agent, sum(system_messages) as of_system, sum(unknown_messages) as of_unknown,
        sum(sla_first_response_breaches) as late_answers, sum(sla_resolution_breaches) as late_ends
    from hand_conversation_days
    group by daily_metrics_id, tenant_id, date, channel_type, department, agent_id
)
select
    daily_metrics_id, coalesce(s.tenant_id, h.tenant_id) as tenant_id, coalesce(s.date, h.date) as date,
    coalesce(s.channel_type, h.channel_type) as channel_type, coalesce(s.department, h.department) as department,
    coalesce(s.agent_id, h.agent_id) as agent_id, coalesce(s.total_conversations, 0) as total_conversations,
    coalesce(s.by_ai, 0) as ai_resolved_conversations, coalesce(s.by_agent, 0) as human_resolved_conversations,
    coalesce(s.abandoned, 0) as abandoned_conversations,
    (s.answered_after / nullif(s.answered, 0))::numeric(18, 3) as avg_first_response_time_seconds,
    coalesce(s.answered, 0) as first_response_count, s.answered_after::numeric(18, 3) as first_response_seconds_total,
    (s.by_human_after / nullif(s.by_human, 0))::numeric(18, 3) as avg_first_human_response_time_seconds,
    coalesce(s.by_human, 0) as first_human_response_count,
    s.by_human_after::numeric(18, 3) as first_human_response_seconds_total,
    (s.resolved_after / nullif(s.resolved, 0))::numeric(18, 3) as avg_resolution_time_seconds,
    coalesce(s.resolved, 0) as resolution_count, s.resolved_after::numeric(18, 3) as resolution_seconds_total,
    (s.ratings_sum / nullif(s.ratings, 0))::numeric(9, 6) as avg_satisfaction_score, coalesce(s.ratings, 0) as total_ratings,
    s.ratings_sum::numeric(18, 6) as ratings_sum, (s.confidence / nullif(s.confidences, 0))::numeric(9, 6) as ai_confidence_avg,
    coalesce(s.confidences, 0) as ai_confidence_count, s.confidence::numeric(18, 6) as ai_confidence_sum,
    (1.0 * s.helpful / nullif(s.marked, 0))::numeric(9, 6) as ai_accuracy_rate, coalesce(s.marked, 0) as ai_answers_marked,
    coalesce(s.helpful, 0) as ai_answers_helpful,
    (1.0 * s.handed_off / nullif(s.total_conversations, 0))::numeric(9, 6) as handoff_rate,
    coalesce(s.handed_off, 0) as handed_off_conversations, coalesce(s.reopened, 0) as reopened_conversations,
    coalesce(s.leads, 0) as leads_generated, coalesce(s.qualified, 0) as sales_qualified_leads,
    coalesce(s.known, 0) as lead_known_conversations, s.revenue::numeric(14, 2) as revenue_attributed,
    coalesce(s.messages, 0) as total_messages, coalesce(s.of_customer, 0) as customer_messages,
    coalesce(s.of_ai, 0) as ai_messages, coalesce(s.of_agent, 0) as agent_messages,
    coalesce(s.total_conversations, 0) as happened_opened, coalesce(h.resolutions, 0) as happened_resolutions,
    coalesce(h.conversations, 0) as happened_resolved_conversations, coalesce(h.customers, 0) as happened_resolved_customers,
    coalesce(h.reopens, 0) as happened_reopens, coalesce(h.ratings, 0) as happened_ratings,
    h.ratings_sum::numeric(18, 6) as happened_ratings_sum, coalesce(h.handoffs, 0) as happened_handoffs,
    coalesce(h.of_customer, 0) as happened_customer_messages, coalesce(h.of_ai, 0) as happened_ai_messages,
    coalesce(h.of_agent, 0) as happened_agent_messages, coalesce(h.of_system, 0) as happened_system_messages,
    coalesce(h.of_unknown, 0) as happened_unknown_messages, coalesce(h.late_answers, 0) as happened_sla_first_response_breaches,
    coalesce(h.late_ends, 0) as happened_sla_resolution_breaches
from started as s
full join happened as h using (daily_metrics_id);

create temporary table hand_duration_histogram on commit drop as
select
    daily_metrics_id, tenant_id, started_on as date, channel_type, department, agent_id, measure,
    case when seconds <= 0 then -1 else floor(ln((seconds * 1000)::float8) / ln(1.03::float8))::integer end as bucket,
    count(*) as conversations, sum(seconds)::numeric(18, 3) as seconds_total
from hand_conversation_analytics
cross join lateral (
    values
    ('first_response', first_response_seconds), ('first_human_response', first_human_response_seconds),
    ('first_ai_response', first_ai_response_seconds), ('first_resolution', first_resolution_seconds),
    ('full_resolution', full_resolution_seconds), ('first_response_business', first_response_business_seconds),
    ('first_human_response_business', first_human_response_business_seconds),
    ('full_resolution_business', full_resolution_business_seconds)
) as measured (measure, seconds)
where seconds is not null
group by daily_metrics_id, tenant_id, started_on, channel_type, department, agent_id, measure, bucket;

create temporary table hand_channel_daily on commit drop as
with started as (
    select
        tenant_id, started_on as date, channel_type, count(*) as total_conversations, count(distinct customer_key) as customers,
        count(*) filter (where resolved_by = 'ai') as by_ai, count(*) filter (where resolved_by = 'agent') as by_agent,
        count(*) filter (where resolved_by = 'abandoned' or is_abandoned) as abandoned,
        count(first_response_seconds) as answered, sum(first_response_seconds) as answered_after,
        count(first_human_response_seconds) as answered_by_agents,
        sum(first_human_response_seconds) as answered_by_agents_after, sum(waits) as waits,
        sum(answered_waits) as answered_waits, sum(wait_seconds_total) as waited, max(longest_wait_seconds) as longest,
        count(full_resolution_seconds) as resolved, sum(full_resolution_seconds) as resolved_after,
        count(customer_satisfaction) as ratings, sum(customer_satisfaction) as ratings_sum, sum(total_messages) as messages
    from hand_conversation_analytics
    group by tenant_id, started_on, channel_type
), happened as (
    select
        tenant_id, date, channel_type, sum(resolutions) as resolutions, sum(reopens) as reopens,
        sum(customer_messages + ai_messages + agent_messages) as messages, count(distinct customer_key) as customers
    from hand_conversation_days
    group by tenant_id, date, channel_type
), given as (
    select
        r.tenant_id, r.rated_on as date, r.channel_type,
        count(*) filter (where floor(r.score + 0.5) = 1) as of_1, count(*) filter (where floor(r.score + 0.5) = 2) as of_2,
        count(*) filter (where floor(r.score + 0.5) = 3) as of_3, count(*) filter (where floor(r.score + 0.5) = 4) as of_4,
        count(*) filter (where floor(r.score + 0.5) = 5) as of_5
    from hand_ratings as r
    group by r.tenant_id, r.rated_on, r.channel_type
)
select
    tenant_id, date, channel_type, coalesce(s.total_conversations, 0) as total_conversations,
    coalesce(s.customers, 0) as customers, coalesce(s.by_ai, 0) as ai_resolved_conversations,
    coalesce(s.by_agent, 0) as human_resolved_conversations, coalesce(s.abandoned, 0) as abandoned_conversations,
    coalesce(s.answered, 0) as first_response_count, s.answered_after::numeric(18, 3) as first_response_seconds_total,
    coalesce(s.answered_by_agents, 0) as first_human_response_count,
    s.answered_by_agents_after::numeric(18, 3) as first_human_response_seconds_total, coalesce(s.waits, 0)::bigint as waits,
    coalesce(s.answered_waits, 0)::bigint as answered_waits, s.waited::numeric(18, 3) as wait_seconds_total,
    s.longest::numeric(18, 3) as longest_wait_seconds,
    coalesce(s.resolved, 0) as resolution_count, s.resolved_after::numeric(18, 3) as resolution_seconds_total,
    coalesce(s.ratings, 0) as total_ratings, s.ratings_sum::numeric(18, 6) as ratings_sum,
    coalesce(s.messages, 0) as total_messages, coalesce(h.resolutions, 0) as happened_resolutions,
    coalesce(h.reopens, 0) as happened_reopens, coalesce(h.messages, 0) as happened_messages,
    coalesce(h.customers, 0) as happened_active_customers, coalesce(g.of_1, 0) as happened_ratings_of_1,
    coalesce(g.of_2, 0) as happened_ratings_of_2, coalesce(g.of_3, 0) as happened_ratings_of_3,
    coalesce(g.of_4, 0) as happened_ratings_of_4, coalesce(g.of_5, 0) as happened_ratings_of_5
from started as s
full join happened as h using (tenant_id, date, channel_type)
full join given as g using (tenant_id, date, channel_type);

create temporary table hand_department_daily on commit drop as
select
    tenant_id, started_on as date, department, count(*) as total_conversations,
    count(*) filter (where resolved_by = 'ai') as ai_resolved_conversations,
    count(*) filter (where resolved_by = 'agent') as human_resolved_conversations,
    count(*) filter (where resolved_by = 'abandoned' or is_abandoned) as abandoned_conversations,
    count(*) filter (where reopen_count > 0) as reopened_conversations, count(first_response_seconds) as first_response_count,
    sum(first_response_seconds)::numeric(18, 3) as first_response_seconds_total,
    count(first_human_response_seconds) as first_human_response_count,
    sum(first_human_response_seconds)::numeric(18, 3) as first_human_response_seconds_total,
    count(full_resolution_seconds) as resolution_count,
    sum(full_resolution_seconds)::numeric(18, 3) as resolution_seconds_total, count(customer_satisfaction) as total_ratings,
    sum(customer_satisfaction)::numeric(18, 6) as ratings_sum
from hand_conversation_analytics
group by tenant_id, started_on, department;

create temporary table hand_customers_monthly on commit drop as
select
    tenant_id, started_month as date, count(*) as customers, count(*) filter (where conversations > 1) as returning_customers,
    sum(conversations)::bigint as total_conversations
from (
    select tenant_id, started_month, customer_key, count(*) as conversations
    from hand_conversation_analytics
    where customer_key is not null
    group by tenant_id, started_month, customer_key
) as customers
group by tenant_id, started_month;

create temporary table hand_hourly_load on commit drop as
with happened as (
    select m.conversation_id, m.sender as what, date_trunc('hour', m.sent_local) as local from hand_messages as m
    union all
    select c.conversation_id, 'start', date_trunc('hour', c.started_at at time zone t.timezone)
    from hand_conversation_analytics as c
    inner join hand_tenant_settings as t on t.tenant_id = c.tenant_id
    union all
    select s.conversation_id, 'end', date_trunc('hour', s.entered_at at time zone t.timezone)
    from hand_states as s
    inner join hand_tenant_settings as t on t.tenant_id = s.tenant_id
    where s.is_resolution
)
select
    c.tenant_id, h.local::date as date, extract(hour from h.local)::integer as hour_of_day, c.channel_type,
    extract(isodow from h.local)::integer as iso_weekday, count(*) filter (where what = 'start') as happened_conversations,
    count(*) filter (where what = 'customer') as happened_customer_messages,
    count(*) filter (where what = 'ai') as happened_ai_messages, count(*) filter (where what = 'agent') as happened_agent_messages,
    count(*) filter (where what = 'end') as happened_resolutions
from happened as h
inner join raw.conversations as c on c.id = h.conversation_id
where h.what in ('customer', 'ai', 'agent', 'start', 'end')
group by c.tenant_id, h.local, c.channel_type;
