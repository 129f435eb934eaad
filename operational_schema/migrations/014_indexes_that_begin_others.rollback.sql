-- Takes back 014_indexes_that_begin_others.sql: no row is lost.

create index idx_daily_metrics_date on public.daily_metrics (tenant_id, date);
create index idx_customer_sync_mapping_integration_id on public.customer_sync_mapping (tenant_id, integration_id);
