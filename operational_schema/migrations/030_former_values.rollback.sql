-- Takes back 030_former_values.sql. Refuses to lose rows, unless the setting app.force_rollback is on.

do $$
declare
    lost text;
    has_rows boolean;
begin
    foreach lost in array array[
        'app.former_values'
    ] loop
        execute format('lock table %s in access exclusive mode', lost);
        execute format('select exists (select from %s)', lost) into has_rows;
        if has_rows and coalesce(current_setting('app.force_rollback', true), '') <> 'on' then
            raise exception 'the rows of % would be lost', lost using hint = 'romashka migrate down --force loses them';
        end if;
    end loop;
end;
$$;

drop table app.former_values;
