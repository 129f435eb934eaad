-- What an erasure under way has still to look for, and to write anew.

create table app.erasure_work (
    request_id uuid not null,
    kind text not null,
    item text not null,
    constraint erasure_work_pkey primary key (request_id, kind, item),
    constraint erasure_work_request_fkey foreign key (request_id) references public.erasure_requests (id) on delete cascade,
    constraint erasure_work_kind_known check (kind in ('value', 'table'))
);
comment on table app.erasure_work is
    'Of an erasure that is not completed: the values to search for, which nothing else knows any more, and the tables to write anew. Empty when none is under way.';
comment on column app.erasure_work.kind is 'value: what names the person, and is to be found nowhere; table: schema and name of one that had rows of theirs.';
comment on column app.erasure_work.item is 'Personal, where it is a value: gone when the proof is done, and the table written anew.';
