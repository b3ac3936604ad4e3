-- Visits with a diagnosis that must be notified. One row a visit and disease.
-- encounter_id: The visit; a row of encounters.
-- patient_id: The patient who is in use now.
-- facility: The code of the facility.
-- day: The day on which the visit began.
-- code: The code of the disease; a row of notifiable_diseases.
-- commune: The commune that the patient lives in, or unknown.
-- age_group: The age of the patient, in groups.
-- is_new: Whether the patient had no visit with that disease at this facility in the 30 days before.
with diagnosed as (
    select distinct visits.encounter_id, coalesce(five.code, three.code) as code
    from conditions
    join counted_visits as visits on visits.encounter_id = conditions.encounter_id
    left join notifiable_diseases as five on five.code = substr(conditions.icd10, 1, 5)
    left join notifiable_diseases as three on three.code = substr(conditions.icd10, 1, 3)
    where coalesce(five.code, three.code) is not null
        and coalesce(conditions.verification_status, '') not in ('entered-in-error', 'refuted')
),
known as (
    select
        visits.encounter_id,
        visits.patient_id,
        visits.facility,
        visits.day,
        diagnosed.code,
        visits.commune,
        visits.age_group,
        lag(visits.day) over (
            partition by visits.patient_id, diagnosed.code order by visits.day, visits.encounter_id
        ) as before
    from diagnosed join counted_visits as visits on visits.encounter_id = diagnosed.encounter_id
    where visits.day is not null
)
select
    encounter_id, patient_id, facility, day, code, commune, age_group,
    coalesce(day - before > 30, true) as is_new
from known
