-- The warehouse in DuckDB. Times are UTC.
-- Keys are held by the one writer, not by indexes: DuckDB keeps indexes in memory and slows down as they grow.
-- `lookup` is a 64-bit hash of a text key; a scan for it reads 8 bytes a row.

create table if not exists offsets (
    topic varchar not null,
    part integer not null,
    next_offset bigint not null
);

create table if not exists messages (
    lookup bigint not null,
    message_key varchar not null,
    raw_topic varchar not null,
    raw_part integer not null,
    raw_offset bigint not null,
    generation bigint not null
);

create table if not exists receipts (
    raw_topic varchar not null,
    raw_part integer not null,
    raw_offset bigint not null,
    generation bigint not null,
    facility varchar not null,
    message_type varchar not null,
    received timestamp not null,
    message_key varchar not null,
    outcome varchar not null,
    events integer not null,
    reason varchar not null,
    loaded_at timestamp not null
);

create table if not exists history (
    lookup bigint not null,
    raw_topic varchar not null,
    raw_part integer not null,
    raw_offset bigint not null,
    generation bigint not null,
    event_index integer not null,
    resource_type varchar not null,
    id varchar not null,
    version varchar not null,
    facility varchar not null,
    subject varchar not null,
    body json not null,
    deleted varchar not null,
    inferred varchar not null,
    weak boolean not null,
    mapping varchar not null,
    message_key varchar not null,
    received timestamp not null,
    loaded_at timestamp not null
);

create table if not exists current (
    lookup bigint not null,
    resource_type varchar not null,
    id varchar not null,
    version varchar not null,
    facility varchar not null,
    subject varchar not null,
    body json not null,
    element_versions json not null,
    mapping varchar not null,
    raw_topic varchar not null,
    raw_part integer not null,
    raw_offset bigint not null,
    loaded_at timestamp not null
);

create table if not exists reconciliation (
    hour varchar not null,
    facility varchar not null,
    message_type varchar not null,
    received bigint not null,
    loaded bigint not null,
    dead bigint not null,
    duplicate bigint not null,
    ignored bigint not null,
    held bigint not null,
    in_flight bigint not null,
    missing bigint not null,
    refused bigint not null,
    counted_at timestamp not null
);

create table if not exists withdrawals (
    lookup bigint not null,
    observation varchar not null,
    report varchar not null,
    listed varchar not null,
    withdrawn varchar not null
);
