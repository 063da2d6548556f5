select (extract(epoch from r.time) * 1000)::float8 as at_ms,
  r.interval_ms,
  null::text as name,
  r.cpu_usage_percent::float8 as value
from samples_1.metrics as r
where r.tenant_id = $1
  and r.agent_id = $2::uuid
  and r.time >= $3
  and r.time < $4
  and true
order by r.time desc
limit $5
