-- Takes back retention.sql.

drop function if exists public.cleanup_old_data(uuid);
drop function if exists app.apply_retention(uuid, timestamptz, integer, boolean);
drop function if exists app.forget_rows(uuid, text, uuid[]);
drop function if exists app.lock_parts(uuid, text, uuid[]);
drop function if exists app.going_with(text, text);
drop function if exists app.has_landed();
drop function if exists app.small_group_size(uuid);
drop function if exists app.unlanded_keys(uuid);
drop function if exists app.file_rules(uuid, timestamptz);
drop function if exists app.retention_cutoff(uuid, text, interval, timestamptz);
drop function if exists app.day_begins(timestamp, text);
drop function if exists app.retention_rules();
