// The metric catalogue: every metric the product stores, once. Rules, API, UI, rollups and dashboards read it.
// A new metric is one line here, one proto field and one column. What programs of a host publish themselves has no line:
// such a metric is known by its name alone, see custom-metrics.ts.

/** What a value counts. A delta's rate has the same unit per second. */
export type Unit = 'percent' | 'bytes' | 'count' | 'seconds' | 'milliseconds' | 'celsius'

export type MetricTable =
  'metrics' | 'disk_metrics' | 'network_metrics' | 'process_metrics' | 'check_metrics' | 'custom_metrics'

/** What tells the values of one metric on one host apart. */
export type Dimension = 'core' | 'sensor' | 'mount' | 'device' | 'interface' | 'process' | 'check' | 'labels'

/**
 * A gauge is a level at a moment; a delta is what a counter gained over the row's `interval_ms`: sums are right
 * as stored, and the rate is sum ÷ time.
 */
export type MetricKind = 'gauge' | 'delta'

export type Metric = {
  readonly key: string
  readonly unit: Unit
  readonly kind: MetricKind
  readonly table: MetricTable
  readonly column: string
  /** Absent: one value per host. `core` and `sensor` are arrays in one row; the others have a row each. */
  readonly dimension?: Dimension
  readonly description: { readonly en: string; readonly fr: string }
}

