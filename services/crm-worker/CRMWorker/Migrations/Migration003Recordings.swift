extension Migration {
    /// Voice messages, and how a call's end came about.
    ///
    /// `file` is a path under the state directory of the gateway that fetched it. The row outlives the file: what the retention has deleted keeps
    /// its path here.
    static let recordings = Migration(
        number: 3, name: "recordings",
        sql: """
            create table recordings (
                sid text primary key check (sid ~ '^RE[0-9A-Za-z]{32}$'),
                call_id text not null,
                business_id text not null,
                fact bigint not null,
                recorded_at timestamptz not null,
                seconds integer not null check (seconds >= 0),
                file text,
                words text,
                failure text,
                foreign key (call_id, business_id) references calls (id, business_id)
            );
            create index recordings_by_call on recordings (call_id);
            create index recordings_by_business on recordings (business_id, recorded_at desc);

            alter table calls add column end_reason text;
            """)
}
