"""What the application shows, as `platform/app-contract.md` writes it: the list that the analyses are held to.

Belongs here: each type, KPI, chart and table of the contract, the analysis that answers it, and its fields in the contract's
words and order; where the contract has prose only, names of the same kind. Written from the contract, never from an analysis.
Not here: what no mart can say, with its reason (dbt_project/README.md), and the comparing (`test_analyses.py`).
"""

# Beside the fields of the contract: how many conversations, messages or days a figure was made of.
SAMPLE = "sampleSize"
SUMMARY = "id customerName channel status duration satisfaction agentName"
RETENTION = "period retentionRate churnRate reactivationRate"

# Types of the front end (4.2).
TYPES = {
    "Result.summary": (
        "key_metrics",
        "total_conversations ai_resolution_rate avg_satisfaction_score avg_response_time_seconds",
    ),
    "Result.trends": ("metric_trend", "timestamp value change changePercent"),
    "Ranking": ("ranking", "rank name value change metadata"),
    "Comparison": ("comparison", "metric channel base comparison difference significance"),
    "Anomaly": ("anomalies", "metric timestamp expectedValue actualValue severity description"),
    "Insight": ("insights", "id type title description confidence impact actionable data createdAt"),
    "LiveMetrics": (
        "live_metrics",
        "activeConversations avgResponseTime satisfactionScore aiResolutionRate agentProductivity channelActivity lastUpdated",
    ),
    "LiveMetrics.channelActivity": (
        "channel_activity",
        "channel activeConversations avgResponseTime satisfactionScore volume",
    ),
    "ConversationSummary": ("conversation_summary", SUMMARY),
    "AgentMetrics": (
        "agent_performance",
        "id name activeConversations avgResponseTime satisfactionScore resolutionRate productivity",
    ),
    "SLAStatus": ("sla_status", "conversationId slaType targetTime actualTime status remainingTime"),
    "AIAnalytics.confidenceDistribution": ("confidence_distribution", "range count percentage"),
    "AIAnalytics.accuracyTrends": ("accuracy_trends", "timestamp accuracy sampleSize"),
    "AIAnalytics.handoffReasons": ("handoff_reasons", "reason count percentage avgResolutionTime"),
    "AIAnalytics.knowledgeGaps": ("knowledge_gaps", "topic frequency impact suggestedContent"),
    "AIAnalytics.learningProgress": ("learning_progress", "metric beforeValue afterValue improvement timeframe"),
    "CustomerJourney.touchpoints": ("touchpoints", "timestamp channel interaction outcome satisfaction"),
    "CustomerJourney.conversionFunnel": ("funnel", "step count conversionRate dropoffRate"),
    "CustomerJourney.satisfactionJourney": ("satisfaction_journey", "timestamp score touchpoint channel"),
    "CustomerJourney.channelPreferences": ("channel_preferences", "channel usageCount satisfactionScore responseTime"),
    "CustomerJourney.retentionMetrics": ("customer_retention", RETENTION),
    "BusinessImpact.customerRetention": ("customer_retention", RETENTION),
    "BusinessImpact.revenueAttribution": ("revenue_attribution", "source amount attribution period"),
    "BusinessImpact.productivityGains": ("productivity_gains", "metric before after improvement timeframe"),
}
# Dashboards (4.3).
DASHBOARDS = {
    "KPIs of the default dashboard": ("dashboard_kpis", "metric value changePercent"),
    "Conversations Trend": ("conversations_trend", "timestamp total_conversations"),
    "Channel Activity": ("channel_volume", "channel volume"),
    "Satisfaction Distribution": ("satisfaction_distribution", "rating count percentage"),
    "conversations-today": ("conversations_today", "value"),
    "active-conversations": ("active_conversations", SUMMARY),
    "channel-distribution": ("channel_distribution", "channel count percentage"),
}
# Pages (4.4).
PAGES = {
    "/dashboard PerformanceMetrics": (
        "dashboard_performance",
        "range conversations responseTime successRate satisfaction",
    ),
    "/dashboard line": ("success_by_day", "date conversations success"),
    "Overview": ("overview", "conversations successRate avgResponseTime activeVisitors"),
    "Overview line": ("success_by_weekday", "weekday conversations success"),
    "Conversations satisfaction by day": ("satisfaction_by_day", "day satisfaction"),
    "Conversations resolution time by day": ("resolution_time_by_day", "day resolutionTime"),
    "AI Performance by day": ("ai_by_day", "day confidence fallbacks accuracy"),
    "AI Performance by category": ("knowledge_by_category", "category usage effectiveness"),
    "live alerts": ("live_alerts", "type severity title message timestamp actionRequired"),
    "/analytics/predictive by weekday": ("weekday_pattern", "weekday average"),
    "KnowledgeAnalytics": ("knowledge_totals", "totalItems totalUsage avgEffectiveness highPerforming"),
    "KnowledgeAnalytics trend": ("knowledge_trend", "week effectiveness"),
    "KnowledgeAnalytics items": ("knowledge_effectiveness", "item uses effectiveness isGap isSuggestion"),
    "/ai-training": ("ai_training", "week accuracy successRate satisfaction handoffRate"),
    "/training": ("training", "metric value change"),
    "/training by channel": ("training_by_channel", "channel accuracy satisfaction"),
    "Agent dashboard": (
        "agent_dashboard",
        "id totalConversations resolvedConversations resolutionRate avgSatisfaction avgResolutionTime conversationsPerDay",
    ),
    "Human agent dashboard": (
        "escalations",
        "total resolved pending active resolutionRate avgResolutionMinutes activeAgents",
    ),
    "recent escalations": ("recent_escalations", SUMMARY),
    "sentiment": ("sentiment", "sentiment percentage trend"),
    "PerformanceMonitor": ("inbox_monitor", "avgResponseMs aiResolutionRate messages"),
    "PerformanceMonitor by channel": ("messages_by_channel", "channel messages percentage errors lastActivity"),
    "WhatsApp": ("deliveries", "channel totalMessages deliveryRate readRate avgResponseTime"),
}
# Reports, and what unused services and branches ask for (4.5, 4.7).
FURTHER = {
    "report chart": (
        "report_trends",
        "date total_conversations ai_resolved_conversations avg_satisfaction_score",
    ),
    "report table": ("report_conversations", "id createdAt channel status customer agent satisfaction"),
    "resolutionByType": ("resolution_by_type", "type count percentage"),
    "response metrics": ("response_performance", "average p50 p95 slaMet target"),
    "Executive KPIs": ("executive_kpis", "metric value target change changePercent status"),
    "agent utilisation": ("agent_utilisation", "id current max utilisation"),
    "queue length": ("queue", "department queueLength"),
    "workload": ("workload", "handledBy messages messageShare resolved resolvedShare"),
    "channel table": ("channel_table", "channel count percentage response satisfaction resolution trend"),
    "team table": (
        "department_performance",
        "department count response resolutionTime satisfaction resolution complaintRate",
    ),
    "CSAT": ("satisfaction_summary", "average responses complaintRate followUpRequired"),
    "Monitoring": (
        "monitoring",
        "total aiHandled escalated abandoned aiSuccessRate meanResponseMs meanSatisfaction",
    ),
    "workflows": ("workflow_runs", "workflow runs completed failed successRate"),
    "Monitoring by hour": ("hourly_distribution", "hour count aiSuccess"),
    "Monitoring by day": ("daily_trends", "date conversations aiHandled escalated satisfaction"),
}
ANSWERED = {
    thing: (analysis, tuple(fields.split()))
    for thing, (analysis, fields) in (TYPES | DASHBOARDS | PAGES | FURTHER).items()
}
# What the contract shows whole, and no analysis answers.
UNANSWERED = {
    "Query", "Result.data", "Result.metadata", "DashboardConfig", "ReportConfig", "ScheduledReportConfig",
    "AlertRule", "AlertHistory", "ExportJob", "ExportConfig", "CustomMetric", "MetricDefinition",
    "PerformanceMetrics", "AIAnalytics.improvementSuggestions", "CustomerJourney.ChurnRisk",
    "BusinessImpact.costSavings", "BusinessImpact.marketInsights", "BusinessImpact.ROIMetric", "LiveActivity",
    "RecentConversations", "last 30 minutes", "popular topics", "learning curve", "predictive insights", "forecast",
    "staffing", "journey stages", "sentiment score", "automation savings", "A/B tests", "response quality",
    "Integration logs", "integration reports", "Security dashboard", "concurrency",
    "cost per conversation", "NPS", "survey response rate", "themes", "agent ranking", "satisfaction prediction",
}  # fmt: skip
