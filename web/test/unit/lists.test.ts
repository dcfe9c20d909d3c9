import { test } from 'node:test';
import assert from 'node:assert/strict';
import { MAX_PX, scrollTo, windowOf } from '../../src/lib/virtual.ts';
import { branches, rowsOf } from '../../src/lib/tree.ts';
import { candidates } from '../../src/lib/candidates.ts';
import { heatOf } from '../../src/lib/heat.ts';
import { keyOf, likeness, shortName, stack, summarize, tellingLabels, toGrid } from '../../src/lib/series.ts';
import { property } from './prop.ts';

test('the rows on screen are always drawn, and few others', () => property(3000, (r) => {
  const rows = r.int(2_000_000), view = 100 + r.int(900), total = Math.min(rows * 28, MAX_PX), scroll = r.next() * Math.max(0, total - view), w = windowOf(rows, 28, scroll, view);
  assert.equal(w.totalPx, total);
  assert.ok(w.count <= Math.ceil(view / 28) + 18, `${w.count}`);
  assert.ok(w.first >= 0 && w.first + w.count <= rows);
  if (rows * 28 > view) { assert.ok(w.topPx <= scroll + 1e-3, `${w.topPx} ${scroll}`); assert.ok(w.topPx + w.count * 28 >= Math.min(scroll + view, total) - 1, 'covers the view'); }
}));
test('the last row can be reached in a list longer than a browser can scroll', () => { const w = windowOf(5_000_000, 28, MAX_PX - 600, 600); assert.equal(w.first + w.count, 5_000_000); });
test('scrolling brings a row just into view', () => { assert.equal(scrollTo(0, 28, 500, 280), 0); assert.equal(scrollTo(50, 28, 0, 280), 51 * 28 - 280); assert.equal(scrollTo(5, 28, 0, 280), 0); });
test('names are grouped under what they share', () => {
  const t = branches(['http_server_a', 'http_server_b', 'node_x', 'up', 'node_x_y', ''].map((name) => ({ name, series: 1 })));
  assert.deepEqual(t.map((b) => [b.prefix, b.leaves.map((l) => l.rest)]), [['', ['']], ['http_server', ['_a', '_b']], ['node', ['_x', '_x_y']], ['up', ['up']]]);
  assert.equal(rowsOf(t, () => true).length, 8); assert.equal(rowsOf(t, () => false).length, 4);
});
test('candidates are bounded, without the chosen, with its family first', () => {
  const all = ['a_1', 'a_2', 'b_1', 'b_2', 'c_1', 'big'].map((name) => ({ name, type: 'gauge', series: name === 'big' ? 9999 : 1 }));
  const c = candidates(all, ['a_1'], 4, 500).map((m) => m.name);
  assert.deepEqual(c, ['a_2', 'b_1', 'c_1', 'b_2']);
});
test('a matrix lands on its grid and holes stay holes', () => {
  const g = toGrid([{ metric: { a: '1' }, values: [[10, '1'], [30, 'NaN'], [40, '+Inf']] }], 10_000, 50_000, 10_000);
  assert.deepEqual(g.series[0]!.values, [1, null, NaN, Infinity, null]);
});
test('summaries ignore what is no number', () => assert.deepEqual(summarize([1, null, NaN, 3]), { last: 3, max: 3, min: 1, mean: 2, count: 2 }));
test('stacks run up in order and keep gaps', () => assert.deepEqual(stack([[1, 2, null], [1, null, 1]]), [[1, 2, null], [2, null, 1]]));
test('names say only what differs', () => {
  const l = [{ __name__: 'a', job: 'x', i: '1' }, { __name__: 'a', job: 'x', i: '2' }], t = tellingLabels(l);
  assert.deepEqual(t, { differ: ['i'], same: { __name__: 'a', job: 'x' } }); assert.equal(shortName(l[0]!, t.differ), '1');
});
test('label names of the object prototype are labels like others', () => { const l = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}') as Record<string, string>; assert.ok(keyOf(l).includes('constructor')); const t = tellingLabels([l, {}]); assert.deepEqual([...t.differ].sort(), ['__proto__', 'constructor', 'toString']); assert.equal(shortName({ x: '1' }, t.differ), '{x="1"}'.replace('{', '{')); });
test('likeness is 1 with itself, -1 with its mirror, 0 with a constant', () => {
  const a = Array.from({ length: 30 }, (_, i) => Math.sin(i)), near = (x: number, y: number): boolean => Math.abs(x - y) < 1e-9;
  assert.ok(near(likeness(a, a), 1)); assert.ok(near(likeness(a, a.map((v) => -3 * v + 7)), -1)); assert.equal(likeness(a, a.map(() => 5)), 0); assert.equal(likeness([1, 2], [1, 2]), 0);
});
test('cumulative buckets become counts per bucket', () => {
  const m = { timesMs: [0], stepMs: 1, notes: [], series: [{ labels: { le: '+Inf' }, values: [10] }, { labels: { le: '1' }, values: [4] }, { labels: { le: '2' }, values: [7] }] };
  const h = heatOf(m, 'seconds', String)!;
  assert.deepEqual(h.cells.map((c) => c[0]), [4, 3, 3]); assert.equal(h.what, 'observations');
});
