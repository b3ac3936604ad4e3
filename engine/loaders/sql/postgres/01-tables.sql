-- The warehouse in PostgreSQL.

create table if not exists offsets (
    topic text not null,
    part integer not null,
    next_offset bigint not null,
    primary key (topic, part)
);

create table if not exists messages (
    message_key text primary key,
    raw_topic text not null,
    raw_part integer not null,
    raw_offset bigint not null,
    generation bigint not null
);

create table if not exists receipts (
    raw_topic text not null,
    raw_part integer not null,
    raw_offset bigint not null,
    generation bigint not null,
    facility text not null,
    message_type text not null,
    received timestamptz not null,
    message_key text not null,
    outcome text not null,
    events integer not null,
    reason text not null,
    loaded_at timestamptz not null,
    primary key (raw_topic, raw_part, raw_offset)
);

create table if not exists history (
    raw_topic text not null,
    raw_part integer not null,
    raw_offset bigint not null,
    generation bigint not null,
    event_index integer not null,
    resource_type text not null,
    id text not null,
    version text not null,
    facility text not null,
    subject text not null,
    body jsonb not null,
    deleted text not null,
    inferred text not null,
    weak boolean not null,
    mapping text not null,
    message_key text not null,
    received timestamptz not null,
    loaded_at timestamptz not null,
    primary key (raw_topic, raw_part, raw_offset, generation, event_index)
);

create index if not exists history_id on history (resource_type, id);

create table if not exists current (
    resource_type text not null,
    id text not null,
    version text not null,
    facility text not null,
    subject text not null,
    body jsonb not null,
    element_versions jsonb not null,
    mapping text not null,
    raw_topic text not null,
    raw_part integer not null,
    raw_offset bigint not null,
    loaded_at timestamptz not null,
    primary key (resource_type, id)
);

create table if not exists reconciliation (
    hour text not null,
    facility text not null,
    message_type text not null,
    received bigint not null,
    loaded bigint not null,
    dead bigint not null,
    duplicate bigint not null,
    ignored bigint not null,
    held bigint not null,
    in_flight bigint not null,
    missing bigint not null,
    refused bigint not null,
    counted_at timestamptz not null,
    primary key (hour, facility, message_type)
);

create table if not exists withdrawals (
    observation text not null,
    report text not null,
    listed text not null,
    withdrawn text not null,
    primary key (observation, report)
);
