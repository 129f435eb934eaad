-- A queued call is answered later: its row changes.

alter table public.webhook_logs add column updated_at timestamptz not null default now();
comment on table public.webhook_logs is
    'Each attempt to send an event; kept 30 days. Without response_status and error_message it waits to be sent, and whoever sends it writes them.';

-- What waits was counted as a failure when it was queued, and is now counted when it is answered.
update public.webhook_subscriptions as subscription
set failure_count = greatest(subscription.failure_count - queued.calls, 0)
from (
    select log.tenant_id, log.webhook_subscription_id, count(*) as calls
    from public.webhook_logs as log
    where log.response_status is null and log.error_message is null
    group by log.tenant_id, log.webhook_subscription_id
) as queued
where subscription.tenant_id = queued.tenant_id and subscription.id = queued.webhook_subscription_id;
