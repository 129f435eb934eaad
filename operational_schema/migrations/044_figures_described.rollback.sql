-- Takes back 044_figures_described.sql.

comment on column public.conversation_analytics.first_response_at is null;
comment on column public.conversation_analytics.resolved_at is null;
comment on column public.conversation_analytics.total_duration_seconds is null;
comment on column public.conversation_analytics.total_messages is null;
comment on column public.conversation_analytics.customer_messages is null;
comment on column public.conversation_analytics.ai_messages is null;
comment on column public.conversation_analytics.agent_messages is null;
comment on column public.conversation_analytics.resolved_by is null;
comment on column public.conversation_analytics.resolution_type is null;
comment on column public.conversation_analytics.handoff_count is null;
comment on column public.conversation_analytics.agent_switches is null;
comment on column public.conversation_analytics.customer_satisfaction is null;
comment on column public.conversation_analytics.ai_accuracy_score is null;
comment on column public.conversation_analytics.knowledge_items_used is null;
comment on column public.conversation_analytics.lead_qualified is null;
comment on column public.conversation_analytics.revenue_generated is null;
comment on column public.conversation_analytics.follow_up_required is null;
comment on column public.conversation_analytics.data_as_of is null;

comment on column public.daily_metrics.date is null;
comment on column public.daily_metrics.total_conversations is null;
comment on column public.daily_metrics.ai_resolved_conversations is null;
comment on column public.daily_metrics.human_resolved_conversations is null;
comment on column public.daily_metrics.abandoned_conversations is null;
comment on column public.daily_metrics.avg_first_response_time_seconds is null;
comment on column public.daily_metrics.avg_resolution_time_seconds is null;
comment on column public.daily_metrics.total_ratings is null;
comment on column public.daily_metrics.avg_satisfaction_score is null;
comment on column public.daily_metrics.ai_confidence_avg is null;
comment on column public.daily_metrics.ai_accuracy_rate is null;
comment on column public.daily_metrics.handoff_rate is null;
comment on column public.daily_metrics.leads_generated is null;
comment on column public.daily_metrics.sales_qualified_leads is null;
comment on column public.daily_metrics.revenue_attributed is null;
comment on column public.daily_metrics.data_as_of is null;
