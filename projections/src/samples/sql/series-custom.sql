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
      1 as rows,
      r.labels as name,
      r.value::float8 as sum0,
      (r.value::float8 is not null)::int as weight0,
      r.value::float8 as min0,
      r.value::float8 as max0
    from (
        select time,
          agent_id,
          interval_ms,
          tenant_id,
          metric,
          labels,
          value
        from samples_1.custom_metrics
        union all
        select p.first + (u.off_us + (u.i - 1) * 1000 * least(u.interval_ms, 3600000)) * interval '1 microsecond' as time,
          p.agent_id,
          u.interval_ms,
          p.tenant_id,
          p.metric,
          p.labels,
          u.value
        from samples_1.custom_metrics_packed as p
        cross join lateral rows from (unnest(p.off_us), unnest(p.interval_ms), unnest(p.value)) with ordinality as u(off_us, interval_ms, value, i)
        where true
          and p.agent_id = $2::uuid
          and p.first >= $3
          and p.last >= $4
          and p.first < $5
    ) as r
    where r.tenant_id = $6
      and r.agent_id = $7::uuid
      and r.time >= $8
      and r.time < $9
      and r.metric = $10
      and r.labels = any($11::text[])
) as p
group by p.bucket, p.name
order by 2, 1
