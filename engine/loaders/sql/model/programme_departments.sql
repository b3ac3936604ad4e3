-- Departments of the facilities: those that the registry lists, and those that messages name in PV1-3. One row a department.
-- facility: The code of the facility.
-- department: The code of the department.
-- is_listed: Whether the registry lists it.
-- is_sending: Whether messages name it.
-- visits: Visits whose patients are there, or were there last.
-- first_visit: The day on which the first of these began.
-- last_visit: The day on which the last of these began.
select
    coalesce(listed.facility, named.facility) as facility,
    coalesce(listed.department, named.department) as department,
    listed.department is not null as is_listed,
    named.department is not null as is_sending,
    coalesce(seen.visits, 0) as visits,
    seen.first_visit,
    seen.last_visit
from departments as listed
full join (
    select distinct facility, department from place_departments where department is not null
) as named on named.facility = listed.facility and named.department = listed.department
left join (
    select facility, department, count(*) as visits, min(day) as first_visit, max(day) as last_visit
    from counted_visits as visits group by facility, department
) as seen
    on seen.facility = coalesce(listed.facility, named.facility)
    and seen.department = coalesce(listed.department, named.department)
