with buckets as (
    select date_part('epoch', p.bucket) * 1000 as bucket_ms,
      p.name,
      sum(p.rows)::int as rows,
      date_part('epoch', min(p.time)) * 1000 as first_ms,
      max(p.interval_ms) as interval_ms,
      (array_agg(p.last0 order by p.time desc) filter (where p.last0 is not null))[1] as v0
    from (
        select date_bin(make_interval(secs => $1::float8), r.time, 'epoch') as bucket,
          r.time,
          r.interval_ms,
          r.rows as rows,
          r.interface as name,
          r.receive_bytes_sum::float8 * 1000 / nullif(r.receive_bytes_ms, 0) as last0
        from samples_1.network_metrics_1hour as r
        where r.tenant_id = $2
          and r.agent_id = $3::uuid
          and r.time >= $4
          and r.time < $5
        union all
        select date_bin(make_interval(secs => $6::float8), r.time, 'epoch') as bucket,
          r.time,
          r.interval_ms,
          1 as rows,
          r.interface as name,
          r.receive_bytes::float8 * 1000 / nullif(r.interval_ms, 0) as last0
        from samples_1.network_metrics as r
        where r.tenant_id = $7
          and r.agent_id = $8::uuid
          and r.time >= $9
          and r.time < $10
    ) as p
    group by p.bucket, p.name
),
chosen as (
    select name
    from buckets
    group by name
    order by count(*) desc nulls last, name
    limit $11
)
select *
from buckets
join chosen using (name)
order by name, bucket_ms
