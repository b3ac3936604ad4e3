-- Patients that were merged into others, and who is in use in their place, also over several merges.
-- patient_id: The patient that was merged; a row of patients.
-- surviving_id: Who is in use; a row of patients.
with recursive merged (patient_id, surviving_id) as (
    select patient_id, replaced_by_id from patients where replaced_by_id is not null
    union
    select merged.patient_id, patients.replaced_by_id
    from merged join patients on patients.patient_id = merged.surviving_id
    where patients.replaced_by_id is not null
)
select merged.patient_id, min(merged.surviving_id) as surviving_id
from merged left join patients on patients.patient_id = merged.surviving_id
where patients.replaced_by_id is null
group by merged.patient_id
