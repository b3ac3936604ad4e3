-- Every raw record with a receipt, received since {since}: what it says, and how many of its events the history holds.
select
    r.raw_topic,
    r.raw_part,
    r.raw_offset,
    r.facility,
    r.message_type,
    r.received,
    r.outcome,
    r.events,
    coalesce(h.loaded, 0) as loaded,
    m.raw_topic <> r.raw_topic or m.raw_part <> r.raw_part or m.raw_offset <> r.raw_offset as is_copy
from receipts as r
join messages as m on m.message_key = r.message_key
left join (
    select raw_topic, raw_part, raw_offset, generation, count(*) as loaded
    from history
    where received >= '{since}'
    group by raw_topic, raw_part, raw_offset, generation
) as h
    on h.raw_topic = r.raw_topic
    and h.raw_part = r.raw_part
    and h.raw_offset = r.raw_offset
    and h.generation = r.generation
where r.received >= '{since}'
order by r.raw_topic, r.raw_part, r.raw_offset
