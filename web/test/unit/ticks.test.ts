import { test } from 'node:test';
import assert from 'node:assert/strict';
import { niceStep, queryStep, timeLabel, timeTicks, unitStep, yScale } from '../../src/lib/ticks.ts';
import { property } from './prop.ts';

test('steps are 1-2-2.5-5', () => { for (const [v, s] of [[0.9, 1], [1.1, 2], [2.2, 2.5], [3, 5], [7, 10], [0.03, 0.05], [1e6, 1e6]] as const) assert.ok(Math.abs(niceStep(v) - s) < 1e-9 * s, `${v}`); });
test('binary bytes step by powers of two, durations by the clock', () => {
  assert.equal(unitStep(300 * 2 ** 20, 'bytes'), 512 * 2 ** 20);
  assert.equal(unitStep(40, 'seconds'), 60);
  assert.equal(unitStep(700, 'seconds'), 900);
  assert.equal(unitStep(0.03, 'ratio'), 0.05);
});
test('the axis begins at zero unless it is freed or goes below', () => {
  assert.equal(yScale(50, 90, 'count').min, 0);
  assert.ok(yScale(50, 90, 'count', true).min >= 40);
  assert.ok(yScale(-5, 90, 'count').min < 0);
  assert.deepEqual(yScale(0, 0, 'count').ticks.length >= 2, true);
  assert.ok(yScale(NaN, NaN, 'count').max > 0);
});
test('the axis holds every value in two to nine lines', () => property(3000, (r) => {
  const a = (r.next() - 0.5) * 10 ** (r.int(20) - 6), b = a + r.next() * 10 ** (r.int(20) - 6), s = yScale(Math.min(a, b), Math.max(a, b), r.pick(['count', 'bytes', 'seconds', 'ratio'] as const), r.next() < 0.5);
  const slack = (s.max - s.min) * 1e-8;
  assert.ok(s.min <= Math.min(a, b) + slack && s.max >= Math.max(a, b) - slack, `${a} ${b} in ${s.min} ${s.max}`);
  assert.ok(s.ticks.length >= 2 && s.ticks.length <= 11, `${s.ticks.length} ticks for ${a} ${b}`);
}));
test('at most eight times, all inside, all on round local values', () => property(2000, (r) => {
  const span = 10 ** (3 + r.next() * 8), from = 1.7e12 + r.next() * 1e11, { ticks, step } = timeTicks(from, from + span);
  assert.ok(ticks.length <= 8);
  for (const t of ticks) assert.ok(t >= from && t <= from + span, `${t} outside ${from} ${from + span}`);
  assert.ok(step > 0);
}));
test('midnight is named by its day', () => { assert.equal(timeLabel(new Date(2026, 10, 22).getTime(), 3_600_000), 'Sun 22 Nov'); assert.equal(timeLabel(new Date(2026, 10, 22, 14, 32).getTime(), 600_000), '14:32'); });
test('never more points than pixels, and steps people know', () => property(2000, (r) => {
  const span = 10 ** (3 + r.next() * 8), width = 100 + r.int(2000), step = queryStep(span, width);
  assert.ok(span / step <= width + 1, `${span} ${width} ${step}`);
  assert.equal(step % 1000, 0);
}));
