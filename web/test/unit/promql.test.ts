import { test } from 'node:test';
import assert from 'node:assert/strict';
import { metricsOf, quote, selector, selectorsOf, toggleMatcher, tokenize, unquote } from '../../src/lib/parse/promql.ts';
import { chipOf, best, score } from '../../src/lib/rank.ts';
import { property } from './prop.ts';

test('tokens put together are the text', () => property(3000, (r) => { const t = r.text(30); assert.equal(tokenize(t).map((x) => x.text).join(''), t); }));
test('names, functions, keywords and labels are told apart', () => {
  const kinds = Object.fromEntries(tokenize('sum by (le) (rate(a_total{b="c"}[5m])) / on (x) group_left y offset 1h > bool 1').map((t) => [t.text, t.kind]));
  assert.equal(kinds.sum, 'keyword'); assert.equal(kinds.le, 'label'); assert.equal(kinds.rate, 'function'); assert.equal(kinds.a_total, 'metric'); assert.equal(kinds.b, 'label'); assert.equal(kinds['5m'], 'duration'); assert.equal(kinds.x, 'label'); assert.equal(kinds.y, 'metric'); assert.equal(kinds.bool, 'keyword');
});
test('the metrics of a query', () => {
  assert.deepEqual(metricsOf('sum(rate(a[5m])) / sum(b{x="c"})'), ['a', 'b']);
  assert.deepEqual(metricsOf('{__name__="odd name", x="1"}'), ['odd name']);
  assert.deepEqual(metricsOf('{"odd.name", x="1"}'), ['odd.name']);
  assert.deepEqual(metricsOf('1 + 2'), []);
});
test('selectors stand without range and offset', () => assert.deepEqual(selectorsOf('rate(a{b="c"}[5m] offset 1h) + d'), ['a{b="c"}', 'd']));
test('a filter goes into every selector and out again', () => {
  assert.equal(toggleMatcher('rate(a[5m]) / b{x="1"}', 'job', 'n'), 'rate(a{job="n"}[5m]) / b{x="1", job="n"}');
  assert.equal(toggleMatcher('a{job="n"}', 'job', 'n'), 'a');
  assert.equal(toggleMatcher('a{job="n"}', 'job', 'm.1'), 'a{job=~"n|m\\\\.1"}');
  assert.equal(toggleMatcher('a{job=~"n|m\\\\.1"}', 'job', 'n'), 'a{job="m.1"}');
  assert.equal(toggleMatcher('a', 'job', 'n', true), 'a{job!="n"}');
  assert.equal(toggleMatcher('sum by (job) (a)', 'job', 'n'), 'sum by (job) (a{job="n"})');
});
test('any label value can be quoted and comes back', () => property(2000, (r) => {
  const v = r.text(12), s = selector('up', [{ name: 'x', value: v }]);
  assert.equal(unquote(quote(v)), v);
  assert.equal(tokenize(s).filter((t) => t.kind === 'string').length, 1, s);
  const strange = r.text(6) || 'x';
  assert.deepEqual(metricsOf(selector(strange)), [strange]);
}));
test('adding a filter and taking it away gives the query back', () => property(1000, (r) => {
  const v = r.text(8), q = r.pick(['a', 'rate(a[5m])', 'sum by (z) (a{k="v"}) / b']);
  assert.equal(toggleMatcher(toggleMatcher(q, 'new', v), 'new', v), q);
}));
test('typed chips', () => {
  assert.deepEqual(chipOf('service=cart'), { name: 'service', value: 'cart', not: false, open: false });
  assert.deepEqual(chipOf('service!="a b"'), { name: 'service', value: 'a b', not: true, open: false });
  assert.equal(chipOf('service=')?.open, true); assert.equal(chipOf('plain words'), null);
});
test('the best name is the one that begins with what was typed', () => {
  assert.equal(best(['xx_cpu', 'cpu_seconds', 'node_cpu_seconds_total'], 'cpu', (x) => x, 1)[0], 'cpu_seconds');
  assert.ok(score('http_request_duration_seconds', 'hrds') > 0); assert.equal(score('up', 'zz'), 0);
});
