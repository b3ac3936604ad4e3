-- History is divided by the month in which its messages were received (UTC); the loader makes each month's partition.
-- What is there becomes one partition of all months before the next one that it holds nothing of.
-- `received` belongs to the primary key, as PostgreSQL asks of a partition's; a raw record was received once.

alter table history rename to history_undivided;
alter table history_undivided drop constraint history_pkey;
drop index history_id;

create table history (like history_undivided) partition by range (received);
alter table history
    add primary key (raw_topic, raw_part, raw_offset, generation, event_index, received);
create index history_id on history (resource_type, id);

do $$
declare
    ahead timestamptz;
begin
    select date_trunc('month', max(received), 'UTC') into ahead from history_undivided;
    if ahead is null then
        drop table history_undivided;
        return;
    end if;
    ahead := (ahead at time zone 'UTC' + interval '1 month') at time zone 'UTC';
    execute format('alter table history_undivided rename to %I', 'history_before_' || to_char(ahead at time zone 'UTC', 'YYYY_MM'));
    execute format(
        'alter table history attach partition %I for values from (minvalue) to (%L)',
        'history_before_' || to_char(ahead at time zone 'UTC', 'YYYY_MM'),
        ahead
    );
end
$$;
