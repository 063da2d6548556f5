with found as (
    select metric as name,
      count(*)::integer as series,
      (array_agg(counter order by last_seen desc, counter))[1] as counter,
      min(first_seen)::text as "firstSeen",
      max(last_seen)::text as "lastSeen"
    from samples_1.custom_series
    where tenant_id = $1
      and agent_id = $2::uuid
      and strpos(lower(metric), lower($3)) > 0
    group by metric
)
select t.total,
  page.*
from (
    select count(*)::integer as total
    from found
) as t
left join lateral(
    select *
    from found
    where name > $4
    order by name
    limit $5
) as page on true
order by page.name
