-- Insight, by the application's three rules over the last seven days: mean satisfaction under 4.0, channels more than
-- 0.5 apart, the AI resolving more than 0.8. A rule holds or does not: it has no confidence.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

channels as (
    select
        daily.channel_type,
        sum(daily.ratings_sum) as scores,
        sum(daily.total_ratings) as ratings,
        sum(daily.ai_resolved_conversations) as by_ai,
        sum(daily.resolution_count) as resolved
    from marts.daily_metrics as daily
    where
        daily.date > (select today.day - 7 from today)
        and daily.date <= (select today.day from today)
    group by daily.channel_type
),

measured as (
    select
        sum(channels.scores) / nullif(sum(channels.ratings), 0) as satisfaction,
        max(channels.scores / nullif(channels.ratings, 0))
        - min(channels.scores / nullif(channels.ratings, 0)) as gap,
        sum(channels.by_ai) / nullif(sum(channels.resolved), 0) as by_ai,
        sum(channels.ratings) as ratings,
        sum(channels.resolved) as resolved
    from channels
)

select
    concat(rules.type, ' ', (select today.day from today)) as id,
    rules.type,
    rules.title,
    rules.description,
    cast(null as numeric) as confidence,
    rules.impact,
    rules.type <> 'trend' as actionable,
    jsonb_build_object('value', round(rules.value, 4), 'sampleSize', rules.sample) as data,
    publication.data_as_of as "createdAt"
from measured
cross join marts.publication as publication
cross join lateral (
    values
    (
        measured.satisfaction < 4.0, 'alert', 'Low satisfaction',
        'Mean satisfaction of seven days is under 4.0', 'high', measured.satisfaction,
        measured.ratings
    ),
    (
        measured.gap > 0.5, 'opportunity', 'Channels differ',
        'Satisfaction of the best and the worst channel is more than 0.5 apart', 'medium',
        measured.gap, measured.ratings
    ),
    (
        measured.by_ai > 0.8, 'trend', 'The AI resolves most',
        'More than 80 % of what was resolved needed no agent', 'medium', measured.by_ai,
        measured.resolved
    )
) as rules (holds, type, title, description, impact, value, sample)
where rules.holds
order by rules.type;
