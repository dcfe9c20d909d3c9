import { test } from 'node:test';
import assert from 'node:assert/strict';
import { formatChips, formatQuery, parseChips, parseQuery } from '../../src/lib/query_string.ts';
import { clock, durationText, parseDuration, parseFree, parseRange, rangeText, resolveRange, resolveTime } from '../../src/lib/timespec.ts';
import { property } from './prop.ts';

test('any parameters survive the URL', () => property(3000, (r) => {
  const p: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let i = r.int(6); i >= 0; i--) { const k = r.text(4), v = r.text(12); if (k && v) p[k] = v; }
  const back = parseQuery(formatQuery(p));
  assert.deepEqual(Object.entries(back).sort(), Object.entries(p).sort());
}));
test('the browser reads the same parameters as we do', () => property(1000, (r) => {
  const v = r.text(12).replace(/\u0000/g, '');
  if (v) assert.equal(new URL('http://x/' + formatQuery({ q: v })).searchParams.get('q'), v);
}));
test('a query stays readable in the URL', () => assert.equal(formatQuery({ t: 'now-1h..now', q: 'rate(up[5m])', view: '' }), '?q=rate(up%5B5m%5D)&t=now-1h..now'));
test('broken escapes are taken as they stand', () => assert.equal(parseQuery('?q=%zz%').q, '%zz%'));
test('any chips survive the URL', () => property(3000, (r) => {
  const chips = Array.from({ length: r.int(4) }, () => ({ name: r.text(4) || 'x', value: r.text(5), not: r.next() < 0.3 }));
  assert.deepEqual(parseChips(parseQuery(formatQuery({ f: formatChips(chips) || 'x' })).f === 'x' ? '' : parseQuery(formatQuery({ f: formatChips(chips) })).f ?? ''), chips);
}));
test('times are understood as people write them', () => {
  const now = new Date(2026, 10, 22, 14, 32, 10).getTime();
  const at = (d: number, h: number, m: number): number => new Date(2026, 10, d, h, m).getTime();
  assert.equal(resolveTime('now-1h30m', now), now - 5_400_000);
  assert.equal(resolveTime('yesterday 14:00', now), at(21, 14, 0));
  assert.equal(resolveTime('today', now), at(22, 0, 0));
  assert.equal(resolveTime('2026-11-20 09:15', now), at(20, 9, 15));
  assert.equal(resolveTime('2026-11-20T09:15:00Z', now), Date.UTC(2026, 10, 20, 9, 15));
  assert.equal(resolveTime('1763800000000', now), 1763800000000);
  assert.equal(resolveTime('3h ago', now), now - 10_800_000);
  for (const bad of ['', 'soon', 'now-', '25:00', '2026-13-01', 'now-1x']) assert.equal(resolveTime(bad, now), null, bad);
  assert.deepEqual(parseFree('3h', now), { from: 'now-3h', to: 'now' });
  assert.deepEqual(parseFree('last 2 days', now), { from: 'now-2d', to: 'now' });
  assert.deepEqual(parseFree('yesterday 14:00 to yesterday 16:00', now), { from: 'yesterday 14:00', to: 'yesterday 16:00' });
  assert.equal(parseFree('16:00 to 14:00', now), null);
});
test('a range survives its spelling', () => property(1000, (r) => {
  const spec = r.next() < 0.5 ? { from: 'now-' + (1 + r.int(99)) + r.pick(['s', 'm', 'h', 'd']), to: 'now' } : { from: String(1.7e12 + r.int(1e9)), to: String(1.8e12 + r.int(1e9)) };
  assert.deepEqual(parseRange(rangeText(spec)), spec);
  assert.ok(resolveRange(spec, 1.9e12));
}));
test('durations survive their spelling', () => property(1000, (r) => { const ms = (1 + r.int(1e6)) * r.pick([1, 1000, 60_000, 3_600_000]); assert.equal(parseDuration(durationText(ms)), ms); }));
test('a clock is as short as the distance allows', () => {
  const now = new Date(2026, 10, 22, 14, 32).getTime();
  assert.equal(clock(now - 3_600_000, now), '13:32'); assert.equal(clock(now - 86_400_000, now), 'Sat 14:32'); assert.equal(clock(now - 20 * 86_400_000, now), '2026-11-02 14:32');
});
