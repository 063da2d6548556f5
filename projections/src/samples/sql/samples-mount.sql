select (extract(epoch from r.time) * 1000)::float8 as at_ms,
  r.interval_ms,
  r.mount as name,
  r.usage_percent::float8 as value
from samples_1.disk_metrics as r
where r.tenant_id = $1
  and r.agent_id = $2::uuid
  and r.time >= $3
  and r.time < $4
  and r.mount is not null
order by r.time desc
limit $5