/** What an agent measures of its host. */
// prettier-ignore
export const HOST_METRICS = [
  { key: 'cpu.usage_percent', unit: 'percent', kind: 'gauge', table: 'metrics', column: 'cpu_usage_percent', description: { en: 'CPU time not idle, all cores', fr: 'Temps CPU non inactif, tous cœurs' } },
  { key: 'cpu.user_percent', unit: 'percent', kind: 'gauge', table: 'metrics', column: 'cpu_user_percent', description: { en: 'CPU time in user programs', fr: 'Temps CPU des programmes utilisateur' } },
  { key: 'cpu.system_percent', unit: 'percent', kind: 'gauge', table: 'metrics', column: 'cpu_system_percent', description: { en: 'CPU time in the kernel', fr: 'Temps CPU du noyau' } },
  { key: 'cpu.iowait_percent', unit: 'percent', kind: 'gauge', table: 'metrics', column: 'cpu_iowait_percent', description: { en: 'CPU time idle while waiting for disks', fr: 'Temps CPU inactif en attente de disque' } },
  { key: 'cpu.steal_percent', unit: 'percent', kind: 'gauge', table: 'metrics', column: 'cpu_steal_percent', description: { en: 'CPU time taken by the hypervisor', fr: 'Temps CPU pris par l’hyperviseur' } },
  { key: 'cpu.idle_percent', unit: 'percent', kind: 'gauge', table: 'metrics', column: 'cpu_idle_percent', description: { en: 'CPU time idle', fr: 'Temps CPU inactif' } },
  { key: 'cpu.core_busy_percent', unit: 'percent', kind: 'gauge', table: 'metrics', column: 'cpu_core_busy_percent', dimension: 'core', description: { en: 'Busy time of one core', fr: 'Temps occupé d’un cœur' } },
  { key: 'cpu.load_avg_1', unit: 'count', kind: 'gauge', table: 'metrics', column: 'cpu_load_avg_1', description: { en: 'Runnable tasks, mean of 1 min', fr: 'Tâches exécutables, moyenne sur 1 min' } },
  { key: 'cpu.load_avg_5', unit: 'count', kind: 'gauge', table: 'metrics', column: 'cpu_load_avg_5', description: { en: 'Runnable tasks, mean of 5 min', fr: 'Tâches exécutables, moyenne sur 5 min' } },
  { key: 'cpu.load_avg_15', unit: 'count', kind: 'gauge', table: 'metrics', column: 'cpu_load_avg_15', description: { en: 'Runnable tasks, mean of 15 min', fr: 'Tâches exécutables, moyenne sur 15 min' } },
  { key: 'memory.total_bytes', unit: 'bytes', kind: 'gauge', table: 'metrics', column: 'memory_total_bytes', description: { en: 'Installed memory', fr: 'Mémoire installée' } },
  { key: 'memory.used_bytes', unit: 'bytes', kind: 'gauge', table: 'metrics', column: 'memory_used_bytes', description: { en: 'Memory not available to new programs (total − available)', fr: 'Mémoire indisponible pour de nouveaux programmes (total − disponible)' } },
  { key: 'memory.available_bytes', unit: 'bytes', kind: 'gauge', table: 'metrics', column: 'memory_available_bytes', description: { en: 'Memory available without swapping', fr: 'Mémoire disponible sans échange' } },
  { key: 'memory.cached_bytes', unit: 'bytes', kind: 'gauge', table: 'metrics', column: 'memory_cached_bytes', description: { en: 'Page cache and reclaimable slab', fr: 'Cache de pages et slab récupérable' } },
  { key: 'memory.buffers_bytes', unit: 'bytes', kind: 'gauge', table: 'metrics', column: 'memory_buffers_bytes', description: { en: 'Block device buffers', fr: 'Tampons des périphériques bloc' } },
  { key: 'memory.usage_percent', unit: 'percent', kind: 'gauge', table: 'metrics', column: 'memory_usage_percent', description: { en: 'Used share of installed memory', fr: 'Part utilisée de la mémoire installée' } },
  { key: 'swap.total_bytes', unit: 'bytes', kind: 'gauge', table: 'metrics', column: 'swap_total_bytes', description: { en: 'Swap space', fr: 'Espace d’échange' } },
  { key: 'swap.used_bytes', unit: 'bytes', kind: 'gauge', table: 'metrics', column: 'swap_used_bytes', description: { en: 'Swap in use', fr: 'Espace d’échange utilisé' } },
  { key: 'swap.usage_percent', unit: 'percent', kind: 'gauge', table: 'metrics', column: 'swap_usage_percent', description: { en: 'Used share of swap space', fr: 'Part utilisée de l’espace d’échange' } },
  { key: 'system.uptime_seconds', unit: 'seconds', kind: 'gauge', table: 'metrics', column: 'system_uptime_seconds', description: { en: 'Time since boot', fr: 'Temps depuis le démarrage' } },
  { key: 'system.users', unit: 'count', kind: 'gauge', table: 'metrics', column: 'system_users', description: { en: 'Logged-in users', fr: 'Utilisateurs connectés' } },
  { key: 'system.processes', unit: 'count', kind: 'gauge', table: 'metrics', column: 'system_processes', description: { en: 'Processes', fr: 'Processus' } },
  { key: 'systemd.failed_units', unit: 'count', kind: 'gauge', table: 'metrics', column: 'systemd_failed_units', description: { en: 'Failed systemd units', fr: 'Unités systemd en échec' } },
  { key: 'temperature.max_celsius', unit: 'celsius', kind: 'gauge', table: 'metrics', column: 'temperature_max_celsius', description: { en: 'Hottest sensor', fr: 'Capteur le plus chaud' } },
  { key: 'temperature.celsius', unit: 'celsius', kind: 'gauge', table: 'metrics', column: 'temperature_celsius', dimension: 'sensor', description: { en: 'Temperature of a sensor', fr: 'Température d’un capteur' } },
  { key: 'disk.total_bytes', unit: 'bytes', kind: 'gauge', table: 'disk_metrics', column: 'total_bytes', dimension: 'mount', description: { en: 'Size of the file system', fr: 'Taille du système de fichiers' } },
  { key: 'disk.used_bytes', unit: 'bytes', kind: 'gauge', table: 'disk_metrics', column: 'used_bytes', dimension: 'mount', description: { en: 'Used space', fr: 'Espace utilisé' } },
  { key: 'disk.free_bytes', unit: 'bytes', kind: 'gauge', table: 'disk_metrics', column: 'free_bytes', dimension: 'mount', description: { en: 'Space free for ordinary users', fr: 'Espace libre pour les utilisateurs' } },
  { key: 'disk.usage_percent', unit: 'percent', kind: 'gauge', table: 'disk_metrics', column: 'usage_percent', dimension: 'mount', description: { en: 'Used share of the space ordinary users can have', fr: 'Part utilisée de l’espace accessible aux utilisateurs' } },
  { key: 'disk.inodes_total', unit: 'count', kind: 'gauge', table: 'disk_metrics', column: 'inodes_total', dimension: 'mount', description: { en: 'Inodes of the file system', fr: 'Inodes du système de fichiers' } },
  { key: 'disk.inodes_used', unit: 'count', kind: 'gauge', table: 'disk_metrics', column: 'inodes_used', dimension: 'mount', description: { en: 'Inodes in use', fr: 'Inodes utilisés' } },
  { key: 'disk.inodes_usage_percent', unit: 'percent', kind: 'gauge', table: 'disk_metrics', column: 'inodes_usage_percent', dimension: 'mount', description: { en: 'Used share of inodes', fr: 'Part utilisée des inodes' } },
  { key: 'disk.read_bytes', unit: 'bytes', kind: 'delta', table: 'disk_metrics', column: 'read_bytes', dimension: 'device', description: { en: 'Bytes read from the device', fr: 'Octets lus du périphérique' } },
  { key: 'disk.write_bytes', unit: 'bytes', kind: 'delta', table: 'disk_metrics', column: 'write_bytes', dimension: 'device', description: { en: 'Bytes written to the device', fr: 'Octets écrits sur le périphérique' } },
  { key: 'disk.read_operations', unit: 'count', kind: 'delta', table: 'disk_metrics', column: 'read_operations', dimension: 'device', description: { en: 'Read operations completed', fr: 'Opérations de lecture terminées' } },
  { key: 'disk.write_operations', unit: 'count', kind: 'delta', table: 'disk_metrics', column: 'write_operations', dimension: 'device', description: { en: 'Write operations completed', fr: 'Opérations d’écriture terminées' } },
  { key: 'disk.busy_percent', unit: 'percent', kind: 'gauge', table: 'disk_metrics', column: 'busy_percent', dimension: 'device', description: { en: 'Time the device had work', fr: 'Temps où le périphérique travaillait' } },
  { key: 'disk.await_ms', unit: 'milliseconds', kind: 'gauge', table: 'disk_metrics', column: 'await_ms', dimension: 'device', description: { en: 'Mean time of an operation, queue included', fr: 'Durée moyenne d’une opération, attente comprise' } },
  { key: 'network.receive_bytes', unit: 'bytes', kind: 'delta', table: 'network_metrics', column: 'receive_bytes', dimension: 'interface', description: { en: 'Bytes received', fr: 'Octets reçus' } },
  { key: 'network.transmit_bytes', unit: 'bytes', kind: 'delta', table: 'network_metrics', column: 'transmit_bytes', dimension: 'interface', description: { en: 'Bytes sent', fr: 'Octets émis' } },
  { key: 'network.receive_packets', unit: 'count', kind: 'delta', table: 'network_metrics', column: 'receive_packets', dimension: 'interface', description: { en: 'Packets received', fr: 'Paquets reçus' } },
  { key: 'network.transmit_packets', unit: 'count', kind: 'delta', table: 'network_metrics', column: 'transmit_packets', dimension: 'interface', description: { en: 'Packets sent', fr: 'Paquets émis' } },
  { key: 'network.receive_errors', unit: 'count', kind: 'delta', table: 'network_metrics', column: 'receive_errors', dimension: 'interface', description: { en: 'Receive errors', fr: 'Erreurs de réception' } },
  { key: 'network.transmit_errors', unit: 'count', kind: 'delta', table: 'network_metrics', column: 'transmit_errors', dimension: 'interface', description: { en: 'Transmit errors', fr: 'Erreurs d’émission' } },
  { key: 'network.receive_drops', unit: 'count', kind: 'delta', table: 'network_metrics', column: 'receive_drops', dimension: 'interface', description: { en: 'Received packets dropped', fr: 'Paquets reçus abandonnés' } },
  { key: 'network.transmit_drops', unit: 'count', kind: 'delta', table: 'network_metrics', column: 'transmit_drops', dimension: 'interface', description: { en: 'Packets dropped on sending', fr: 'Paquets abandonnés à l’émission' } },
  { key: 'process.cpu_percent', unit: 'percent', kind: 'gauge', table: 'process_metrics', column: 'cpu_percent', dimension: 'process', description: { en: 'CPU time of the process; 100 is one core', fr: 'Temps CPU du processus ; 100 vaut un cœur' } },
  { key: 'process.rss_bytes', unit: 'bytes', kind: 'gauge', table: 'process_metrics', column: 'rss_bytes', dimension: 'process', description: { en: 'Resident memory of the process', fr: 'Mémoire résidente du processus' } },
] as const satisfies readonly Metric[]

