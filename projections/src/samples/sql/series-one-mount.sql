select date_part('epoch', p.bucket) * 1000 as bucket_ms,
  p.name,
  sum(p.rows)::int as rows,
  date_part('epoch', min(p.time)) * 1000 as first_ms,
  max(p.interval_ms) as interval_ms,
  sum(p.sum0) / nullif(sum(p.weight0), 0)::float8 as v0,
  min(p.min0) as lo0,
  max(p.max0) as hi0
from (
    select date_bin(make_interval(secs => $1::float8), r.time, 'epoch') as bucket,
      r.time,
      r.interval_ms,
      r.rows as rows,
      r.mount as name,
      r.usage_percent_avg * r.usage_percent_count as sum0,
      r.usage_percent_count as weight0,
      r.usage_percent_min as min0,
      r.usage_percent_max as max0
    from samples_1.disk_metrics_1hour as r
    where r.tenant_id = $2
      and r.agent_id = $3::uuid
      and r.time >= $4
      and r.time < $5
      and r.mount is not null
      and r.mount = any($6::text[])
    union all
    select date_bin(make_interval(secs => $7::float8), r.time, 'epoch') as bucket,
      r.time,
      r.interval_ms,
      1 as rows,
      r.mount as name,
      r.usage_percent::float8 as sum0,
      (r.usage_percent::float8 is not null)::int as weight0,
      r.usage_percent as min0,
      r.usage_percent as max0
    from samples_1.disk_metrics as r
    where r.tenant_id = $8
      and r.agent_id = $9::uuid
      and r.time >= $10
      and r.time < $11
      and r.mount is not null
      and r.mount = any($12::text[])
) as p
group by p.bucket, p.name
order by 2, 1
