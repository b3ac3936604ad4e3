-- Visits that took or take place: not cancelled, not planned, not entered in error, and none that was merged into another.
-- encounter_id: The visit; a row of encounters.
-- facility: The code of the facility.
-- patient_id: The patient who is in use now, whoever the visit was registered for.
-- kind: stay, emergency or outpatient; a visit by day that became a stay is a stay.
-- status: planned, arrived, in-progress, onleave, finished or unknown.
-- day: The day on which it began, in the city.
-- last_day: The day on which it ended; empty while it goes on.
-- department: The department where the patient is, or was last.
-- commune: The commune that the patient lives in, or unknown.
-- sex: male, female, other or unknown.
-- age: Whole years on the day on which it began.
-- age_group: 0, 1-4, 5-14, 15-24, 25-44, 45-64, 65+ or unknown.
select
    begun.encounter_id,
    begun.facility,
    begun.patient_id,
    begun.kind,
    begun.status,
    begun.day,
    begun.last_day,
    place_departments.department,
    coalesce(patients.commune, own.commune, 'unknown') as commune,
    coalesce(patients.gender, own.gender, 'unknown') as sex,
    years_between(coalesce(patients.birth_date, own.birth_date), begun.day) as age,
    age_group(years_between(coalesce(patients.birth_date, own.birth_date), begun.day)) as age_group
from (
    select
        encounters.encounter_id,
        encounters.facility,
        encounters.patient_id as own_id,
        coalesce(surviving_patients.surviving_id, encounters.patient_id) as patient_id,
        encounters.location_id,
        encounters.status,
        case
            when encounters.class in ('IMP', 'ACUTE', 'NONAC') then 'stay'
            when encounters.class = 'EMER' then 'emergency'
            else 'outpatient'
        end as kind,
        coalesce(cast(city_time(encounters.started_at) as date), encounters.started_on) as day,
        coalesce(cast(city_time(encounters.ended_at) as date), encounters.ended_on) as last_day
    from encounters
    left join surviving_patients on surviving_patients.patient_id = encounters.patient_id
    where coalesce(encounters.status, 'unknown') not in ('cancelled', 'entered-in-error', 'planned')
        and coalesce(encounters.class, '') <> 'PRENC'
        and encounters.part_of_id is null
) as begun
left join patients on patients.patient_id = begun.patient_id
left join patients as own on own.patient_id = begun.own_id
left join place_departments on place_departments.location_id = begun.location_id
