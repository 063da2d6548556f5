select labels
from samples_1.custom_series
where tenant_id = $1
  and agent_id = $2::uuid
  and metric = $3
order by first_seen > date 'epoch' + $4::integer, last_seen desc, labels
limit $5
