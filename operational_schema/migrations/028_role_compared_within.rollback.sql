-- Takes back 028_role_compared_within.sql.

do $$
declare
    within constant text := '\( SELECT \(app\.role\(\) = (''\w+''::text|ANY \(ARRAY\[[^]]*\]\))\) AS \w+\)';
    outside constant text := '((select app.role()) = \1)';
    one record;
begin
    for one in
        select tablename, policyname,
            regexp_replace(' using (' || qual || ')', within, outside, 'g') as rows_seen,
            regexp_replace(' with check (' || with_check || ')', within, outside, 'g') as rows_written
        from pg_policies
        where schemaname = 'public' and concat(qual, with_check) ~ within
    loop
        execute format('alter policy %I on public.%I%s%s', one.policyname, one.tablename, one.rows_seen, one.rows_written);
    end loop;
end
$$;
