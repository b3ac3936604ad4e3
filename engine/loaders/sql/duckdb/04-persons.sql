-- Who is one person: what follows from current patients, and what people decided.
-- `person_lookup` is a hash of the person as `lookup` is one of the key.

create table persons (
    lookup bigint not null,
    person_lookup bigint not null,
    patient varchar not null,
    person varchar not null,
    facility varchar not null,
    birth_date varchar not null,
    sex varchar not null,
    identifiers varchar not null
);

create table person_identifiers (
    lookup bigint not null,
    patient varchar not null,
    kind varchar not null,
    value varchar not null
);

create table person_links (
    lookup bigint not null,
    kind varchar not null,
    value varchar not null,
    one varchar not null,
    other varchar not null,
    verdict varchar not null,
    differs varchar not null,
    one_facility varchar not null,
    other_facility varchar not null
);

create table person_crowds (
    kind varchar not null,
    value varchar not null,
    patients bigint not null
);

create table person_decisions (
    topic varchar not null,
    part integer not null,
    at_offset bigint not null,
    one varchar not null,
    other varchar not null,
    together boolean not null,
    who varchar not null,
    decided timestamp not null,
    why varchar not null
);

create table person_rule (
    rule varchar not null,
    name varchar not null,
    read_to varchar not null
);
