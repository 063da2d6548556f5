select date_part('epoch', p.bucket) * 1000 as bucket_ms,
  p.name,
  sum(p.rows)::int as rows,
  date_part('epoch', min(p.time)) * 1000 as first_ms,
  max(p.interval_ms) as interval_ms,
  sum(p.sum0) * 1000 / nullif(sum(p.weight0), 0)::float8 as v0
from (
    select date_bin(make_interval(secs => $1::float8), r.time, 'epoch') as bucket,
      r.time,
      r.interval_ms,
      1 as rows,
      r.labels as name,
      r.gained::float8 as sum0,
      case when r.gained::float8 is not null then r.interval_ms end as weight0
    from samples_1.custom_metrics as r
    where r.tenant_id = $2
      and r.agent_id = $3::uuid
      and r.time >= $4
      and r.time < $5
      and r.metric = $6
      and r.labels = any($7::text[])
) as p
group by p.bucket, p.name
order by 2, 1
