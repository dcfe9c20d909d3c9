// Dashboards that come with Belfry. They are part of the program: they follow its releases, cannot be broken, and are changed as a copy.
import { newDashboard, newPanel, type Dashboard, type Panel, type PanelType, type Query } from '../../lib/dash/model.ts';

export interface Starter { id: string; /** There is data for it when this metric exists. */ needs: string; dashboard: Dashboard }
type Spec = Partial<Omit<Panel, 'queries'>> & { q?: (string | [expr: string, legend: string])[] };
let ids = 0;
const at = (x: number, y: number, w: number, h: number, type: PanelType, title: string, s: Spec): Panel => {
  const { q = [], ...rest } = s, queries = q.map((e): Query => (typeof e === 'string' ? { expr: e, legend: '', hidden: false } : { expr: e[0], legend: e[1], hidden: false }));
  return newPanel(type, ++ids, { title, x, y, w, h, queries, ...rest });
};
const row = (y: number, title: string): Panel => at(0, y, 24, 1, 'row', title, {});
const share = { unit: 'ratio' as const, min: 0, max: 1 }, limits = (warn: number, alarm: number): Pick<Panel, 'thresholds'> => ({ thresholds: [{ value: null, tone: 'ok' }, { value: warn, tone: 'warn' }, { value: alarm, tone: 'alarm' }] });

const INSTANCE = 'instance=~"$instance"';
function host(): Dashboard {
  ids = 0;
  const panels = [
    at(0, 0, 6, 5, 'stat', 'CPU busy', { q: [`1 - avg(rate(node_cpu_seconds_total{mode="idle", ${INSTANCE}}[$__rate_interval]))`], ...share, ...limits(0.8, 0.95) }),
    at(6, 0, 6, 5, 'stat', 'Memory used', { q: [`1 - sum(node_memory_MemAvailable_bytes{${INSTANCE}}) / sum(node_memory_MemTotal_bytes{${INSTANCE}})`], ...share, ...limits(0.85, 0.95) }),
    at(12, 0, 6, 5, 'stat', 'Load', { q: [`sum(node_load1{${INSTANCE}})`], unit: 'count' }),
    at(18, 0, 6, 5, 'stat', 'Fullest disk', { q: [`max(1 - node_filesystem_avail_bytes{${INSTANCE}, fstype!~"tmpfs|ramfs|squashfs|overlay"} / node_filesystem_size_bytes)`], ...share, ...limits(0.8, 0.92) }),
    row(5, 'Processor and memory'),
    at(0, 6, 12, 8, 'timeseries', 'CPU by mode', { q: [[`sum by (mode) (rate(node_cpu_seconds_total{mode!="idle", ${INSTANCE}}[$__rate_interval]))`, '{{mode}}']], unit: 'ratio', stack: true, draw: 'area' }),
    at(12, 6, 12, 8, 'timeseries', 'Memory', { q: [[`node_memory_MemTotal_bytes{${INSTANCE}} - node_memory_MemAvailable_bytes`, 'in use'], [`node_memory_Cached_bytes{${INSTANCE}}`, 'cached'], [`node_memory_SwapTotal_bytes{${INSTANCE}} - node_memory_SwapFree_bytes`, 'swap']], unit: 'bytes', draw: 'area' }),
    at(0, 14, 12, 7, 'timeseries', 'Load', { q: [[`node_load1{${INSTANCE}}`, '1 min'], [`node_load5{${INSTANCE}}`, '5 min'], [`node_load15{${INSTANCE}}`, '15 min']], unit: 'count' }),
    at(12, 14, 12, 7, 'timeseries', 'Waiting for', { description: 'The share of time in which some task waited (pressure stall information)', q: [[`rate(node_pressure_cpu_waiting_seconds_total{${INSTANCE}}[$__rate_interval])`, 'processor'], [`rate(node_pressure_io_waiting_seconds_total{${INSTANCE}}[$__rate_interval])`, 'disk'], [`rate(node_pressure_memory_waiting_seconds_total{${INSTANCE}}[$__rate_interval])`, 'memory']], unit: 'ratio' }),
    row(21, 'Disks and network'),
    at(0, 22, 8, 8, 'bargauge', 'Disks filled', { q: [[`1 - node_filesystem_avail_bytes{${INSTANCE}, fstype!~"tmpfs|ramfs|squashfs|overlay"} / node_filesystem_size_bytes`, '{{mountpoint}}']], ...share, ...limits(0.8, 0.92) }),
    at(8, 22, 8, 8, 'timeseries', 'Disk', { q: [[`sum(rate(node_disk_read_bytes_total{${INSTANCE}}[$__rate_interval]))`, 'read'], [`sum(rate(node_disk_written_bytes_total{${INSTANCE}}[$__rate_interval]))`, 'written']], unit: 'bytes_per_s' }),
    at(16, 22, 8, 8, 'timeseries', 'Network', { q: [[`sum(rate(node_network_receive_bytes_total{${INSTANCE}, device!="lo"}[$__rate_interval]))`, 'in'], [`sum(rate(node_network_transmit_bytes_total{${INSTANCE}, device!="lo"}[$__rate_interval]))`, 'out']], unit: 'bytes_per_s' }),
    row(30, 'Processes'),
    at(0, 31, 12, 8, 'bargauge', 'Most memory', { q: [[`topk(8, belfry_process_memory_bytes{${INSTANCE}})`, '{{name}}']], unit: 'bytes' }),
    at(12, 31, 12, 8, 'bargauge', 'Most CPU', { q: [[`topk(8, belfry_process_cpu_ratio{${INSTANCE}})`, '{{name}}']], unit: 'ratio' }),
  ];
  return newDashboard('Hosts', { description: 'Processor, memory, disks and network of one host or all', tags: ['host'], time: { from: 'now-15m', to: 'now' }, panels, variables: [{ name: 'instance', label: 'Host', type: 'query', query: 'label_values(node_load1, instance)', regex: '', sort: 'name', multi: true, all: true, allValue: '.*', hidden: false, value: [] }] });
}

