-- Cases of diseases that must be notified. One row a day, disease, facility, commune and age group.
-- day: The day on which the visits began.
-- code: The code of the disease; a row of notifiable_diseases.
-- deadline: 24h, 48h or week.
-- facility: The code of the facility.
-- commune: The commune that the patients live in, or unknown.
-- age_group: Their age, in groups.
-- visits: Visits with that diagnosis.
-- cases: Of these, those of patients who had none at this facility in the 30 days before.
select
    found.day,
    found.code,
    notifiable_diseases.deadline,
    found.facility,
    found.commune,
    found.age_group,
    count(*) as visits,
    count(*) filter (where found.is_new) as cases
from notifiable_visits as found
join notifiable_diseases on notifiable_diseases.code = found.code
group by found.day, found.code, notifiable_diseases.deadline, found.facility, found.commune, found.age_group
