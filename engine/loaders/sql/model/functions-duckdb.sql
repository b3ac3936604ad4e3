-- What the model's SQL calls, in DuckDB, whose times are UTC without a zone. Vietnam has no summer time.
create or replace macro city_time(moment) as moment + interval '7 hours';
create or replace macro years_between(born, day) as
    cast(extract(year from day) - extract(year from born) as integer)
    - case when extract(month from day) * 100 + extract(day from day)
        < extract(month from born) * 100 + extract(day from born) then 1 else 0 end;
create or replace macro age_group(age) as
    case
        when age < 0 then 'unknown' when age < 1 then '0' when age < 5 then '1-4' when age < 15 then '5-14'
        when age < 25 then '15-24' when age < 45 then '25-44' when age < 65 then '45-64' when age >= 65 then '65+'
        else 'unknown'
    end;
