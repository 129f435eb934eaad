-- Sentiment of the conversations of 30 days that have one noted, and how much its share has grown against the 30 days
-- before.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
),

noted as (
    select
        analytics.sentiment,
        analytics.started_on > (select today.day - 30 from today) as is_present,
        count(*) as conversations
    from marts.conversation_analytics as analytics
    where
        analytics.started_on > (select today.day - 60 from today)
        and analytics.started_on <= (select today.day from today)
        and analytics.sentiment is not null
    group by analytics.sentiment, is_present
),

shares as (
    select
        noted.sentiment,
        noted.is_present,
        noted.conversations,
        noted.conversations / sum(noted.conversations) over (partition by noted.is_present)
            as share
    from noted
)

select
    shares.sentiment,
    round(coalesce(max(shares.share) filter (where shares.is_present), 0), 4) as percentage,
    case
        when bool_or(bool_or(shares.is_present)) over ()
            and bool_or(bool_or(not shares.is_present)) over ()
            then round(
                coalesce(max(shares.share) filter (where shares.is_present), 0)
                - coalesce(max(shares.share) filter (where not shares.is_present), 0), 4
            )
    end as trend,
    coalesce(sum(shares.conversations) filter (where shares.is_present), 0) as "sampleSize"
from shares
group by shares.sentiment
order by percentage desc, shares.sentiment;
