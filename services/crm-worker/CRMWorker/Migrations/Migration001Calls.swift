extension Migration {
    /// Calls, their turns, their leads, and which facts have been applied.
    ///
    /// - Every row carries its business. The compound foreign keys make it impossible that a turn or a lead of one business hangs on
    ///   a call of another: PostgreSQL refuses it, whatever the program does.
    /// - The `…_fact` columns hold the number of the fact that wrote them: facts may arrive in any order and the newest one stays.
    /// - A turn can arrive before the call's start, so most columns of `calls` may be unknown for a while.
    static let calls = Migration(
        number: 1, name: "calls",
        sql: """
            create table businesses (
                id text primary key check (id <> '' and octet_length(id) <= 128),
                created_at timestamptz not null default now()
            );

            create table calls (
                id text primary key check (id ~ '^CA[0-9A-Za-z]{32}$'),
                business_id text not null references businesses (id),
                from_number text,
                to_number text,
                direction text not null default 'inbound',
                started_at timestamptz,
                ended_at timestamptz,
                outcome text,
                duration_ms bigint,
                summary text,
                start_fact bigint not null default -1,
                end_fact bigint not null default -1,
                summary_fact bigint not null default -1,
                unique (id, business_id)
            );

            create table turns (
                call_id text not null,
                business_id text not null,
                turn integer not null check (turn >= 0),
                heard_kind text not null,
                heard text,
                confidence double precision,
                understood boolean,
                said jsonb not null default '[]',
                recogniser text,
                dialog text,
                state text,
                stages jsonb not null default '{}',
                recorded_at timestamptz not null,
                fact bigint not null,
                primary key (call_id, turn),
                foreign key (call_id, business_id) references calls (id, business_id)
            );

            create table leads (
                id bigint generated always as identity primary key,
                business_id text not null,
                call_id text not null unique,
                caller text,
                fields jsonb not null,
                created_at timestamptz not null,
                updated_at timestamptz not null,
                fact bigint not null,
                foreign key (call_id, business_id) references calls (id, business_id)
            );

            create table facts_applied (
                event_id text primary key,
                business_id text not null references businesses (id),
                kind text not null,
                applied_at timestamptz not null default now()
            );
            """)
}
