-- Facilities in the programme of electronic records, as their messages show it. One row a facility.
-- facility: The code of the facility.
-- name: Its name in the registry.
-- sector: public, ministerial or private; unknown where the registry does not have it.
-- kind: hospital, centre, station or clinic.
-- level: Its level of care.
-- is_registered: Whether the registry has it.
-- is_sending: Whether it ever sent a message that could be read.
-- part: whole, part or none of the departments that the registry lists send; unlisted where it sends and none is listed.
-- departments_listed: How many departments the registry lists.
-- departments_sending: How many of these send.
-- messages: Messages that were read.
-- dead: Messages that are dead letters.
-- first_received: When the first message was received.
-- last_received: When the last one was.
-- delay_median: Minutes from the event to the receipt, of half of the messages at most.
-- delay_most: The same of nineteen in twenty.
-- late: Messages that were received more than a day after their event.
select
    coalesce(facilities.code, sent.facility) as facility,
    facilities.name,
    coalesce(facilities.sector, 'unknown') as sector,
    coalesce(facilities.kind, 'unknown') as kind,
    facilities.level,
    facilities.code is not null as is_registered,
    coalesce(sent.messages, 0) > 0 as is_sending,
    case
        when coalesce(sent.messages, 0) = 0 then 'none'
        when coalesce(fed.listed, 0) = 0 then 'unlisted'
        when fed.sending = fed.listed then 'whole'
        when fed.sending > 0 then 'part'
        else 'none'
    end as part,
    coalesce(fed.listed, 0) as departments_listed,
    coalesce(fed.sending, 0) as departments_sending,
    coalesce(sent.messages, 0) as messages,
    coalesce(sent.dead, 0) as dead,
    sent.first_received,
    sent.last_received,
    sent.delay_median,
    sent.delay_most,
    coalesce(sent.late, 0) as late
from facilities
full join facility_messages as sent on sent.facility = facilities.code
left join (
    select
        facility,
        count(*) filter (where is_listed) as listed,
        count(*) filter (where is_listed and is_sending) as sending
    from programme_departments group by facility
) as fed on fed.facility = coalesce(facilities.code, sent.facility)
where coalesce(facilities.kind, '') <> 'platform'
