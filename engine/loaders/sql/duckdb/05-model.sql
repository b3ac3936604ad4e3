-- Dimensions, which the engine writes as a whole, and what the SQL of the model was when it was defined last.

create table facilities (
    code varchar not null,
    name varchar not null,
    sector varchar not null,
    kind varchar not null,
    level varchar not null,
    commune varchar not null
);

create table departments (
    facility varchar not null,
    department varchar not null
);

create table communes (
    commune varchar not null,
    name varchar not null,
    kind varchar not null,
    former_provinces varchar not null,
    latitude double not null,
    longitude double not null,
    square_kilometres double not null
);

create table commune_links (
    old_code varchar not null,
    old_name varchar not null,
    old_district varchar not null,
    old_province varchar not null,
    commune varchar not null,
    share varchar not null,
    is_default boolean not null
);

create table icd10_chapters (
    chapter varchar not null,
    first_code varchar not null,
    last_code varchar not null,
    name varchar not null,
    name_vi varchar not null
);

create table notifiable_diseases (
    code varchar not null,
    disease varchar not null,
    deadline varchar not null
);

create table days (
    day date not null,
    year bigint not null,
    month bigint not null,
    weekday bigint not null,
    iso_year bigint not null,
    iso_week bigint not null,
    week varchar not null,
    holiday varchar not null,
    is_workday boolean not null
);

create table model (
    name varchar not null,
    fingerprint varchar not null
);

-- When the event was that a message tells of, as its sender says.
alter table receipts add column event_time timestamp;
