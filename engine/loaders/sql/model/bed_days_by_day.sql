-- How many stays took a bed on a day: from the day of admission to the day before the discharge, one day at least.
-- A stay that goes on counts up to the last day of which the facility told anything. One row a day and facility.
-- day: The day.
-- facility: The code of the facility.
-- bed_days: How many.
select days.day, stays.facility, count(*) as bed_days
from (
    select
        visits.facility,
        visits.day,
        case
            when visits.last_day is null then known.until
            when visits.last_day > visits.day then visits.last_day - 1
            else visits.day
        end as until
    from counted_visits as visits
    join (
        select facility, greatest(max(day), coalesce(max(last_day), max(day))) as until from counted_visits as visits group by facility
    ) as known on known.facility = visits.facility
    where visits.kind = 'stay' and visits.day is not null
) as stays
join days on days.day between stays.day and stays.until
group by days.day, stays.facility
