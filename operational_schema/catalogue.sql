-- Every object of our schemas as one line: what it belongs to, what it is, and its definition. Texts that differ between
-- versions of PostgreSQL are left out (not-null constraints by name, MAINTAIN) or hashed after they were made alike (views).
with places as (
    select oid, nspname from pg_namespace where nspname in ('public', 'app', 'etl')
),
relations as (
    select format('%s.%s', places.nspname, class.relname) as name, class.*
    from pg_class as class
    inner join places on places.oid = class.relnamespace
    where class.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not class.relispartition
        and not exists (
            select from pg_depend as owned
            where owned.classid = 'pg_class'::regclass and owned.objid = class.oid and owned.deptype = 'e'
        )
),
functions as (
    select format('%s.%s(%s)', places.nspname, function.proname,
        pg_get_function_identity_arguments(function.oid)) as name, function.*
    from pg_proc as function
    inner join places on places.oid = function.pronamespace
    where not exists (
        select from pg_depend as owned
        where owned.classid = 'pg_proc'::regclass and owned.objid = function.oid and owned.deptype = 'e'
    )
),
privileges as (
    select relations.name, '' as part, item.grantee, item.privilege_type
    from relations
    cross join aclexplode(coalesce(relations.relacl,
        acldefault(case when relations.relkind = 'S' then 's' else 'r' end::"char", relations.relowner))) as item
    union all
    select relations.name, format(' on column %s', attribute.attname), item.grantee, item.privilege_type
    from relations
    -- PostgreSQL 15 keeps the rights on a column that is dropped.
    inner join pg_attribute as attribute
        on attribute.attrelid = relations.oid and attribute.attnum > 0 and not attribute.attisdropped
    cross join aclexplode(attribute.attacl) as item
    union all
    select functions.name, '', item.grantee, item.privilege_type
    from functions
    cross join aclexplode(coalesce(functions.proacl, acldefault('f', functions.proowner))) as item
    union all
    select places.nspname, '', item.grantee, item.privilege_type
    from places
    inner join pg_namespace as namespace on namespace.oid = places.oid
    cross join aclexplode(coalesce(namespace.nspacl, acldefault('n', namespace.nspowner))) as item
    where places.nspname <> 'public'
)
select name, case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
        when 'S' then 'sequence' else 'table' end,
    concat_ws(', ', case when relkind = 'p' then 'partitioned' end,
        case when relkind in ('r', 'p') then format('row level security %s', case when relrowsecurity then 'on' else 'off' end) end,
        case when relforcerowsecurity then 'forced' end, array_to_string(reloptions, ', '),
        case when relkind in ('v', 'm')
            then 'md5 ' || md5(regexp_replace(pg_get_viewdef(oid), '\m\w+\.(\w+)', '\1', 'g')) end)
from relations
union all
select relations.name, format('column %s', attribute.attname),
    concat_ws(' ', format_type(attribute.atttypid, attribute.atttypmod), case when attribute.attnotnull then 'not null' end,
        case when fallback.oid is not null then case when attribute.attgenerated = '' then 'default ' else 'generated as ' end
            || pg_get_expr(fallback.adbin, fallback.adrelid) end, 'identity ' || nullif(attribute.attidentity::text, ''))
from relations
inner join pg_attribute as attribute
    on attribute.attrelid = relations.oid and attribute.attnum > 0 and not attribute.attisdropped
left join pg_attrdef as fallback on fallback.adrelid = attribute.attrelid and fallback.adnum = attribute.attnum
where relations.relkind <> 'S'
union all
select relations.name, format('constraint %s', held.conname), pg_get_constraintdef(held.oid)
from relations
inner join pg_constraint as held on held.conrelid = relations.oid and held.contype not in ('n', 't')
union all
select relations.name, format('index %s', class.relname),
    pg_get_indexdef(index.indexrelid) || case when index.indisvalid then '' else ' INVALID' end
from relations
inner join pg_index as index on index.indrelid = relations.oid
inner join pg_class as class on class.oid = index.indexrelid
where not exists (select from pg_constraint as held where held.conindid = index.indexrelid and held.contype in ('p', 'u', 'x'))
union all
select relations.name, format('trigger %s', present.tgname), concat_ws(' ', pg_get_triggerdef(present.oid),
    case present.tgenabled when 'D' then 'DISABLED' when 'A' then 'ALWAYS' when 'R' then 'REPLICA ONLY' end)
from relations
inner join pg_trigger as present on present.tgrelid = relations.oid and not present.tgisinternal
union all
-- What calls our functions from another schema: whoever signs up gets a profile.
select present.tgrelid::regclass::text, format('trigger %s', present.tgname), concat_ws(' ', pg_get_triggerdef(present.oid),
    case present.tgenabled when 'D' then 'DISABLED' when 'A' then 'ALWAYS' when 'R' then 'REPLICA ONLY' end)
from pg_trigger as present
inner join functions on functions.oid = present.tgfoid
where present.tgrelid not in (select relations.oid from relations)
union all
select relations.name, format('policy %s', policy.polname), concat_ws(' ',
    case when not policy.polpermissive then 'restrictive' end,
    case policy.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
    'to ' || (select string_agg(coalesce(role.rolname, 'public'), ', ' order by role.rolname)
        from unnest(policy.polroles) as held (id) left join pg_roles as role on role.oid = held.id),
    'using ' || pg_get_expr(policy.polqual, policy.polrelid),
    'with check ' || pg_get_expr(policy.polwithcheck, policy.polrelid))
from relations
inner join pg_policy as policy on policy.polrelid = relations.oid
union all
select name, 'function', concat_ws(' ', language.lanname, pg_get_function_result(functions.oid),
    case provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    case when proisstrict then 'strict' end, case when proleakproof then 'leakproof' end,
    case when prosecdef then 'security definer' end, array_to_string(proconfig, ' '))
from functions
inner join pg_language as language on language.oid = functions.prolang
union all
select name, 'body', 'md5 ' || md5(coalesce(pg_get_function_sqlbody(oid), prosrc))
from functions
where prokind <> 'a'
union all
select privileges.name, format('right of %s%s', coalesce(role.rolname, 'public'), privileges.part),
    string_agg(lower(privileges.privilege_type), ', ' order by privileges.privilege_type)
from privileges
left join pg_roles as role on role.oid = privileges.grantee
where coalesce(role.rolname, 'public') in ('public', 'anon', 'authenticated', 'service_role')
    and privileges.privilege_type <> 'MAINTAIN'
group by privileges.name, role.rolname, privileges.part
union all
select format('%s.%s', places.nspname, type.typname), 'domain', concat_ws(' ', format_type(type.typbasetype, type.typtypmod),
    case when type.typnotnull then 'not null' end,
    (select string_agg(pg_get_constraintdef(held.oid), ' ' order by held.conname)
        from pg_constraint as held where held.contypid = type.oid and held.contype = 'c'))
from pg_type as type
inner join places on places.oid = type.typnamespace
where type.typtype = 'd'
union all
select extname, 'extension', 'in schema ' || extnamespace::regnamespace::text
from pg_extension
where extname <> 'plpgsql'
