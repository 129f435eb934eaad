-- Takes back 041_agents_can_be_there.sql: nothing. A row that says not online is what an agent without a row is, and one that says more is theirs.

select 1 where false;
