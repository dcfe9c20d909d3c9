import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cardinality, LabelGrowth, MetricGrowth } from '../../src/api/cardinality.ts';
import type { Rule, RuleAlert, Rules } from '../../src/api/rules.ts';
import { culprit, dropLabel, dropMetric, perMinute, regexQuote } from '../../src/pages/cardinality/culprit.ts';
import { judge, matches } from '../../src/pages/rules/judge.ts';

const zero = Array<number>(10).fill(0), alert = (state: RuleAlert['state']): RuleAlert => ({ labels: {}, annotations: {}, state, active_ms: 1, fired_ms: null, kept: false, value: '1' });
const rule = (name: string, more: Partial<Rule> = {}): Rule => ({ type: 'alerting', name, expr: 'up == 0', line: 1, for_ms: 0, keep_firing_for_ms: 0, labels: { team: 'Infra' }, annotations: {}, state: 'inactive', health: 'ok', last_error: '', duration_s: 0, samples: 0, evaluated_ms: 1, alerts_count: 0, alerts: [], ...more });
const rules = (...all: Rule[]): Rules => ({ now_ms: 2, load: { ok: true, at_ms: 1, files: [], errors: [], warnings: [] }, groups: [{ name: 'g', file: 'f', interval_ms: 1, limit: 0, duration_s: 0, missed: 0, evaluated_ms: 1, rules: all }] });

test('what rings outweighs what fails, and comes first', () => {
  const d = rules(rule('a', { health: 'err' }), rule('b', { state: 'pending', alerts: [alert('pending')] }), rule('c', { state: 'firing', alerts: [alert('firing')] }));
  const j = judge(d);
  assert.equal(j.sentence, '1 alert rings, 1 waits; 3 rules in 1 group.');
  assert.deepEqual(j.active.map((a) => a.rule.name), ['c', 'b']);
  assert.deepEqual(j.counts, { all: 3, firing: 1, pending: 1, err: 1, alerting: 3, recording: 0 });
  assert.equal(judge(rules(rule('a', { health: 'err' }))).sentence, '1 rule fails; 1 rule in 1 group.');
  assert.equal(judge(rules()).sentence, 'There are no rules.');
});

test('rules are found by name, group, expression and label', () => {
  const d = rules(rule('Down')), r = d.groups[0]!.rules[0]!, g = d.groups[0]!;
  for (const q of ['down', 'UP ==', 'team=infra', 'down up', '']) assert.ok(matches(r, g, q, 'all'), q);
  assert.ok(!matches(r, g, 'other', 'all') && !matches(r, g, '', 'firing'));
});

const metric = (name: string, created: number, refused = 0): MetricGrowth => ({ name, series: 500, created: [...zero.slice(1), created], refused, refused_lately: [...zero.slice(1), refused] });
const label = (name: string, fresh: number): LabelGrowth => ({ name, values: 500, series: 500, new_values: [...zero.slice(1), fresh], refused: 0, top: [], newest_values: [] });
const card = (created: number, refused: number, growing: MetricGrowth[], labels: LabelGrowth[] = []): Cardinality => ({ now_ms: 0, tenant: 't', series: 1, metrics_count: 1, labels_count: 1, pairs_count: 1, created: [...zero.slice(1), created], refused: [...zero.slice(1), refused], refused_total: refused, limits: [], metrics: [], growing, refused_metrics: growing.filter((m) => m.refused), labels: [], growing_labels: labels, pairs: [], receivers: [], created_examples: [], refused_examples: [], complete: true, memory_bytes: 0 });

test('the culprit is named when it makes a good part of what is new', () => {
  assert.equal(culprit(card(10, 0, [metric('m', 10)])).sentence, 'The number of series stands still.');
  assert.equal(culprit(card(1000, 0, [metric('m', 900), metric('n', 100)], [label('__name__', 2000), label('pod', 900)])).sentence, 'm grows by new values of pod.');
  assert.equal(culprit(card(1000, 0, Array.from({ length: 10 }, (_, i) => metric(`m${i}`, 100)))).sentence, 'Many metrics grow at once.');
  const c = culprit(card(0, 50, [metric('m', 0, 50)]));
  assert.equal(c.state, 'alarm'); assert.equal(c.sentence, 'New series of m are refused: a limit is reached.');
  assert.equal(perMinute([...zero.slice(2), 7, 3]), 7);
});

test('drop rules quote what regular expressions and YAML would read', () => {
  assert.equal(regexQuote('a.b*c'), 'a\\.b\\*c');
  assert.match(dropMetric("it's"), /regex: 'it''s'\n {2}action: drop\n$/);
  assert.match(dropLabel('pod'), /- regex: 'pod'\n {2}action: labeldrop\n$/);
});
