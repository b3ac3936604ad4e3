-- Results that stand in reports, by the day on which the specimen was taken. One row a day, facility and section.
-- day: The day.
-- facility: The code of the facility.
-- section: The section of the laboratory (table 0074), or unknown.
-- results: Results that hold: preliminary, final, corrected or amended.
-- preliminary: Of these, those that are preliminary.
-- corrected: Of these, those that were corrected or amended.
-- abnormal: Of these, those that are told to be other than normal.
-- withdrawn: Results that were taken back, which do not count as results.
select
    day,
    facility,
    section,
    count(*) filter (where holds) as results,
    count(*) filter (where status = 'preliminary') as preliminary,
    count(*) filter (where status in ('corrected', 'amended')) as corrected,
    count(*) filter (where holds and interpretation <> 'N') as abnormal,
    count(*) filter (where status in ('entered-in-error', 'cancelled')) as withdrawn
from (
    select
        coalesce(cast(city_time(observations.effective_at) as date), observations.effective_on) as day,
        observations.facility,
        sections.section,
        observations.status,
        observations.interpretation,
        observations.status in ('preliminary', 'final', 'corrected', 'amended') as holds
    from observations
    join (
        select report_results.observation_id, coalesce(min(reports.section), 'unknown') as section
        from report_results join reports on reports.report_id = report_results.report_id
        group by report_results.observation_id
    ) as sections on sections.observation_id = observations.observation_id
) as found
where day is not null
group by day, facility, section
