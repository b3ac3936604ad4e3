-- Messages that the warehouse holds, by the facility that sent them, copies left out. One row a facility.
-- facility: The code of the facility.
-- messages: How many were read.
-- dead: How many are dead letters.
-- first_received: When the first one was received that could be read.
-- last_received: When the last one was.
-- delay_median: Minutes from the event to the receipt, of half of the messages at most.
-- delay_most: The same of nineteen in twenty.
-- late: Messages that were received more than a day after their event.
select
    receipts.facility,
    count(*) filter (where receipts.outcome = 'mapped') as messages,
    count(*) filter (where receipts.outcome = 'dead') as dead,
    min(receipts.received) filter (where receipts.outcome = 'mapped') as first_received,
    max(receipts.received) filter (where receipts.outcome = 'mapped') as last_received,
    percentile_cont(0.5) within group (order by receipts.delay) as delay_median,
    percentile_cont(0.95) within group (order by receipts.delay) as delay_most,
    count(*) filter (where receipts.delay > 1440) as late
from (
    select
        *,
        case
            when outcome = 'mapped' then cast(extract(epoch from (received - event_time)) as double precision) / 60
        end as delay
    from receipts
) as receipts
join messages
    on messages.raw_topic = receipts.raw_topic
    and messages.raw_part = receipts.raw_part
    and messages.raw_offset = receipts.raw_offset
group by receipts.facility
