import { test } from 'node:test';
import assert from 'node:assert/strict';
import { bigParts, digits3, duration, fmt, raw, show, unitFromName, unitFromQuery, whole } from '../../src/lib/units.ts';
import { property } from './prop.ts';

const plain = (s: string): string => s.replace(/\u2009/g, ' ');

test('three significant digits, no trailing zeros', () => {
  for (const [v, t] of [[0, '0'], [1, '1'], [1.5, '1.5'], [23.04, '23'], [4.614, '4.61'], [999.4, '999'], [0.84, '0.84'], [0.00123, '0.00123'], [-12.34, '−12.3'], [1e-5, '1e−5'], [100, '100'], [0.1 + 0.2, '0.3']] as const) assert.equal(digits3(v), t);
});
test('counts are SI, memory is binary, disk and network are decimal', () => {
  assert.equal(plain(fmt(18400)), '18.4 k');
  assert.equal(plain(fmt(4.61 * 2 ** 30, 'bytes')), '4.61 GiB');
  assert.equal(plain(fmt(41.6e9, 'bytes_si')), '41.6 GB');
  assert.equal(plain(fmt(5.2e6, 'bytes_per_s')), '5.2 MB/s');
  assert.equal(plain(fmt(0.23, 'ratio')), '23 %');
  assert.equal(plain(fmt(48211, 'per_s')), '48.2 k/s');
});
test('a value just below the next prefix takes it rather than print 1000', () => {
  assert.equal(plain(fmt(999_960)), '1 M');
  assert.equal(plain(fmt(1023.9 * 1024, 'bytes')), '1 MiB');
  assert.equal(plain(fmt(999, 'count')), '999');
});
test('durations take the largest fitting unit', () => {
  for (const [s, t] of [[0, '0 s'], [3e-9, '3 ns'], [4.5e-5, '45 µs'], [0.45, '450 ms'], [1.9, '1.9 s'], [59, '59 s'], [720, '12 min'], [11_520, '3.2 h'], [41 * 86400, '41 d']] as const) { const d = duration(s); assert.equal(`${d.text} ${d.unit}`, t); }
});
test('what is no number says so', () => {
  assert.equal(fmt(null), '–'); assert.equal(fmt(NaN), 'NaN'); assert.equal(fmt(Infinity), '+∞'); assert.equal(fmt(-Infinity), '−∞');
  assert.equal(raw(0.1, 'seconds'), '0.1 s');
});
test('big figures keep the prefix with the number', () => {
  assert.deepEqual(bigParts(show(48211, 'per_s')).map(plain), ['48.2 k', '/s']);
  assert.deepEqual(bigParts(show(1.3e6, 'bytes_per_s')).map(plain), ['1.3 MB', '/s']);
  assert.deepEqual(bigParts(show(0.038, 'seconds')).map(plain), ['38 ms', '']);
});
test('whole numbers are grouped', () => { assert.equal(whole(918204112), '918,204,112'); assert.equal(whole(999), '999'); });
test('the unit follows from the suffix of a name', () => {
  for (const [n, u] of [['http_request_duration_seconds', 'seconds'], ['node_cpu_seconds_total', 'seconds'], ['process_resident_memory_bytes', 'bytes'], ['node_network_receive_bytes_total', 'bytes_si'], ['up', 'count'], ['node_boot_time_seconds', 'none'], ['x_seconds_count', 'count'], ['node_hwmon_temp_celsius', 'celsius'], ['cache_hit_ratio', 'ratio']] as const) assert.equal(unitFromName(n), u, n);
});
test('the unit of a query follows from its outermost meaning', () => {
  for (const [q, u] of [
    ['rate(node_network_receive_bytes_total[5m])', 'bytes_per_s'], ['rate(node_cpu_seconds_total{mode="idle"}[5m])', 'ratio'], ['sum by (job) (rate(http_requests_total[5m]))', 'per_s'],
    ['histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))', 'seconds'], ['count(process_resident_memory_bytes)', 'count'], ['process_resident_memory_bytes', 'bytes'],
    ['rate(a_seconds_sum[5m]) / rate(a_seconds_count[5m])', 'seconds'], ['a_bytes / b_bytes', 'none'], ['100 * (1 - x_ratio)', 'ratio'], ['node_memory_MemTotal_bytes - node_memory_MemFree_bytes', 'bytes'], ['up{le="seconds"}', 'count'], ['1 + 1', 'count'], ['', 'count'],
  ] as const) assert.equal(unitFromQuery(q, unitFromName), u, q);
});
test('every finite number prints short and without exponents a reader must decode', () => property(3000, (r) => {
  const v = (r.next() - 0.5) * 10 ** (r.int(30) - 6), unit = r.pick(['count', 'bytes', 'bytes_si', 'seconds', 'ratio', 'per_s'] as const), t = fmt(v, unit);
  assert.ok(t.length <= 16, `${v} as ${unit} is ${t}`);
  assert.ok(!/NaN|undefined|Infinity/.test(t), t);
}));
