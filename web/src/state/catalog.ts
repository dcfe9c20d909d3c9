// The list of metrics, kept for everyone who needs names: the palette, the explorer, units.
import { computed, signal } from '@preact/signals';
import { getMetrics, type Metric, type Metrics } from '../api/metrics.ts';
import { unitFromName, unitFromWord, type Unit } from '../lib/units.ts';

const FRESH_MS = 30_000;
export const metrics = signal<Metrics | null>(null);
export const metricsError = signal('');
let askedAt = 0, running: Promise<void> | null = null;

/** Asks again when the list is older than half a minute (or `force`); safe to call often. */
export function wantMetrics(force = false): Promise<void> {
  if (running) return running;
  if (!force && metrics.value && Date.now() - askedAt < FRESH_MS) return Promise.resolve();
  running = getMetrics().then(
    (m) => { metrics.value = m; metricsError.value = ''; askedAt = Date.now(); },
    (e: Error) => { metricsError.value = e.message; },
  ).finally(() => { running = null; });
  return running;
}
const byName = computed(() => new Map((metrics.value?.metrics ?? []).map((m) => [m.name, m])));

/** The row of a metric; series of histograms and summaries (`_bucket`, `_sum`, `_count`) find their family. */
export function metricOf(name: string): Metric | undefined {
  return byName.value.get(name) ?? byName.value.get(name.replace(/_(bucket|sum|count)$/, ''));
}
export function unitOf(name: string): Unit {
  const told = /_count$|_bucket$/.test(name) ? null : unitFromWord(metricOf(name)?.unit);
  const fromName = unitFromName(name);
  // Metadata says "bytes"; the name knows whether it is disk and network (decimal) or memory (binary).
  return told === 'bytes' && fromName === 'bytes_si' ? 'bytes_si' : told ?? fromName;
}
