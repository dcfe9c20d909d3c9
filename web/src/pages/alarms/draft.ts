// A definition while it is written, and what it may begin with. Pure.
import type { Definition, Draft } from '../../api/definitions.ts';

export const emptyDraft = (): Draft => ({ name: '', description: '', language: 'monasca', expression: '', severity: 'MEDIUM', match_by: [], alarm_actions: [], ok_actions: [], undetermined_actions: [], actions_enabled: true, interval_ms: 60_000, for_ms: 0, keep_firing_for_ms: 0, no_data: 'undetermined', labels: {}, annotations: {} });
export function draftOf(d: Definition): Draft {
  const { id: _id, created_ms: _c, updated_ms: _u, alarms: _a, parts: _p, ready_made: _r, ...draft } = d;
  return draft;
}

/** Why it cannot be saved yet; '' when it can. */
export function missing(d: Draft): string {
  if (!d.name.trim()) return 'It needs a name.';
  if (!d.expression.trim()) return 'It needs a condition.';
  if (d.language === 'promql' && d.interval_ms < 1000) return 'The interval is below a second.';
  return '';
}

export interface Template { title: string; why: string; needs: string; draft: Partial<Draft> }
const promql = (title: string, why: string, needs: string, expression: string, more: Partial<Draft> = {}): Template => ({ title, why, needs, draft: { name: title, description: why, language: 'promql', expression, for_ms: 300_000, severity: 'MEDIUM', ...more } });
export const TEMPLATES: readonly Template[] = [
  promql('Processor busy', 'Over 90 % busy for 10 minutes', 'node_cpu_seconds_total', '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))) > 90', { for_ms: 600_000 }),
  promql('Memory low', 'Less than a tenth of memory is left', 'node_memory_MemAvailable_bytes', '100 * node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 10', { severity: 'HIGH' }),
  promql('Disk fills', 'Less than a tenth of the disk is left', 'node_filesystem_avail_bytes', '100 * node_filesystem_avail_bytes / node_filesystem_size_bytes < 10', { severity: 'HIGH' }),
  promql('Disk full in 3 days', 'At the pace of the last 6 hours', 'node_filesystem_avail_bytes', 'predict_linear(node_filesystem_avail_bytes[6h], 3 * 86400) < 0', { severity: 'HIGH', for_ms: 1_800_000 }),
  promql('Load high', 'The load stays above 8', 'node_load1', 'node_load1 > 8', { severity: 'LOW' }),
  promql('Target down', 'A scraped target does not answer', 'up', 'up < 1', { severity: 'HIGH', for_ms: 120_000 }),
  promql('Errors', 'Over 5 % of requests fail', 'http_requests_total', '100 * sum by (job) (rate(http_requests_total{code=~"5.."}[5m])) / sum by (job) (rate(http_requests_total[5m])) > 5', { severity: 'CRITICAL' }),
  promql('Slow answers', 'The 95th percentile is above half a second', 'http_request_duration_seconds', 'histogram_quantile(0.95, sum by (le, job) (rate(http_request_duration_seconds_bucket[5m]))) > 0.5', { severity: 'HIGH' }),
  promql('Clock off', 'The clock is more than 50 ms off', 'node_timex_offset_seconds', 'abs(node_timex_offset_seconds) > 0.05'),
  { title: 'Processor of a Monasca agent', why: 'The average is idle for less than 10 %', needs: 'cpu.idle_perc', draft: { name: 'Processor busy', language: 'monasca', expression: 'avg(cpu.idle_perc, 300) < 10 times 2', match_by: ['hostname'], severity: 'MEDIUM' } },
  { title: 'Host silent (Monasca)', why: 'An agent reports no more', needs: 'host_alive_status', draft: { name: 'Host silent', language: 'monasca', expression: 'max(host_alive_status) > 0', match_by: ['hostname'], severity: 'HIGH' } },
];
