import { test } from 'node:test';
import assert from 'node:assert/strict';
import { compact, freePlace, overlap, put, type Box } from '../../src/lib/dash/layout.ts';
import { expand } from '../../src/lib/dash/expand.ts';
import { COLUMNS, newDashboard, newPanel, readDashboard, readVariable, writeDashboard, type Dashboard } from '../../src/lib/dash/model.ts';
import { ALL, choose, compileRegex, fromParam, inOrder, interpolate, optionsFrom, optionsOfList, parseAsk, rateInterval, toParam, type Moment, type Value, type Values } from '../../src/lib/dash/vars.ts';
import { markdown, safeLink, type Inline } from '../../src/lib/dash/markdown.ts';
import { legendText, reduce, seriesNames, toneOf } from '../../src/lib/dash/reduce.ts';
import { heatOfNative } from '../../src/lib/heat.ts';
import { parseQuery, formatQuery } from '../../src/lib/query_string.ts';
import { tokenize } from '../../src/lib/parse/promql.ts';
import { fixed, isUnit, show, UNITS } from '../../src/lib/units.ts';
import { property, type Rng } from './prop.ts';

const boxes = (r: Rng): Box[] => Array.from({ length: 1 + r.int(14) }, () => { const w = 1 + r.int(COLUMNS); return { w, h: 1 + r.int(9), x: r.int(COLUMNS - w + 1), y: r.int(30) }; });
const sound = (list: readonly Box[]): void => {
  list.forEach((a, i) => { assert.ok(a.x >= 0 && a.y >= 0 && a.w >= 1 && a.x + a.w <= COLUMNS, JSON.stringify(a)); for (const b of list.slice(i + 1)) assert.ok(!overlap(a, b), `${JSON.stringify(a)} over ${JSON.stringify(b)}`); });
  // Nothing hangs: each box is at the top or stands on another.
  for (const a of list) assert.ok(a.y === 0 || list.some((b) => b !== a && b.y + b.h === a.y && b.x < a.x + a.w && a.x < b.x + b.w), `hangs: ${JSON.stringify(a)}`);
};
test('whatever the panels say, they end up beside each other, within the grid, as high as they can', () => property(1500, (r) => {
  const given = boxes(r), list = compact(given);
  assert.equal(list.length, given.length);
  list.forEach((b, i) => assert.deepEqual([b.w, b.h, b.x], [given[i]!.w, given[i]!.h, given[i]!.x]));
  sound(list);
  assert.deepEqual(compact(list), list, 'once is enough');
}));
test('a moved or grown panel is where it was put, as far as it may rise, and the others give way', () => property(1500, (r) => {
  const list = compact(boxes(r)), i = r.int(list.length), w = 1 + r.int(COLUMNS), at = { x: r.int(COLUMNS), y: r.int(40), w, h: 1 + r.int(9) }, next = put(list, i, at);
  sound(next);
  assert.equal(next[i]!.x, Math.min(COLUMNS - w, at.x)); assert.equal(next[i]!.w, w); assert.equal(next[i]!.h, at.h); assert.ok(next[i]!.y <= at.y + 40);
  assert.deepEqual(put(next, i, next[i]!), next, 'to where it is already changes nothing');
}));
test('a new panel finds a place that is free and stays where it is', () => property(800, (r) => {
  const list = compact(boxes(r)), w = 1 + r.int(COLUMNS), h = 1 + r.int(8), at = freePlace(list, w, h);
  const all = compact([...list, { ...at, w, h }]);
  assert.deepEqual(all.slice(0, -1), list, 'nothing else moved');
  sound(all);
}));
test('down moves past the neighbour, not below the world', () => {
  const list = [{ x: 0, y: 0, w: 24, h: 4 }, { x: 0, y: 4, w: 24, h: 4 }, { x: 0, y: 8, w: 24, h: 4 }];
  assert.deepEqual(put(list, 0, { y: 4 }).map((b) => b.y), [4, 0, 8]);
  assert.deepEqual(put(list, 2, { y: 3 }).map((b) => b.y), [0, 8, 4]);
});

