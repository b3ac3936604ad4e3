-- How many visits began on a day. One row a day, facility, kind, commune, age group and sex.
-- day: The day on which they began.
-- facility: The code of the facility.
-- kind: stay, emergency or outpatient.
-- commune: The commune that the patients live in, or unknown.
-- age_group: Their age, in groups.
-- sex: Their sex.
-- visits: How many.
select day, facility, kind, commune, age_group, sex, count(*) as visits
from counted_visits as visits
where day is not null
group by day, facility, kind, commune, age_group, sex
