select date_part('epoch', p.bucket) * 1000 as bucket_ms,
  p.name,
  sum(p.rows)::int as rows,
  date_part('epoch', min(p.time)) * 1000 as first_ms,
  max(p.interval_ms) as interval_ms,
  max(p.max0) as v0
from (
    select date_bin(make_interval(secs => $1::float8), r.time, 'epoch') as bucket,
      r.time,
      r.interval_ms,
      r.rows as rows,
      null::text as name,
      r.cpu_usage_percent_max as max0
    from samples_1.metrics_1hour as r
    where r.tenant_id = $2
      and r.agent_id = $3::uuid
      and r.time >= $4
      and r.time < $5
    union all
    select date_bin(make_interval(secs => $6::float8), r.time, 'epoch') as bucket,
      r.time,
      r.interval_ms,
      r.rows as rows,
      null::text as name,
      r.cpu_usage_percent_max as max0
    from samples_1.metrics_5min as r
    where r.tenant_id = $7
      and r.agent_id = $8::uuid
      and r.time >= $9
      and r.time < $10
    union all
    select date_bin(make_interval(secs => $11::float8), r.time, 'epoch') as bucket,
      r.time,
      r.interval_ms,
      1 as rows,
      null::text as name,
      r.cpu_usage_percent as max0
    from samples_1.metrics as r
    where r.tenant_id = $12
      and r.agent_id = $13::uuid
      and r.time >= $14
      and r.time < $15
) as p
group by p.bucket, p.name
order by 1
