-- Dimensions, which the engine writes as a whole, and what the SQL of the model was when it was defined last.

create table facilities (
    code text not null,
    name text not null,
    sector text not null,
    kind text not null,
    level text not null,
    commune text not null,
    primary key (code)
);

create table departments (
    facility text not null,
    department text not null,
    primary key (facility, department)
);

create table communes (
    commune text not null,
    name text not null,
    kind text not null,
    former_provinces text not null,
    latitude double precision not null,
    longitude double precision not null,
    square_kilometres double precision not null,
    primary key (commune)
);

create table commune_links (
    old_code text not null,
    old_name text not null,
    old_district text not null,
    old_province text not null,
    commune text not null,
    share text not null,
    is_default boolean not null,
    primary key (old_code, commune)
);

create table icd10_chapters (
    chapter text not null,
    first_code text not null,
    last_code text not null,
    name text not null,
    name_vi text not null,
    primary key (chapter)
);

create table notifiable_diseases (
    code text not null,
    disease text not null,
    deadline text not null,
    primary key (code)
);

create table days (
    day date not null,
    year bigint not null,
    month bigint not null,
    weekday bigint not null,
    iso_year bigint not null,
    iso_week bigint not null,
    week text not null,
    holiday text not null,
    is_workday boolean not null,
    primary key (day)
);

create table model (
    name text not null,
    fingerprint text not null,
    primary key (name)
);

-- When the event was that a message tells of, as its sender says.
alter table receipts add column event_time timestamptz;
