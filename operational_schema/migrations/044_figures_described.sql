-- What each figure that the application reads counts, from when to when, and what null means: by the definitions of the marts.

comment on column public.conversation_analytics.first_response_at is
    'First public message of AI or agent after the customer first wrote; null while there is none.';
comment on column public.conversation_analytics.resolved_at is
    'When it last became resolved or closed; null while it is open.';
comment on column public.conversation_analytics.total_duration_seconds is
    'From started_at to resolved_at; null while it is open.';
comment on column public.conversation_analytics.total_messages is
    'Public messages.';
comment on column public.conversation_analytics.customer_messages is
    'Public messages of user, customer or visitor.';
comment on column public.conversation_analytics.ai_messages is
    'Public messages of ai, assistant or bot.';
comment on column public.conversation_analytics.agent_messages is
    'Public messages of agent or human.';
comment on column public.conversation_analytics.resolved_by is
    'Agent, if one had written before resolved_at; else ai, if that had; else abandoned. Null while it is open.';
comment on column public.conversation_analytics.resolution_type is
    'Resolved or closed, by hand (manual) or by a rule (automatic); null while it is open.';
comment on column public.conversation_analytics.handoff_count is
    'Accepted transfers from nobody; where there are no transfers at all, 1 if an agent wrote after the AI.';
comment on column public.conversation_analytics.agent_switches is
    'Changes from one assigned agent to another; where nobody was assigned, from one writing agent to another.';
comment on column public.conversation_analytics.customer_satisfaction is
    'The last rating, 1 to 5; null without one.';
comment on column public.conversation_analytics.ai_accuracy_score is
    'Uses of knowledge marked helpful, of those marked at all; null where none is.';
comment on column public.conversation_analytics.knowledge_items_used is
    'Different articles used.';
comment on column public.conversation_analytics.lead_qualified is
    'As business_context says; null where it does not.';
comment on column public.conversation_analytics.revenue_generated is
    'As business_context says; null where it does not.';
comment on column public.conversation_analytics.follow_up_required is
    'As business_context says; null where it does not.';
comment on column public.conversation_analytics.data_as_of is
    'The instant of what the figures are computed from.';

comment on column public.daily_metrics.date is
    'The tenant''s local day on which the conversations started; whatever happens to them later changes this day.';
comment on column public.daily_metrics.total_conversations is
    'Conversations that started on the day.';
comment on column public.daily_metrics.ai_resolved_conversations is
    'Those with resolved_by ai.';
comment on column public.daily_metrics.human_resolved_conversations is
    'Those with resolved_by agent.';
comment on column public.daily_metrics.abandoned_conversations is
    'Those that ended, or fell silent for conversation_auto_close_time, without a public reply.';
comment on column public.daily_metrics.avg_first_response_time_seconds is
    'Mean from the customer''s first message to first_response_at, of those that were answered; null where none was.';
comment on column public.daily_metrics.avg_resolution_time_seconds is
    'Mean of total_duration_seconds, of those that are resolved; null where none is.';
comment on column public.daily_metrics.total_ratings is
    'Those that were rated: the denominator of avg_satisfaction_score.';
comment on column public.daily_metrics.avg_satisfaction_score is
    'Mean of their last ratings, 1 to 5; null where none was rated.';
comment on column public.daily_metrics.ai_confidence_avg is
    'Mean confidence of the AI''s public messages; null where it says none.';
comment on column public.daily_metrics.ai_accuracy_rate is
    'Uses of knowledge marked helpful, of those marked at all; null where none is.';
comment on column public.daily_metrics.handoff_rate is
    'Share of the conversations with a handoff_count above 0.';
comment on column public.daily_metrics.leads_generated is
    'Those with lead_qualified.';
comment on column public.daily_metrics.sales_qualified_leads is
    'Those with lead_qualified and follow_up_required.';
comment on column public.daily_metrics.revenue_attributed is
    'Sum of revenue_generated; null where nothing is said of it.';
comment on column public.daily_metrics.data_as_of is
    'The instant of what the figures are computed from.';
