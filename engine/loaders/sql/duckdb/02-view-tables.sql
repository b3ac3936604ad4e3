-- What is known of the tables of views, which the engine makes from the views themselves.

create table view_tables (
    name varchar not null,
    resource_type varchar not null,
    fingerprint varchar not null,
    column_kinds json not null,
    state varchar not null,
    filled_to varchar not null,
    changed_at timestamp not null
);
