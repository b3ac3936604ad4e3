-- The department that a place lies in, be it a department itself, a floor, a room or a bed.
-- location_id: The place; a row of locations.
-- facility: The code of the facility.
-- department: The code of the department (PV1-3.1).
select
    place.location_id,
    place.facility,
    case
        when place.kind = 'wa' then place.code
        when one.kind = 'wa' then one.code
        when two.kind = 'wa' then two.code
        else three.code
    end as department
from locations as place
left join locations as one on one.location_id = place.part_of_id
left join locations as two on two.location_id = one.part_of_id
left join locations as three on three.location_id = two.part_of_id
where 'wa' in (place.kind, one.kind, two.kind, three.kind)
