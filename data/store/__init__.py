"""Where the record is kept: SQLite now; the same SQL text with ``:named`` parameters is kept fit for PostgreSQL."""