function belfry(): Dashboard {
  ids = 0;
  const panels = [
    at(0, 0, 6, 5, 'stat', 'Samples in', { q: ['sum(rate(belfry_metric_store_samples_total[$__rate_interval]))'], unit: 'per_s' }),
    at(6, 0, 6, 5, 'stat', 'Series', { q: ['sum(belfry_metric_store_head_series)'], unit: 'count' }),
    at(12, 0, 6, 5, 'stat', 'Memory', { q: ['sum(belfry_process_memory_bytes{name="belfry"})'], unit: 'bytes' }),
    at(18, 0, 6, 5, 'stat', 'Refused in this time', { q: ['sum(increase(belfry_ingest_refused_total[$__range])) or vector(0)'], unit: 'count', spark: false, thresholds: [{ value: null, tone: 'ok' }, { value: 1, tone: 'warn' }] }),
    row(5, 'What comes in'),
    at(0, 6, 12, 8, 'timeseries', 'Samples stored', { q: [['sum(rate(belfry_metric_store_samples_total[$__rate_interval]))', 'stored']], unit: 'per_s', draw: 'area' }),
    at(12, 6, 12, 8, 'timeseries', 'Log', { description: 'Bytes written to the log and what is read back from it', q: [['sum(rate(belfry_queue_append_bytes_total[$__rate_interval]))', 'written'], ['sum(rate(belfry_journal_read_bytes_total[$__rate_interval]))', 'read from disk']], unit: 'bytes_per_s' }),
    row(14, 'What is asked'),
    at(0, 15, 12, 8, 'timeseries', 'Requests', { q: [['sum(rate(belfry_http_requests_total[$__rate_interval]))', 'answered'], ['sum(rate(belfry_http_refused_total[$__rate_interval]))', 'refused']], unit: 'per_s' }),
    at(12, 15, 12, 8, 'heatmap', 'Time of requests', { q: ['sum by (le) (increase(belfry_http_request_duration_seconds_bucket[$__rate_interval]))'], unit: 'seconds' }),
    row(23, 'What it costs'),
    at(0, 24, 12, 8, 'timeseries', 'Memory', { q: [['sum(belfry_process_memory_bytes{name="belfry"})', 'process'], ['sum(belfry_metric_store_head_bytes)', 'head'], ['sum(belfry_queue_ring_bytes)', 'ring of the log']], unit: 'bytes' }),
    at(12, 24, 12, 8, 'timeseries', 'Files', { q: [['sum(belfry_metric_store_files_bytes)', 'metric store'], ['sum(belfry_queue_log_bytes)', 'log']], unit: 'bytes_si', draw: 'area', stack: true }),
  ];
  return newDashboard('Belfry itself', { description: 'What this server takes in, answers, and needs', tags: ['belfry'], time: { from: 'now-15m', to: 'now' }, panels });
}

const made = new Map<string, Dashboard>();
export const STARTERS: readonly { id: string; needs: string; make: () => Dashboard }[] = [{ id: 'starter-host', needs: 'node_load1', make: host }, { id: 'starter-belfry', needs: 'belfry_queue_append_bytes_total', make: belfry }];
/** The starter of that id, or null. */
export function starter(id: string): Dashboard | null {
  const s = STARTERS.find((x) => x.id === id);
  if (!s) return null;
  if (!made.has(id)) made.set(id, s.make());
  return made.get(id)!;
}
