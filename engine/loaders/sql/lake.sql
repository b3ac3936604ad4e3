-- What the lake's `history` holds of the warehouse's: it has a row for each record of the bus, so what was published
-- twice and what copies of a message came to stand twice in it. Of the copies of a message the first counts.
with heard as (
    select message_key, raw_topic, raw_part, raw_offset from history
    union all
    select message_key, raw_topic, raw_part, raw_offset from receipts
),
firsts as (
    select *
    from heard
    qualify row_number() over (partition by message_key order by raw_topic, raw_part, raw_offset) = 1
)
select h.*
from history as h
join firsts as f on h.message_key = f.message_key
    and h.raw_topic = f.raw_topic and h.raw_part = f.raw_part and h.raw_offset = f.raw_offset
qualify row_number() over (
    partition by h.raw_topic, h.raw_part, h.raw_offset, h.generation, h.event_index
    order by h.loaded_at
) = 1