const value = (values: string[], o: Partial<Value> = {}): Value => ({ values, texts: values, all: false, allValue: '', many: false, ...o });
const moment: Moment = { fromMs: 1_700_000_000_000, toMs: 1_700_003_600_000, stepMs: 10_000, scrapeMs: 15_000, title: 'T' };
const vals = (o: Record<string, Value>): Values => Object.assign(Object.create(null) as Record<string, Value>, o);
test('variables in queries, in every way of writing them', () => {
  const v = vals({ host: value(['a.b'], { many: true }), hosts: value(['a.b', 'c|d'], { many: true }), one: value(['x"y']), every: value(['a', 'b'], { all: true, many: true, allValue: '.*' }) });
  const q = (t: string): string => interpolate(t, v, moment);
  assert.equal(q('up{i=~"$host"}'), 'up{i=~"a\\\\.b"}');
  assert.equal(q('up{i=~"$hosts"}'), 'up{i=~"(a\\\\.b|c\\\\|d)"}');
  assert.equal(q('up{i="${one}"}'), 'up{i="x\\"y"}');
  assert.equal(q('up{i=~"[[every]]"}'), 'up{i=~".*"}');
  assert.equal(q('${hosts:csv} ${hosts:pipe} ${hosts:raw} ${hosts:json}'), 'a.b,c|d a.b|c|d a.b,c|d ["a.b","c|d"]');
  assert.equal(q('rate(x[$__rate_interval]) $__interval $__range $__range_s $__interval_ms $__from'), 'rate(x[60s]) 10s 3600s 3600 10000 1700000000000');
  assert.equal(q('label_replace(x, "a", "$1", "b", "(.*)") $unknown'), 'label_replace(x, "a", "$1", "b", "(.*)") $unknown');
  assert.equal(interpolate('on $hosts', v, moment, 'text'), 'on a.b + c|d');
  assert.equal(q('$constructor $__proto__ $toString'), '$constructor $__proto__ $toString');
});
test('no value of a variable gets out of its string', () => property(2000, (r) => {
  const many = r.next() < 0.5, list = Array.from({ length: 1 + r.int(3) }, () => r.text(8)), text = interpolate('up{a=~"$v",b="c"} + 1', vals({ v: value(many ? list : list.slice(0, 1), { many }) }), moment), kinds = tokenize(text).filter((t) => t.kind !== 'space');
  assert.equal(kinds.filter((t) => t.kind === 'string').length, 2, text);
  assert.equal(kinds.map((t) => t.text).at(-1), '1'); assert.ok(kinds.every((t) => t.kind !== 'bad'), text);
}));
test('a value that looks like a variable is not read again', () => assert.equal(interpolate('$a $b', vals({ a: value(['$b']), b: value(['x']) }), moment), '$b x'));
test('what is chosen survives the URL', () => property(2000, (r) => {
  const list = Array.from({ length: 1 + r.int(4) }, () => r.text(6));
  if (list.length === 1 && list[0] === '') return;
  assert.deepEqual(fromParam(toParam(list)), list);
  assert.deepEqual(fromParam(parseQuery(formatQuery({ 'var-x': toParam(list) }))['var-x'] ?? ''), list);
}));
test('an empty text survives the URL, too', () => assert.deepEqual(fromParam(toParam([''])), ['']));
test('queries of variables are told apart', () => {
  assert.deepEqual(parseAsk('label_values(instance)'), { kind: 'label_values', match: '', label: 'instance' });
  assert.deepEqual(parseAsk(' label_values(up{job=~"a,b"}, instance) '), { kind: 'label_values', match: 'up{job=~"a,b"}', label: 'instance' });
  assert.deepEqual(parseAsk('label_values(up, "odd name")'), { kind: 'label_values', match: 'up', label: 'odd name' });
  assert.deepEqual(parseAsk('label_names()'), { kind: 'label_names', match: '' });
  assert.deepEqual(parseAsk('metrics(node_.*)'), { kind: 'metrics', regex: 'node_.*' });
  assert.deepEqual(parseAsk('query_result(topk(3, up))'), { kind: 'query_result', expr: 'topk(3, up)' });
  assert.deepEqual(parseAsk('topk(3, up)'), { kind: 'query_result', expr: 'topk(3, up)' });
  for (const bad of ['', 'label_values()', 'label_values(up, 7)', 'query_result()']) assert.equal(parseAsk(bad), null, bad);
});
test('variables are asked after those they speak of; circles end', () => {
  const v = (name: string, query: string) => readVariable({ name, type: 'query', query });
  assert.deepEqual(inOrder([v('c', 'label_values(x{b="$b"}, c)'), v('a', 'label_values(a)'), v('b', 'label_values(x{a="${a}"}, b)')]).map((x) => x.name), ['a', 'b', 'c']);
  assert.deepEqual(inOrder([v('a', '$b'), v('b', '$a'), v('s', '$s')]).map((x) => x.name).sort(), ['a', 'b', 's']);
});
test('a regular expression keeps, cuts and names values; sorting has directions', () => {
  const raw = ['up{i="b10"} 1 2', 'up{i="b9"} 1 2', 'up{i="b9"} 3 2', 'other'];
  assert.deepEqual(optionsFrom(raw, '/i="(.*?)"/', 'number').options.map((o) => o.value), ['b9', 'b10']);
  assert.deepEqual(optionsFrom(raw, '/i="(?<value>.*?)".* (?<text>\\d+)$/', 'none').options, [{ value: 'b10', text: '2' }, { value: 'b9', text: '2' }]);
  assert.deepEqual(optionsFrom(['b', 'a', 'a'], '', 'name-down').options.map((o) => o.value), ['b', 'a']);
  assert.ok(compileRegex('/(/') instanceof Error); assert.equal(compileRegex('  '), null);
  assert.equal(optionsFrom(Array.from({ length: 1500 }, (_, i) => 'v' + i), '', 'none').cut, 500);
  assert.deepEqual(optionsOfList('a, b\\,c , Name : v'), [{ text: 'a', value: 'a' }, { text: 'b,c', value: 'b,c' }, { text: 'Name', value: 'v' }]);
});
test('what was chosen is kept while it is there; else all, or the first', () => {
  const o = optionsOfList('a,b,c'), v = readVariable({ name: 'x', type: 'custom', multi: true, all: true });
  assert.deepEqual(choose(v, o, ['b', 'gone']).values, ['b']); assert.equal(choose(v, o, ['gone']).all, true); assert.equal(choose(v, o, [ALL]).values.length, 3);
  assert.deepEqual(choose({ ...v, all: false }, o, []).values, ['a']); assert.deepEqual(choose({ ...v, multi: false }, o, ['b', 'c']).values, ['b']);
  assert.deepEqual(choose(readVariable({ name: 't', type: 'textbox', query: 'dflt' }), [], []).values, ['dflt']);
  assert.deepEqual(choose(readVariable({ name: 't', type: 'constant', query: 'k' }), [], ['other']).values, ['k']);
});
test('the window of a rate holds four samples and one step', () => { assert.equal(rateInterval(10_000, 15_000), 60_000); assert.equal(rateInterval(600_000, 15_000), 615_000); });

