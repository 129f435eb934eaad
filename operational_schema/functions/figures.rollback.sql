-- Takes back figures.sql.

drop function if exists app.daily_figures(uuid, date, timestamptz);
drop function if exists app.conversation_figures(uuid, uuid[], timestamptz);
drop function if exists app.setting_number(uuid, text, numeric);
drop function if exists app.seconds_between(timestamptz, timestamptz);
