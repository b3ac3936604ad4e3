-- What is known of the tables of views, which the engine makes from the views themselves.

create table view_tables (
    name text primary key,
    resource_type text not null,
    fingerprint text not null,
    column_kinds jsonb not null,
    state text not null,
    filled_to text not null,
    changed_at timestamptz not null
);