const dash = (panels: Dashboard['panels']): Dashboard => newDashboard('T', { panels });
test('a dashboard survives being written and read; defaults are not written', () => {
  const d = dash([newPanel('timeseries', 3, { title: 'a', queries: [{ expr: 'up', legend: '', hidden: false }], stack: true, unit: 'suffix:x' }), newPanel('row', 4, { y: 8 })]);
  const json = writeDashboard(d), back = readDashboard(JSON.parse(JSON.stringify(json)));
  assert.deepEqual(back, d);
  assert.deepEqual((json['panels'] as object[])[1], { id: 4, type: 'row', w: 24, h: 1, x: 0, y: 8 });
});
test('anything can be read as a dashboard or is an error, and what was read is sound', () => property(1500, (r) => {
  const any = (depth: number): unknown => { switch (r.int(depth > 3 ? 5 : 7)) { case 0: return r.int(200) - 20; case 1: return r.text(6); case 2: return r.next() < 0.5; case 3: return null; case 4: return r.pick(['timeseries', 'row', 'query', 'ok', 'ratio', '1m']); case 5: return Array.from({ length: r.int(3) }, () => any(depth + 1)); default: return Object.fromEntries(Array.from({ length: r.int(8) }, () => [r.pick(['id', 'type', 'title', 'x', 'y', 'w', 'h', 'queries', 'expr', 'unit', 'thresholds', 'value', 'tone', 'name', 'repeat', 'decimals']), any(depth + 1)])); } };
  const d = readDashboard({ format: 1, title: any(3), tags: any(2), time: any(2), refresh_s: any(3), panels: Array.from({ length: r.int(5) }, () => any(0)), variables: [any(0), any(0)] });
  if (d instanceof Error) return;
  assert.equal(new Set(d.panels.map((p) => p.id)).size, d.panels.length);
  for (const p of d.panels) assert.ok(p.id >= 1 && p.x >= 0 && p.x + p.w <= COLUMNS && p.h >= 1 && (p.unit === '' || isUnit(p.unit)));
  assert.ok(d.variables.every((v) => /^\w+$/.test(v.name)));
  assert.deepEqual(readDashboard(writeDashboard(d)), readDashboard(JSON.parse(JSON.stringify(writeDashboard(d)))));
}));
test('members that are not known are kept', () => { const d = readDashboard({ format: 1, title: 'x', odd: 1, panels: [{ id: 1, type: 'text', also: [2] }] }) as Dashboard; assert.equal((writeDashboard(d) as { odd?: number }).odd, 1); assert.deepEqual(((writeDashboard(d)['panels'] as { also: number[] }[])[0]!).also, [2]); });

