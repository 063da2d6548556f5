// What publishes a first metric of one's own; docs/custom-metrics.md has others.

/**
 * Run on the host: the directory that the agent reads when it is not told otherwise, or that of `secumon up` where it was
 * started here; and a file that is never half written.
 */
export const FIRST_METRIC = `dir=/var/lib/secumon-agent/metrics.d
[ -d .secumon/metrics.d ] && dir=.secumon/metrics.d
mkdir -p "$dir"
echo 'office_temperature_celsius{room="server"} 21.5' > "$dir/office.tmp" && mv "$dir/office.tmp" "$dir/office.prom"
`
