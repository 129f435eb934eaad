-- BusinessImpact.revenueAttribution: revenue noted in conversations, by their channel and the month in which they
-- began.
with today as (
    select min(cast(publication.data_as_of at time zone tenants.timezone as date)) as day
    from marts.tenants as tenants
    cross join marts.publication as publication
)

select
    daily.channel_type as source,
    sum(daily.revenue_attributed) as amount,
    round(
        sum(daily.revenue_attributed)
        / nullif(sum(sum(daily.revenue_attributed)) over (
            partition by date_trunc('month', daily.date)
        ), 0), 4
    ) as attribution,
    cast(date_trunc('month', daily.date) as date) as period
from marts.daily_metrics as daily
where
    daily.date >= (select date_trunc('month', today.day) - interval '2 months' from today)
    and daily.date <= (select today.day from today)
    and daily.revenue_attributed is not null
group by daily.channel_type, date_trunc('month', daily.date)
order by period, amount desc, source;
