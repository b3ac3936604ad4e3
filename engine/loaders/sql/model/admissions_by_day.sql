-- Stays that began and ended on a day. One row a day, facility and department.
-- day: The day.
-- facility: The code of the facility.
-- department: The department where the patient is, or was last; empty where none was told.
-- admissions: Stays that began.
-- discharges: Stays that ended.
select
    day,
    facility,
    department,
    count(*) filter (where is_start) as admissions,
    count(*) filter (where not is_start) as discharges
from (
    select day, facility, department, true as is_start
    from counted_visits as visits where kind = 'stay' and day is not null
    union all
    select last_day, facility, department, false
    from counted_visits as visits where kind = 'stay' and last_day is not null
) as moved
group by day, facility, department
