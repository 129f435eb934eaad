-- Personal values wait in app.erasure_work: no policy and no grant, as with the other tables of this schema.

alter table app.erasure_work enable row level security;
revoke all on app.erasure_work from anon, authenticated, service_role;
