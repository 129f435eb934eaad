-- Takes back 004_analytics_reporting.sql.

drop table public.export_jobs;
drop table public.report_deliveries;
drop table public.scheduled_reports;
