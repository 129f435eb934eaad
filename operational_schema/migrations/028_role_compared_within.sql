-- Policies compare the role inside their sub-select. Outside, the planner takes one row in a hundred to be left: it reads and
-- sorts all that a tenant has, where the first page of an index would do.

do $$
declare
    staff constant text := '\( SELECT app\.role\(\) AS role\) = ANY \((ARRAY\[[^]]*\])\)';
    single constant text := '\( SELECT app\.role\(\) AS role\) = (''\w+''::text)';
    staff_within constant text := '(select app.role() = any (\1) as is_staff)';
    single_within constant text := '(select app.role() = \1 as has_role)';
    one record;
begin
    for one in
        select tablename, policyname,
            regexp_replace(regexp_replace(' using (' || qual || ')', staff, staff_within, 'g'), single, single_within, 'g')
                as rows_seen,
            regexp_replace(regexp_replace(' with check (' || with_check || ')', staff, staff_within, 'g'), single, single_within, 'g')
                as rows_written
        from pg_policies
        where schemaname = 'public' and concat(qual, with_check) ~ concat(staff, '|', single)
    loop
        execute format('alter policy %I on public.%I%s%s', one.policyname, one.tablename, one.rows_seen, one.rows_written);
    end loop;
end
$$;
