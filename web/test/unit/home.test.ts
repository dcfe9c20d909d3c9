import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mergeSamples, stretches } from '../../src/lib/samples.ts';
import { notices } from '../../src/pages/home/noticed.ts';
import type { Status } from '../../src/api/status.ts';
import { property } from './prop.ts';

const block = (times: number[], series: Record<string, (number | null)[]>) => ({ host: 'h', step_ms: 1000, times_ms: times, series: Object.entries(series).map(([id, values]) => ({ id, values })) });

test('new samples are appended once and old ones forgotten', () => {
  const a = mergeSamples(block([1000, 2000], { x: [1, 2] }), block([2000, 3000], { x: [2, 3], y: [0, 9] }), 2000);
  assert.deepEqual(a.times_ms, [2000, 3000]); assert.deepEqual(a.series.map((s) => s.values), [[2, 3], [null, 9]]);
  assert.deepEqual(mergeSamples(a, block([], { x: [], y: [] }), 2000).times_ms, [2000, 3000]);
  const other = { ...block([9000], { x: [1] }), host: 'other' };
  assert.equal(mergeSamples(a, other, 2000), other);
});
test('however the answers are cut, the result is the same', () => property(500, (r) => {
  const n = 2 + r.int(40), times = Array.from({ length: n }, (_, i) => i * 1000), values = times.map(() => (r.next() < 0.1 ? null : r.int(9)));
  let held: ReturnType<typeof block> | null = null;
  for (let at = 0; at < n;) { const from = Math.max(0, at - r.int(4)), to = Math.min(n, at + 1 + r.int(6)); held = mergeSamples(held, block(times.slice(from, to), { x: values.slice(from, to) }), 1e9); at = to; }
  assert.deepEqual(held!.times_ms, times); assert.deepEqual(held!.series[0]!.values, values);
}));
test('a hole before the first sample is nothing, one after it is silence', () => {
  const s = stretches([[2, '1'], [3, '1'], [5, '1']], 0, 6000, 1000);
  assert.deepEqual(s.map((x) => [x.state, x.fromMs, x.toMs]), [['ok', 1000, 3000], ['undet', 3000, 4000], ['ok', 4000, 5000], ['undet', 5000, 6000]]);
  assert.deepEqual(stretches([], 0, 6000, 1000), []);
});

const calm: Status = {
  now_ms: 1e12, judgement: { state: 'ok', sentence: 'Everything accepted is stored.' },
  pipeline: { received: { per_s: 0, bytes_per_s: 0, senders: 0, refused_last_hour: 0 }, log: { oldest_waiting_ms: 0, bytes: 0, bytes_per_s: 0, syncs_per_s: 0, sync_p50_ms: null, sync_p99_ms: null }, consumers: { behind_records: 0, count: 1, keep_up: 1, from_memory_ratio: 1 }, stores: { bytes_per_s: 0, bytes_per_sample: null, days_to_full: null }, alarms: null },
  receivers: [], refusals: [], consumers: [], stores: [], disk: { total_bytes: 100, free_bytes: 50, belfry_bytes: 1, days_to_full: null, guard: 'ok' }, memory: { rss_bytes: 1, limit_bytes: null, parts: [] }, cluster: null, work: [], own_log: [], config: [], limits: [],
};
test('a calm server has nothing to notice', () => assert.deepEqual(notices(calm), []));
test('the worst is named first, in words with numbers', () => {
  const n = notices({ ...calm, disk: { ...calm.disk, guard: 'full' }, consumers: [{ id: 'm', title: 'metric store', topic: 'metrics', position: 1, end: 11, behind: 10, lag_ms: 5000, state: 'behind' }], limits: [{ key: 'metric.max_series', value: 100, used: 90, unit: 'series' }], refusals: [{ receiver: 'x', reason: 'bad_label', total: 3, last_ms: 1e12 - 1000, message: 'm', sample: 's' }] });
  assert.deepEqual(n.map((x) => x.text.replace(/\u2009/g, ' ')), ['The disk is full, writes are refused', 'The metric store is behind', '3 records refused: bad label', 'metric.max_series is at 90 %']);
});
test('what is older than an hour is no news', () => assert.deepEqual(notices({ ...calm, refusals: [{ receiver: 'x', reason: 'r', total: 3, last_ms: 1e12 - 7_200_000, message: '', sample: '' }], own_log: [{ ms: 1e12 - 7_200_000, level: 'error', folder: 'f', message: 'm' }] }), []));