test('repeats make a panel for each value, across or down; folded rows take their panels away', () => {
  const v = vals({ host: value(['a', 'b', 'c'], { many: true }) });
  const panels = [newPanel('row', 1, { y: 0, title: 'R' }), newPanel('stat', 2, { x: 0, y: 1, w: 6, h: 4, repeat: 'host' }), newPanel('stat', 3, { x: 6, y: 1, w: 6, h: 4 }), newPanel('row', 4, { y: 5, repeat: 'host' }), newPanel('text', 5, { y: 6, w: 24, h: 2 })];
  const open = expand(panels, v, () => false).shown;
  assert.deepEqual(open.filter((s) => s.panel.id === 2).map((s) => [s.x, s.w, s.scope['host']!.values[0]]), [[0, 8, 'a'], [8, 8, 'b'], [16, 8, 'c']]);
  assert.deepEqual(open.filter((s) => s.panel.id === 5).map((s) => s.scope['host']!.values), [['a'], ['b'], ['c']]);
  assert.equal(new Set(open.map((s) => s.key)).size, open.length);
  open.forEach((a, i) => { for (const b of open.slice(i + 1)) assert.ok(!overlap(a, b), `${a.key} over ${b.key}`); });
  assert.deepEqual(expand(panels, v, (row) => row.id === 1).shown.slice(0, 2).map((s) => [s.panel.id, s.y]), [[1, 0], [4, 1]]);
  assert.equal(expand(panels, vals({}), () => false).shown.length, 5, 'without the variable each stands once');
  assert.equal(expand([newPanel('stat', 1, { repeat: 'v' })], vals({ v: value(Array.from({ length: 80 }, (_, i) => String(i))) }), () => false).cut, 30);
});
test('expanded panels never overlap', () => property(400, (r) => {
  const panels = compact(boxes(r)).map((b, i) => newPanel(r.next() < 0.15 ? 'row' : 'stat', i + 1, { ...b, ...(r.next() < 0.3 ? { repeat: 'v', repeatDown: r.next() < 0.5 } : {}) })).map((p) => (p.type === 'row' ? { ...p, x: 0, w: 24, h: 1 } : p));
  const { shown } = expand(compact(panels), vals({ v: value(['a', 'b', 'c', 'd', 'e'].slice(0, 1 + r.int(5))) }), () => r.next() < 0.3);
  shown.forEach((a, i) => { assert.ok(a.x + a.w <= COLUMNS); for (const b of shown.slice(i + 1)) assert.ok(!overlap(a, b), `${a.key} over ${b.key}`); });
}));

