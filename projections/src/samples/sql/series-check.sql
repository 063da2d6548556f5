with buckets as (
    select date_part('epoch', p.bucket) * 1000 as bucket_ms,
      p.name,
      sum(p.rows)::int as rows,
      date_part('epoch', min(p.time)) * 1000 as first_ms,
      max(p.interval_ms) as interval_ms,
      sum(p.sum0) / nullif(sum(p.weight0), 0)::float8 as v0,
      min(p.min0) as lo0,
      max(p.max0) as hi0,
      sum(p.sum1) / nullif(sum(p.weight1), 0)::float8 as v1,
      min(p.min1) as lo1,
      max(p.max1) as hi1
    from (
        select date_bin(make_interval(secs => $1::float8), r.time, 'epoch') as bucket,
          r.time,
          r.interval_ms,
          1 as rows,
          r.check_id as name,
          r.up_percent::float8 as sum0,
          (r.up_percent::float8 is not null)::int as weight0,
          r.up_percent as min0,
          r.up_percent as max0,
          r.duration_ms::float8 as sum1,
          (r.duration_ms::float8 is not null)::int as weight1,
          r.duration_ms as min1,
          r.duration_ms as max1
        from samples_1.check_metrics as r
        where r.tenant_id = $2
          and r.agent_id = $3::uuid
          and r.time >= $4
          and r.time < $5
    ) as p
    group by p.bucket, p.name
),
chosen as (
    select name
    from buckets
    group by name
    order by count(*) desc nulls last, name
    limit $6
)
select *
from buckets
join chosen using (name)
order by name, bucket_ms
