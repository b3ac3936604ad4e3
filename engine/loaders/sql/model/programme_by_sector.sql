-- The programme as the city reports it. One row a kind of facility and sector.
-- kind: hospital, centre, station or clinic.
-- sector: public, ministerial or private.
-- facilities: Facilities that the registry has.
-- sending: Of these, those that send.
-- whole: Of these, those of which every listed department sends.
-- partly: Those that send, but not from every listed department.
-- unlisted: Those that send, and of which the registry lists no departments.
-- messages: Messages that were read.
select
    kind,
    sector,
    count(*) as facilities,
    count(*) filter (where is_sending) as sending,
    count(*) filter (where part = 'whole') as whole,
    count(*) filter (where is_sending and part in ('part', 'none')) as partly,
    count(*) filter (where part = 'unlisted') as unlisted,
    cast(sum(messages) as bigint) as messages
from programme_facilities
where is_registered
group by kind, sector
