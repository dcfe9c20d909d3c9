// Alarms in words, rows and conditions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alarm, AlarmState } from '../../src/api/alarms.ts';
import type { Part } from '../../src/api/definitions.ts';
import { forText, guessLimit, listRows, neighbours, newPart, partsText, plainNumber, segsOf } from '../../src/lib/alarm_words.ts';
import { joinCondition, splitCondition } from '../../src/lib/parse/condition.ts';
import { tokenizeMonasca } from '../../src/lib/parse/monasca.ts';

const alarm = (id: string, state: AlarmState, name = 'x', severity = 'LOW'): Alarm => ({ id, name, state, severity, labels: {}, source: 's' }) as unknown as Alarm;
const part = (p: Partial<Part>): Part => ({ ...newPart(), ...p });

test('ringing comes first, then not sure, then OK, with the counts of all', () => {
  const rows = listRows([alarm('a', 'OK'), alarm('b', 'ALARM'), alarm('c', 'UNDETERMINED'), alarm('d', 'ALARM')], 'state', { ALARM: 2, UNDETERMINED: 1, OK: 900 });
  assert.deepEqual(rows.map((r) => ('alarm' in r ? r.alarm.id : `${r.head} ${r.n}`)), ['Ringing 2', 'b', 'd', 'Not enough data 1', 'c', 'OK 900', 'a']);
  assert.deepEqual(rows.flatMap((r) => ('alarm' in r ? [r.at] : [])), [0, 1, 2, 3]);
});
test('groups by name stand with the worst first; by severity with the highest', () => {
  const l = [alarm('a', 'OK', 'disk', 'LOW'), alarm('b', 'OK', 'cpu', 'HIGH'), alarm('c', 'ALARM', 'disk', 'LOW')];
  assert.deepEqual(listRows(l, 'name', null).map((r) => ('alarm' in r ? r.alarm.id : r.head)), ['disk', 'c', 'a', 'cpu', 'b']);
  assert.deepEqual(listRows(l, 'severity', null).map((r) => ('alarm' in r ? r.alarm.id : r.head)), ['High', 'b', 'Low', 'c', 'a']);
  assert.equal(listRows(l, 'none', null).length, 3);
});
test('words become the text of the language', () => {
  assert.equal(partsText([part({ metric: 'cpu.idle', dimensions: { z: '1', a: 'b c' }, op: 'LT', threshold: 10, times: 3 })]), 'max(cpu.idle{a=b c, z=1}) < 10 times 3');
  assert.equal(partsText([part({ metric: 'a', function: 'AVG', period_s: 300, deterministic: true }), part({ metric: 'b', join: 'or', op: '>=', threshold: 0.0000001 })]), 'avg(a, deterministic, 300) > 0 or max(b) >= 0.0000001');
  assert.equal(plainNumber(1e21), '1000000000000000000000'.length > 20 ? (1e21).toFixed(0) : '');
  assert.equal(plainNumber(Infinity), '0');
});
test('a PromQL condition comes apart at its last comparison with a number, and together again', () => {
  assert.deepEqual(splitCondition('sum by (a) (rate(x{c=~">5"}[5m])) > 0.5'), { query: 'sum by (a) (rate(x{c=~">5"}[5m]))', op: '>', threshold: 0.5 });
  assert.deepEqual(splitCondition('x >= -1e3 # words > 4'), { query: 'x', op: '>=', threshold: -1000 });
  for (const t of ['x', '', '> 5', 'x > y', '(x > 5)', 'a and b > 5', 'x > bool 5', 'up unless down == 1', 'x > 5 + 1']) assert.equal(splitCondition(t), null, t);
  const c = splitCondition('up < 1')!;
  assert.equal(joinCondition(c), 'up < 1');
});
test('a chart gives a limit a little above what it showed', () => {
  assert.equal(guessLimit([1, 2, NaN, 5]), 6);
  assert.equal(guessLimit([0, 0]), 1);
  assert.equal(guessLimit([]), null);
  assert.ok(guessLimit([-10, -20])! < 0 && guessLimit([-10, -20])! > -10);
});
test('neighbouring limits are round and not the limit itself', () => {
  assert.deepEqual(neighbours(0.8), [0.6, 1]);
  assert.deepEqual(neighbours(90), [68, 110]);
  assert.deepEqual(neighbours(0), []);
  assert.deepEqual(neighbours(NaN), []);
});
test('the colours of the language lose no character', () => {
  for (const t of ['max(cpu.idle_perc{host=a b, c=d}, 60) > 5 times 3 and count(x) lt 1', '', '>>> {{{', 'last(m{k="v"}) gte -.5 || b > 1', 'ü{ä=ö}']) assert.equal(tokenizeMonasca(t).map((x) => x.text).join(''), t);
  assert.deepEqual(tokenizeMonasca('max(max{or=and}) > 5 times 3').filter((t) => t.kind).map((t) => t.kind + ':' + t.text), ['fn:max', 'op:(', 'op:{', 'lb:or', 'st:=and', 'op:}', 'op:)', 'op:>', 'nu:5', 'kw:times', 'nu:3']);
});
test('strips and labels', () => {
  assert.deepEqual(segsOf([[1, 2, 'UNDETERMINED', ''], [2, 3, 'OK', 'fine']]), [{ fromMs: 1, toMs: 2, state: 'undet', why: 'UNDETERMINED' }, { fromMs: 2, toMs: 3, state: 'ok', why: 'fine' }]);
  assert.deepEqual(segsOf(undefined), []);
  assert.equal(forText({ b: '2', a: '1', alertname: 'x', __name__: 'y' }), 'a=1, b=2');
});