/** What a probe finds when it runs a check; the dimension is the check's ULID. */
// prettier-ignore
export const CHECK_METRICS = [
  { key: 'check.up_percent', unit: 'percent', kind: 'gauge', table: 'check_metrics', column: 'up_percent', dimension: 'check', description: { en: 'Availability: runs of the check that passed', fr: 'Disponibilité : exécutions réussies du contrôle' } },
  { key: 'check.duration_ms', unit: 'milliseconds', kind: 'gauge', table: 'check_metrics', column: 'duration_ms', dimension: 'check', description: { en: 'Duration of a run', fr: 'Durée d’une exécution' } },
  { key: 'check.loss_percent', unit: 'percent', kind: 'gauge', table: 'check_metrics', column: 'loss_percent', dimension: 'check', description: { en: 'Packets lost', fr: 'Paquets perdus' } },
  { key: 'check.round_trip_min_ms', unit: 'milliseconds', kind: 'gauge', table: 'check_metrics', column: 'round_trip_min_ms', dimension: 'check', description: { en: 'Shortest round trip', fr: 'Aller-retour le plus court' } },
  { key: 'check.round_trip_avg_ms', unit: 'milliseconds', kind: 'gauge', table: 'check_metrics', column: 'round_trip_avg_ms', dimension: 'check', description: { en: 'Mean round trip', fr: 'Aller-retour moyen' } },
  { key: 'check.round_trip_max_ms', unit: 'milliseconds', kind: 'gauge', table: 'check_metrics', column: 'round_trip_max_ms', dimension: 'check', description: { en: 'Longest round trip', fr: 'Aller-retour le plus long' } },
  { key: 'check.jitter_ms', unit: 'milliseconds', kind: 'gauge', table: 'check_metrics', column: 'jitter_ms', dimension: 'check', description: { en: 'How much round trips differ', fr: 'Variation des aller-retours' } },
  { key: 'check.name_lookup_ms', unit: 'milliseconds', kind: 'gauge', table: 'check_metrics', column: 'name_lookup_ms', dimension: 'check', description: { en: 'Looking up the name', fr: 'Résolution du nom' } },
  { key: 'check.connect_ms', unit: 'milliseconds', kind: 'gauge', table: 'check_metrics', column: 'connect_ms', dimension: 'check', description: { en: 'Connecting', fr: 'Connexion' } },
  { key: 'check.tls_handshake_ms', unit: 'milliseconds', kind: 'gauge', table: 'check_metrics', column: 'tls_handshake_ms', dimension: 'check', description: { en: 'TLS handshake', fr: 'Négociation TLS' } },
  { key: 'check.first_byte_ms', unit: 'milliseconds', kind: 'gauge', table: 'check_metrics', column: 'first_byte_ms', dimension: 'check', description: { en: 'Waiting for the first byte', fr: 'Attente du premier octet' } },
  { key: 'check.transfer_ms', unit: 'milliseconds', kind: 'gauge', table: 'check_metrics', column: 'transfer_ms', dimension: 'check', description: { en: 'Transfer of the answer', fr: 'Transfert de la réponse' } },
  { key: 'check.certificate_days_left', unit: 'count', kind: 'gauge', table: 'check_metrics', column: 'certificate_days_left', dimension: 'check', description: { en: 'Days until the certificate ends', fr: 'Jours avant la fin du certificat' } },
] as const satisfies readonly Metric[]

/** The whole catalogue. */
export const METRICS = [...HOST_METRICS, ...CHECK_METRICS] as const satisfies readonly Metric[]

/** Of a metric of the catalogue, or of one that has no line in it. */
export type MetricKey = (typeof METRICS)[number]['key'] | CustomKey

/** `custom.` and the name by which a program publishes it. */
export type CustomKey = `custom.${string}`

const BY_KEY: ReadonlyMap<string, Metric & { readonly key: MetricKey }> = new Map(
  METRICS.map((metric) => [metric.key, metric]),
)

/** The catalogue's entry, or undefined when there is no such metric. */
export const metricOf = (key: string): (Metric & { readonly key: MetricKey }) | undefined => BY_KEY.get(key)