const flat = (list: readonly Inline[]): string => list.map((n) => ('text' in n ? n.text : flat(n.inside))).join('');
test('markdown: what there is, and HTML is text', () => {
  const b = markdown('# Head\n\nA **bold** `x` _word_ [go](https://a.example/x)\nsecond\n\n- one\n- two\n\n1. first\n\n```\n<b>\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> said\n\n---\n<script>alert(1)</script>');
  assert.deepEqual(b.map((x) => x.t), ['h', 'p', 'list', 'list', 'code', 'table', 'quote', 'rule', 'p']);
  assert.equal(flat((b[8] as { lines: Inline[][] }).lines[0]!), '<script>alert(1)</script>');
});
test('links lead to the web or to our own pages, whatever is written', () => {
  for (const good of ['https://a.example/x?y=1', 'http://a.example', '/metrics?q=up', '/dash/x']) assert.ok(safeLink(good), good);
  for (const bad of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', '//evil.example', '/\\evil.example', 'vbscript:x', '', 'x y', ' javascript:x']) assert.ok(!safeLink(bad), bad);
  assert.equal(markdown('[x](javascript:alert(1))').some((b) => b.t === 'p' && b.lines[0]!.some((n) => n.t === 'link')), false);
});
test('any text is read in reasonable time and loses no link check', () => property(400, (r) => { const t = r.text(60).repeat(1 + r.int(20)), links: string[] = []; const walk = (l: readonly Inline[]): void => l.forEach((n) => { if (n.t === 'link') links.push(n.href); if ('inside' in n) walk(n.inside); }); for (const b of markdown(t)) if (b.t === 'p') b.lines.forEach(walk); assert.ok(links.every(safeLink)); }));

test('one value for a whole time, and its tone', () => {
  const v = [null, 2, NaN, 4, null];
  assert.deepEqual((['last', 'first', 'mean', 'min', 'max', 'sum', 'delta'] as const).map((c) => reduce(v, c)), [4, 2, 3, 2, 4, 6, 2]); assert.equal(reduce([null, NaN], 'max'), null);
  const t = [{ value: null, tone: 'ok' as const }, { value: 90, tone: 'alarm' as const }, { value: 50, tone: 'warn' as const }];
  assert.deepEqual([0, 50, 89, 90, null].map((x) => toneOf(x, t)), ['ok', 'warn', 'warn', 'alarm', 'none']); assert.equal(toneOf(-1, [{ value: 0, tone: 'ok' }]), 'none');
});
test('legends take labels; without a format the labels that differ', () => {
  assert.equal(legendText('{{ a }} of {{b}} {{__proto__}}', { a: '1' }), '1 of  ');
  const s = (labels: Record<string, string>) => ({ labels, values: [] });
  assert.deepEqual(seriesNames([s({ a: '1', j: 'x' }), s({ a: '2', j: 'x' }), s({ a: '3' })], ['', '', 'n{{a}}']), ['1', '2', 'n3']);
  assert.deepEqual(seriesNames([s({})], ['']), ['value']);
});
test('decimals are the ones asked for, in the prefix that the value has', () => {
  const f = (v: number, u: Parameters<typeof fixed>[1], d: number): string => { const s = fixed(v, u, d); return s.text + (s.unit && ' ' + s.unit); };
  assert.equal(f(0.23456, 'ratio', 1), '23.5 %'); assert.equal(f(1536, 'bytes', 2), '1.50 KiB'); assert.equal(f(-1234, 'count', 1), '−1.2 k'); assert.equal(f(1500, 'milliseconds', 3), '1.500 s'); assert.equal(f(0, 'count', 2), '0.00'); assert.equal(f(90, 'minutes', 0), '90 min'); assert.equal(f(86_400 * 3, 'seconds', 1), '3.0 d'); assert.equal(f(250, 'microseconds', 1), '250.0 µs');
  for (const u of UNITS) for (const v of [0, 1, -3.7, 1e-7, 12345, 9.9e11]) assert.ok(show(v, u).text !== '', `${u} ${v}`);
  assert.equal(show(5, 'suffix:rpm').unit, 'rpm'); assert.equal(isUnit('suffix:' + 'x'.repeat(40)), false); assert.equal(isUnit('pies'), false);
});
test('native histograms become rows between their bounds; nothing of the counts is lost', () => {
  const h = (t: number, buckets: [number, string, string, string][]): unknown => [t, { count: '0', sum: '0', buckets }];
  const heat = heatOfNative([{ histograms: [h(0, [[0, '1', '2', '3'], [0, '2', '4', '5']]), h(10, [[0, '1', '4', '8']])] }, { histograms: [h(0, [[0, '2', '4', '1']])] }], [0, 10_000, 20_000], 10_000, String)!;
  assert.deepEqual(heat.rows.map((r) => [r.from, r.to]), [[1, 2], [2, 4]]);
  assert.deepEqual(heat.cells, [[3, 4, null], [6, 4, null]]); assert.equal(heat.max, 6);
  const many = heatOfNative([{ histograms: [h(0, Array.from({ length: 300 }, (_, i) => [0, String(i), String(i + 1), '1'] as [number, string, string, string]))] }], [0], 10_000, String)!;
  assert.ok(many.rows.length <= 64); assert.ok(Math.abs(many.cells.reduce((s, r) => s + r[0]!, 0) - 300) < 1e-6);
  assert.equal(heatOfNative([], [0], 1, String), null);
});
