-- the dashboard's figures by day
select date, channel_type, sum(total_conversations) as conversations, sum(ai_resolved_conversations) as resolved_by_ai,
    sum(total_ratings) as ratings, sum(avg_satisfaction_score * total_ratings) as sum_of_ratings
from public.daily_metrics
where date >= %(day)s::date - 30 and date < %(day)s::date
group by date, channel_type
order by date, channel_type
