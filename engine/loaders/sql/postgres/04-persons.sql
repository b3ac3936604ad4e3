-- Who is one person: what follows from current patients, and what people decided.

create table persons (
    patient text not null,
    person text not null,
    facility text not null,
    birth_date text not null,
    sex text not null,
    identifiers text not null,
    primary key (patient)
);

create index persons_person on persons (person);

create table person_identifiers (
    patient text not null,
    kind text not null,
    value text not null,
    primary key (value, patient)
);

create table person_links (
    kind text not null,
    value text not null,
    one text not null,
    other text not null,
    verdict text not null,
    differs text not null,
    one_facility text not null,
    other_facility text not null,
    primary key (value, one, other)
);

create table person_crowds (
    kind text not null,
    value text not null,
    patients bigint not null,
    primary key (value)
);

create table person_decisions (
    topic text not null,
    part integer not null,
    at_offset bigint not null,
    one text not null,
    other text not null,
    together boolean not null,
    who text not null,
    decided timestamptz not null,
    why text not null,
    primary key (topic, part, at_offset)
);

create table person_rule (
    rule text not null,
    name text not null,
    read_to text not null,
    primary key (rule)
);
