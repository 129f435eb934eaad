-- daily_metrics_cell_key and customer_sync_mapping_external_key begin with the columns of these two, and serve what they did.

-- squawk-ignore require-concurrent-index-deletion
drop index public.idx_daily_metrics_date, public.idx_customer_sync_mapping_integration_id;
