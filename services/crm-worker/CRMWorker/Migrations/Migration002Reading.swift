extension Migration {
    /// What is read: the latest calls and the latest leads of one business.
    static let reading = Migration(
        number: 2, name: "reading",
        sql: """
            create index calls_by_business on calls (business_id, started_at desc);
            create index leads_by_business on leads (business_id, updated_at desc);
            """)
}
