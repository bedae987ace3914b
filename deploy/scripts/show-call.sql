-- What PostgreSQL knows of the latest call (or the latest N): the call, its lead, its summary, its turns.
--   psql -X -q -d "$DATABASE_URL" -f deploy/scripts/show-call.sql
--   psql -X -q -d "$DATABASE_URL" -v calls=3 -v business=tel-aviv-estates -f deploy/scripts/show-call.sql
--   psql -X -q -d "$DATABASE_URL" -v call=CA0123456789abcdef0123456789abcdef -f deploy/scripts/show-call.sql
-- Exits with an error code when a statement fails. Reads only.
\set ON_ERROR_STOP on
\encoding UTF8
\if :{?calls} \else \set calls 1 \endif
\if :{?business} \else \set business '' \endif
\if :{?call} \else \set call '' \endif
\pset pager off
\pset footer off
\pset null '-'
\pset linestyle unicode
\pset border 1
begin read only;

-- A call whose start has not arrived yet counts as the newest.
\echo
\echo 'CALLS'
select business_id as business, id as call, from_number as "from", to_number as "to",
       to_char(started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "started (UTC)",
       round(duration_ms / 1000.0, 1) as seconds, outcome
from calls
where (:'business' = '' or business_id = :'business') and (:'call' = '' or id = :'call')
order by started_at desc nulls first, id limit :calls;

\echo 'LEAD'
with shown as (
    select id, started_at from calls
    where (:'business' = '' or business_id = :'business') and (:'call' = '' or id = :'call')
    order by started_at desc nulls first, id limit :calls
)
select right(l.call_id, 6) as call, f.key as field, f.value
from shown s
join leads l on l.call_id = s.id
cross join lateral (
    select 'caller' as key, l.caller as value, 0 as place
    union all
    select key, value, coalesce(array_position(array['need', 'city', 'rooms', 'day', 'hour', 'name'], key), 99)
    from jsonb_each_text(l.fields)
) f
order by s.started_at desc nulls first, s.id, f.place, f.key;

\echo 'SUMMARY'
with shown as (
    select id, started_at, summary from calls
    where (:'business' = '' or business_id = :'business') and (:'call' = '' or id = :'call')
    order by started_at desc nulls first, id limit :calls
)
select right(id, 6) as call, summary from shown order by started_at desc nulls first, id;

\echo 'TURNS (delay: milliseconds from the end-of-speech rule to the first audio)'
with shown as (
    select id, started_at from calls
    where (:'business' = '' or business_id = :'business') and (:'call' = '' or id = :'call')
    order by started_at desc nulls first, id limit :calls
)
select right(t.call_id, 6) as call, t.turn,
       case when t.heard_kind in ('speech', 'digits') then coalesce(nullif(t.heard, ''), '(nothing understood)') else '(' || t.heard_kind || ')' end
           || case when t.understood then '' when t.understood is null then '' else ' [not understood]' end as heard,
       round(t.confidence::numeric, 2) as confidence,
       (select string_agg(line, ' ' order by place) from jsonb_array_elements_text(t.said) with ordinality as pieces (line, place)) as said,
       t.state,
       round(((t.stages ->> 'spoken')::bigint - (t.stages ->> 'endpoint')::bigint) / 1000.0) as delay
from shown s
join turns t on t.call_id = s.id
order by s.started_at desc nulls first, s.id, t.turn;

commit;
