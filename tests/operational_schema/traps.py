"""Traps for functions that run with their owner's rights: what stands before the system's own, and notes who used it.

Belongs here: false functions, operators, tables and types, and what was caught. Not here: what must not be caught
(`test_definer_traps.py`).
"""

import psycopg

# Who calls is told from the stack: what the test's own statements use is not caught.
CAUGHT = """
create schema trap;
create table trap.caught_in (what pg_catalog.text, stack pg_catalog.text);
create function trap.note(what pg_catalog.text) returns pg_catalog.bool language plpgsql set search_path = pg_catalog as $$
declare
    stack pg_catalog.text;
begin
    get diagnostics stack = pg_context;
    if stack ~ 'function (public|app|etl)\\.|(^|\n)SQL function' then
        insert into trap.caught_in values (what, stack);
    end if;
    return true;
end;
$$;
"""
# Each of the system's functions that one of ours names, as far as it can be stood in for.
FUNCTIONS = """
select distinct format(
    'create function trap.%1$I(%2$s) returns %3$s language plpgsql set search_path = pg_catalog as '
    '$trap$ begin perform trap.note(%4$L); return pg_catalog.%1$I(%5$s); end $trap$',
    system.proname, pg_get_function_identity_arguments(system.oid), format_type(system.prorettype, null),
    system.proname || '()', (select string_agg('$' || number, ', ') from generate_series(1, system.pronargs) as number)
)
from pg_proc as system
where system.pronamespace = 'pg_catalog'::regnamespace and system.prokind = 'f' and not system.proretset
    and system.provariadic = 0 and system.proargmodes is null
    and not exists (
        select from pg_type as kind
        where kind.oid = any (system.proargtypes::oid[] || system.prorettype) and kind.typtype = 'p'
    )
    and exists (
        select from pg_proc as ours
        where ours.prosecdef and ours.pronamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
            and ours.prosrc ~* ('\\m' || system.proname || '\\(')
    )
"""
OPERATOR = (
    "create function trap.{name}(one {of}, two {of}) returns {to} language plpgsql set search_path = pg_catalog as "
    "$$ begin perform trap.note('{sign} of {of}'); return one operator(pg_catalog.{sign}) two; end $$; "
    "create operator trap.{sign} (leftarg = {of}, rightarg = {of}, function = trap.{name})"
)
OPERATORS = [
    (sign, of, "pg_catalog.text" if sign == "||" else "pg_catalog.bool")
    for of in ("pg_catalog.text", "pg_catalog.uuid", "pg_catalog.timestamptz", "pg_catalog.int4", "pg_catalog.int8")
    for sign in ("=", "<>", "<", "<=", ">", ">=", *(["||"] if of == "pg_catalog.text" else []))
]
TABLES = """
select format(
    'create %s view %s%I as select * from %s where trap.note(%L) with check option',
    place.kind, place.prefix, class.relname, class.oid::regclass, class.relname
)
from pg_class as class
cross join (values ('', 'trap.'), ('temporary', '')) as place (kind, prefix)
where class.relkind = 'r' and class.relnamespace in ('public'::regnamespace, 'app'::regnamespace, 'etl'::regnamespace)
"""
TYPES = ("text", "uuid", "numeric", "timestamptz", "jsonb", "date")


def lay(connection: psycopg.Connection) -> None:
    """Put the traps where this session looks first, before the system's own."""
    connection.execute(CAUGHT.encode())
    connection.execute("set search_path = pg_catalog")
    for (made,) in [
        *connection.execute(FUNCTIONS.encode()).fetchall(),
        *connection.execute(TABLES.encode()).fetchall(),
    ]:
        connection.execute(made.encode())
    for number, (sign, of, to) in enumerate(OPERATORS):
        connection.execute(OPERATOR.format(name=f"operator_{number}", sign=sign, of=of, to=to).encode())
    for name in TYPES:
        base = f"pg_catalog.{name}"
        connection.execute(f"create domain pg_temp.{name} as {base} check (trap.note('the type {name}'))".encode())
    connection.execute("set search_path = trap, pg_catalog, public")


def caught(connection: psycopg.Connection) -> list[tuple[str, str]]:
    """What was used instead of the system's or ours, and by whom."""
    return connection.execute("select what, stack from trap.caught_in").fetchall()
