-- Where the milliseconds of the turns go of all calls since a moment (bench.sh): when each stage was reached, from the last voiced frame on, and
-- what each waited for the one before. By the gateway's own record; the caller's own measurement stands beside it.
--   psql -X -q -d "$DATABASE_URL" -v since='2026-11-30 12:00:00+00' -f deploy/scripts/turn-stages.sql
\set ON_ERROR_STOP on
\encoding UTF8
\pset pager off
\pset footer off
\pset null '-'
\pset linestyle unicode
\pset border 1
begin read only;

with turn as (
    select t.stages, (t.stages ->> 'voiceEnd')::bigint as voice, (t.stages ->> 'endpoint')::bigint as endpoint, (t.stages ->> 'final')::bigint as final, (t.stages ->> 'asked')::bigint as asked,
           (t.stages ->> 'reply')::bigint as reply, (t.stages ->> 'audio')::bigint as audio, (t.stages ->> 'spoken')::bigint as spoken
    from turns t join calls c on c.id = t.call_id
    where c.started_at >= :'since'::timestamptz and t.heard_kind = 'speech'
),
stage (place, stage, at, took) as (
    select 1, 'end of turn decided', endpoint - voice, endpoint - voice from turn
    union all select 2, 'final transcript', final - voice, final - endpoint from turn
    union all select 3, 'first sentence of the reply', reply - voice, reply - coalesce(asked, final) from turn
    union all select 4, 'first audio from the voice', audio - voice, audio - reply from turn
    union all select 5, 'first audio to the line', spoken - voice, spoken - greatest(audio, final) from turn
)
select stage, count(at) as turns,
       round((percentile_cont(0.5) within group (order by at) / 1000)::numeric, 1) as "at: p50",
       round((percentile_cont(0.95) within group (order by at) / 1000)::numeric, 1) as p95,
       round((percentile_cont(0.99) within group (order by at) / 1000)::numeric, 1) as p99,
       round((percentile_cont(0.5) within group (order by took) / 1000)::numeric, 1) as "took: p50",
       round((percentile_cont(0.95) within group (order by took) / 1000)::numeric, 1) as "p95 "
from stage group by place, stage order by place;

-- What asked the dialogue before the final was there, if the record says so.
select coalesce(t.stages ->> 'preemption', 'not asked early') as "preemption", count(*) as turns,
       round((percentile_cont(0.5) within group (order by (t.stages ->> 'spoken')::bigint - (t.stages ->> 'voiceEnd')::bigint) / 1000)::numeric, 1) as "voice to voice: p50",
       round((percentile_cont(0.95) within group (order by (t.stages ->> 'spoken')::bigint - (t.stages ->> 'voiceEnd')::bigint) / 1000)::numeric, 1) as p95
from turns t join calls c on c.id = t.call_id
where c.started_at >= :'since'::timestamptz and t.heard_kind = 'speech'
group by 1 order by 2 desc;

commit;
