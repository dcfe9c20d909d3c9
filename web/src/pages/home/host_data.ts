// Where the small charts get their values: 1 s samples from memory while the range is the last ten minutes,
// the stored 10 s samples (through PromQL, with node_exporter's names) for any other range.
import { getHost, type HostLive, type HostUnit } from '../../api/host.ts';
import { queryRange } from '../../api/prom.ts';
import { queryStep } from '../../lib/ticks.ts';
import { mergeSamples } from '../../lib/samples.ts';
import { toGrid } from '../../lib/series.ts';
import type { Unit } from '../../lib/units.ts';

export const MEMORY_MS = 600_000;  // the server keeps this much at 1 s

/** By id: short title, colour, and the PromQL of the same thing from the store; `%w` is the rate window, `%h` this host. */
export const SHAPE: Record<string, { title: string; colour: number; stored?: string }> = {
  cpu: { title: 'CPU', colour: 1, stored: '1 - avg(rate(node_cpu_seconds_total{mode="idle", %h}[%w]))' },
  load: { title: 'Load', colour: 1, stored: 'node_load1{%h}' },
  memory: { title: 'Memory', colour: 5, stored: 'node_memory_MemTotal_bytes{%h} - node_memory_MemAvailable_bytes{%h}' },
  swap: { title: 'Swap', colour: 5, stored: 'node_memory_SwapTotal_bytes{%h} - node_memory_SwapFree_bytes{%h}' },
  disk_busy: { title: 'Disk busy', colour: 2, stored: 'max(rate(node_disk_io_time_seconds_total{%h}[%w]))' },
  disk_written: { title: 'Disk written', colour: 2, stored: 'sum(rate(node_disk_written_bytes_total{%h}[%w]))' },
  disk_read: { title: 'Disk read', colour: 2, stored: 'sum(rate(node_disk_read_bytes_total{%h}[%w]))' },
  network_in: { title: 'Network in', colour: 7, stored: 'sum(rate(node_network_receive_bytes_total{device!="lo", %h}[%w]))' },
  network_out: { title: 'Network out', colour: 7, stored: 'sum(rate(node_network_transmit_bytes_total{device!="lo", %h}[%w]))' },
  connections: { title: 'Connections', colour: 7, stored: 'node_netstat_Tcp_CurrEstab{%h}' },
  switches: { title: 'Switches', colour: 8, stored: 'rate(node_context_switches_total{%h}[%w])' },
  cpu_pressure: { title: 'CPU pressure', colour: 8, stored: 'rate(node_pressure_cpu_waiting_seconds_total{%h}[%w])' },
  io_pressure: { title: 'I/O pressure', colour: 8, stored: 'rate(node_pressure_io_waiting_seconds_total{%h}[%w])' },
  memory_pressure: { title: 'Memory pressure', colour: 8, stored: 'rate(node_pressure_memory_waiting_seconds_total{%h}[%w])' },
  processes: { title: 'Processes', colour: 8, stored: 'node_processes_pids{%h}' },
  belfry_memory: { title: 'Belfry memory', colour: 3, stored: 'sum(belfry_process_memory_bytes{name="belfry", %h})' },
  belfry_cpu: { title: 'Belfry CPU', colour: 3, stored: 'sum(belfry_process_cpu_ratio{name="belfry", %h})' },
  received: { title: 'Received', colour: 3, stored: 'sum(rate(belfry_ingest_samples_total{job="belfry"}[%w]))' },
};
// Belfry's own measurements of its host carry this; a node_exporter beside it must not be drawn in its place.
const OWN_HOST = 'job="host"';
// Charts with their own colour by what they are; unknown ids of a newer server still get drawn.
export const shapeOf = (id: string, title: string) => SHAPE[id] ?? { title, colour: 8 };
/** The same as one query, for an alarm; '' when it is not stored. */
export const storedQuery = (id: string): string => (SHAPE[id]?.stored ?? '').replaceAll('%h', OWN_HOST).replaceAll('%w', '2m');
export const drawUnit = (u: HostUnit): Unit => u;

let kept: HostLive | null = null, silent = 0;
const SILENT_POLLS = 5;  // after so many answers without a sample the clock has gone back or the server is another one
/** The next second(s) of the live page; asks only for what is new. */
export async function liveHost(signal: AbortSignal): Promise<HostLive> {
  const since = kept?.times_ms[kept.times_ms.length - 1] ?? 0;
  const fresh = await getHost(since, signal);
  silent = fresh.times_ms.length ? 0 : silent + 1;
  kept = mergeSamples(silent >= SILENT_POLLS ? null : kept, fresh, MEMORY_MS);
  if (silent >= SILENT_POLLS) silent = 0;
  return kept;
}

const AT_ONCE = 4;  // queries in flight; the server also bounds them
/** The same charts from the store. A chart whose query fails or is empty has no values and says so. */
export async function storedHost(ids: readonly { id: string; title: string; unit: HostUnit }[], fromMs: number, toMs: number, widthPx: number, signal: AbortSignal) {
  const stepMs = queryStep(toMs - fromMs, widthPx, 10_000), start = Math.floor(fromMs / stepMs) * stepMs, end = Math.floor(toMs / stepMs) * stepMs;
  const window = `${Math.max(60, Math.ceil((stepMs * 2) / 1000))}s`;
  const out: { id: string; values: (number | null)[]; timesMs: number[]; error: string }[] = [];
  const todo = [...ids];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let s = todo.shift(); s; s = todo.shift()) {
      const q = SHAPE[s.id]?.stored;
      if (!q) { out.push({ id: s.id, values: [], timesMs: [], error: 'only kept for the last 10 minutes' }); continue; }
      try {
        const r = await queryRange(q.replaceAll('%w', window).replaceAll('%h', OWN_HOST), start, end, stepMs, signal);
        const grid = toGrid(r.data.result.slice(0, 1).map((x) => ({ metric: x.metric, values: x.values ?? [] })), start, end, stepMs);
        out.push({ id: s.id, values: grid.series[0]?.values ?? [], timesMs: grid.timesMs, error: '' });
      } catch (e) {
        if (signal.aborted) throw e;
        out.push({ id: s.id, values: [], timesMs: [], error: e instanceof Error ? e.message : String(e) });
      }
    }
  }));
  return { stepMs, fromMs: start, toMs: end, rows: new Map(out.map((o) => [o.id, o])) };
}
