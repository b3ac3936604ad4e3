-- What the model's SQL calls, in PostgreSQL.
create or replace function city_time(moment timestamptz) returns timestamp
language sql immutable parallel safe return moment at time zone 'Asia/Ho_Chi_Minh';
create or replace function years_between(born date, day date) returns integer
language sql immutable parallel safe return
    cast(extract(year from day) - extract(year from born) as integer)
    - case when extract(month from day) * 100 + extract(day from day)
        < extract(month from born) * 100 + extract(day from born) then 1 else 0 end;
create or replace function age_group(age integer) returns text
language sql immutable parallel safe return
    case
        when age < 0 then 'unknown' when age < 1 then '0' when age < 5 then '1-4' when age < 15 then '5-14'
        when age < 25 then '15-24' when age < 45 then '25-44' when age < 65 then '45-64' when age >= 65 then '65+'
        else 'unknown'
    end;
