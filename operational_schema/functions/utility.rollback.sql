-- Takes back utility.sql, with the triggers that call its functions.

drop function if exists public.update_updated_at_column() cascade;
drop function if exists public.handle_new_user() cascade;
drop function if exists public.validate_email(text);
drop function if exists public.validate_phone(text);
drop function if exists public.sanitize_input(text);
drop function if exists app.refuse_unknown_timezone() cascade;
drop function if exists app.is_timezone(text);
drop function if exists app.swap_setting(text, text);
