// What publishes a first metric of one's own, as docs/custom-metrics.md has it.

/** Run on the host: the directory that the agent reads when it is not told otherwise, and a file that is never half written. */
export const FIRST_METRIC = `mkdir -p /var/lib/secumon-agent/metrics.d
cd /var/lib/secumon-agent/metrics.d
echo 'office_temperature_celsius{room="server"} 21.5' > office.tmp && mv office.tmp office.prom`
