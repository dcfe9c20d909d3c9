import { test } from 'node:test';
import assert from 'node:assert/strict';
import { importGrafana, looksLikeGrafana, type Imported } from '../../src/lib/grafana/import.ts';
import { toneOfColour, unitOfGrafana } from '../../src/lib/grafana/units.ts';
import { overlap } from '../../src/lib/dash/layout.ts';
import { readDashboard, writeDashboard, type Panel } from '../../src/lib/dash/model.ts';
import { UNITS } from '../../src/lib/units.ts';
import { property, type Rng } from './prop.ts';

const NOW = 1_790_000_000_000;
const take = (json: unknown): Imported => { const r = importGrafana(json, NOW); if (r instanceof Error) throw r; return r; };
const named = (i: Imported, title: string): Panel => { const p = i.dashboard.panels.find((x) => x.title === title); assert.ok(p, title); return p!; };
const item = (i: Imported, name: string) => { const x = i.report.items.find((y) => y.name === name); assert.ok(x, `no item ${name}`); return x!; };
const prom = { type: 'prometheus', uid: 'abc' };
const ts = (title: string, more: object = {}): object => ({ type: 'timeseries', title, datasource: prom, gridPos: { x: 0, y: 0, w: 12, h: 8 }, targets: [{ refId: 'A', expr: 'rate(jobs_total[$__rate_interval])', legendFormat: '{{queue}}' }], ...more });

// What a present Grafana writes: schema 39, everything with a type and a grid.
const PRESENT = {
  title: 'Queues', uid: 'q', schemaVersion: 39, tags: ['work', 'queue'], timezone: 'utc', refresh: '30s', time: { from: 'now-6h', to: 'now' }, editable: true,
  annotations: { list: [{ builtIn: 1, name: 'Annotations & Alerts', enable: true }, { name: 'Releases', enable: true, datasource: prom }] },
  templating: { list: [
    { type: 'datasource', name: 'source', query: 'prometheus' },
    { type: 'query', name: 'region', label: 'Region', datasource: { type: 'prometheus', uid: '${source}' }, query: { qryType: 1, query: 'label_values(jobs_total, region)', refId: 'x' }, regex: '/^eu-.*/', sort: 2, multi: true, includeAll: true, allValue: '.+', current: { value: ['$__all'] } },
    { type: 'query', name: 'queue', query: 'label_values(jobs_total{region=~"$region"}, queue)', hide: 2 },
    { type: 'custom', name: 'pct', query: '0.5,0.95,0.99', current: { value: '0.95' } },
    { type: 'interval', name: 'win', query: '1m,5m,1h', auto: true, current: { value: '5m' } },
    { type: 'textbox', name: 'find', query: 'abc' }, { type: 'constant', name: 'base', query: 'jobs' }, { type: 'adhoc', name: 'Filters' },
    { type: 'query', name: 'lokis', datasource: { type: 'loki' }, query: 'label_values(x)' },
  ] },
  panels: [
    { type: 'row', title: 'Open', collapsed: false, gridPos: { x: 0, y: 0, w: 24, h: 1 }, panels: [] },
    ts('Rate', { gridPos: { x: 0, y: 1, w: 12, h: 9 }, description: 'how fast', repeat: 'region', repeatDirection: 'h', fieldConfig: { defaults: { unit: 'ops', decimals: 2, min: 0, max: 500, custom: { drawStyle: 'line', fillOpacity: 20, stacking: { mode: 'normal' }, thresholdsStyle: { mode: 'line' } }, thresholds: { mode: 'absolute', steps: [{ color: 'green', value: null }, { color: '#EAB839', value: 80 }, { color: 'dark-red', value: 90 }] } }, overrides: [] }, options: { legend: { displayMode: 'table', showLegend: true, calcs: ['max'] } }, targets: [{ refId: 'A', expr: 'sum(rate(jobs_total{region=~"$region"}[$win]))', legendFormat: '__auto', exemplar: true }, { refId: 'B', expr: 'vector(1)', hide: true }] }),
    { type: 'stat', title: 'Waiting', datasource: prom, gridPos: { x: 12, y: 1, w: 6, h: 4 }, targets: [{ refId: 'A', expr: 'sum(jobs_waiting)' }], options: { reduceOptions: { calcs: ['max'] }, graphMode: 'none' }, fieldConfig: { defaults: { unit: 'short', mappings: [{ type: 'value', options: {} }] }, overrides: [{ matcher: { id: 'byName', options: 'a' }, properties: [{ id: 'color' }] }] } },
    { type: 'gauge', title: 'Filled', datasource: prom, gridPos: { x: 18, y: 1, w: 6, h: 4 }, targets: [{ refId: 'A', expr: 'jobs_fill' }], fieldConfig: { defaults: { unit: 'percentunit', min: 0, max: 2, thresholds: { mode: 'percentage', steps: [{ color: 'green', value: null }, { color: 'red', value: 50 }] } }, overrides: [] } },
    { type: 'row', title: 'Folded', collapsed: true, gridPos: { x: 0, y: 10, w: 24, h: 1 }, repeat: 'region', panels: [ts('Inside', { gridPos: { x: 0, y: 11, w: 24, h: 5 }, transformations: [{ id: 'organize' }, { id: 'merge', disabled: true }] })] },
    { type: 'row', title: 'Last', collapsed: false, gridPos: { x: 0, y: 11, w: 24, h: 1 } },
    { type: 'piechart', title: 'Share', datasource: prom, gridPos: { x: 0, y: 12, w: 8, h: 6 }, targets: [{ refId: 'A', expr: 'sum by (queue) (jobs_waiting)' }] },
    { type: 'logs', title: 'Lines', datasource: { type: 'loki' }, gridPos: { x: 8, y: 12, w: 8, h: 6 }, targets: [{ refId: 'A', expr: '{a="b"}' }] },
    ts('Elsewhere', { gridPos: { x: 16, y: 12, w: 8, h: 6 }, datasource: { type: 'influxdb' }, targets: [{ refId: 'A', query: 'SELECT 1' }] }),
    ts('Mixed', { gridPos: { x: 0, y: 18, w: 8, h: 6 }, datasource: { type: 'datasource', uid: '-- Mixed --' }, targets: [{ refId: 'A', datasource: prom, expr: 'up' }, { refId: 'B', datasource: { type: 'loki' }, expr: '{x="y"}' }, { refId: 'C', datasource: { type: '__expr__', uid: '__expr__' }, type: 'math', expression: '$A*2' }] }),
    { type: 'text', title: 'Note', gridPos: { x: 8, y: 18, w: 8, h: 6 }, options: { mode: 'html', content: '<h1>Hello</h1><script>steal()</script><p>to&nbsp;you</p>' } },
    { title: 'Lib', libraryPanel: { uid: 'l1', name: 'Shared one' }, gridPos: { x: 16, y: 18, w: 8, h: 6 } },
    { title: 'Lib here', libraryPanel: { uid: 'l2', name: 'Carried' }, gridPos: { x: 0, y: 24, w: 8, h: 6 } },
    { type: 'heatmap', title: 'Times', datasource: prom, gridPos: { x: 8, y: 24, w: 8, h: 6 }, targets: [{ refId: 'A', format: 'heatmap', expr: 'sum by (le) (rate(jobs_seconds_bucket[5m]))' }], options: { yAxis: { unit: 's' } } },
    { type: 'somebodys-panel', title: 'Odd', gridPos: { x: 16, y: 24, w: 8, h: 6 } },
  ],
  __elements: { l2: { uid: 'l2', name: 'Carried', kind: 1, model: { type: 'stat', title: 'Model', datasource: prom, targets: [{ refId: 'A', expr: 'up' }] } } },
};

test('the present form: panels, grid, rows, variables and what is missing', () => {
  const i = take(PRESENT), d = i.dashboard;
  assert.equal(d.title, 'Queues'); assert.deepEqual(d.tags, ['work', 'queue']); assert.deepEqual(d.time, { from: 'now-6h', to: 'now' }); assert.equal(d.refresh_s, 30);
  const rate = named(i, 'Rate');
  assert.deepEqual([rate.type, rate.unit, rate.decimals, rate.min, rate.max, rate.stack, rate.draw, rate.legend, rate.repeat, rate.repeatDown], ['timeseries', 'per_s', 2, 0, 500, true, 'area', 'table', 'region', false]);
  assert.deepEqual(rate.thresholds, [{ value: null, tone: 'ok' }, { value: 80, tone: 'warn' }, { value: 90, tone: 'alarm' }]);
  assert.deepEqual(rate.queries.map((q) => [q.legend, q.hidden]), [['', false], ['', true]]);
  assert.equal(item(i, 'Rate').verdict, 'taken');
  const stat = named(i, 'Waiting');
  assert.deepEqual([stat.calc, stat.spark], ['max', false]);
  assert.equal(item(i, 'Waiting').verdict, 'changed'); assert.match(item(i, 'Waiting').notes.join('; '), /override not converted: color for a.*mappings/);
  assert.deepEqual(named(i, 'Filled').thresholds, [{ value: null, tone: 'ok' }, { value: 1, tone: 'alarm' }], 'half of 0 to 2');
  assert.deepEqual([named(i, 'Folded').collapsed, named(i, 'Folded').repeat], [true, 'region']);
  assert.ok(named(i, 'Inside').y > named(i, 'Folded').y && named(i, 'Inside').y < named(i, 'Last').y, 'the panels of a folded row stand below it');
  assert.match(item(i, 'Inside').notes.join(), /transformation not converted: organize/); assert.ok(!item(i, 'Inside').notes.join().includes('merge'));
  assert.equal(named(i, 'Share').type, 'bargauge'); assert.equal(item(i, 'Share').verdict, 'changed');
  for (const gone of ['Lines', 'Elsewhere', 'Lib', 'Odd']) { assert.equal(item(i, gone).verdict, 'left', gone); assert.equal(named(i, gone).type, 'text'); assert.match(named(i, gone).text, /Not converted/); }
  assert.match(item(i, 'Lib').notes.join(), /Shared one/); assert.match(item(i, 'Elsewhere').notes.join(), /influxdb/);
  assert.deepEqual(named(i, 'Mixed').queries.map((q) => q.expr), ['up']); assert.match(item(i, 'Mixed').notes.join('; '), /query B.*loki.*query C calculates/);
  assert.equal(named(i, 'Note').text, 'Hello\nto you'); assert.equal(named(i, 'Lib here').type, 'stat'); assert.equal(named(i, 'Lib here').queries[0]!.expr, 'up');
  assert.deepEqual([named(i, 'Times').type, named(i, 'Times').unit], ['heatmap', 'seconds']);
  assert.match(item(i, 'Queues').notes.join('; '), /Releases.*utc/);
});
test('the present form: variables', () => {
  const i = take(PRESENT), v = (n: string) => i.dashboard.variables.find((x) => x.name === n);
  assert.deepEqual(i.dashboard.variables.map((x) => x.name), ['region', 'queue', 'pct', 'win', 'find', 'base']);
  assert.deepEqual([v('region')!.query, v('region')!.regex, v('region')!.sort, v('region')!.multi, v('region')!.all, v('region')!.allValue, v('region')!.value, v('region')!.label], ['label_values(jobs_total, region)', '/^eu-.*/', 'name-down', true, true, '.+', ['$__all'], 'Region']);
  assert.equal(v('queue')!.hidden, true); assert.deepEqual(v('pct')!.value, ['0.95']); assert.deepEqual([v('win')!.query, v('win')!.value], ['1m,5m,1h', ['5m']]); assert.equal(v('base')!.hidden, true);
  assert.deepEqual(i.report.items.filter((x) => x.kind === 'variable').map((x) => [x.name, x.verdict]), [['source', 'left'], ['region', 'taken'], ['queue', 'taken'], ['pct', 'taken'], ['win', 'changed'], ['find', 'taken'], ['base', 'taken'], ['Filters', 'left'], ['lokis', 'left']]);
});

// Before the grid: schema 14, rows with heights and spans, graph and singlestat.
const OLD = {
  title: 'Old', schemaVersion: 14, rows: [
    { title: 'Top', showTitle: true, height: '250px', panels: [
      { type: 'graph', id: 1, title: 'Lines', span: 8, datasource: 'Prometheus', lines: true, fill: 0, stack: false, bars: false, legend: { show: true, alignAsTable: true }, yaxes: [{ format: 'Bps', min: '0', logBase: 2 }, { format: 'short' }], thresholds: [{ value: 90, op: 'gt', colorMode: 'critical' }], targets: [{ refId: 'A', expr: 'rate(x[5m])', legendFormat: '{{device}}', intervalFactor: 2, step: 30 }], seriesOverrides: [{ alias: 'out', transform: 'negative-Y' }], alert: { name: 'a' } },
      { type: 'singlestat', id: 2, title: 'One', span: 4, datasource: null, valueName: 'current', format: 's', thresholds: '50,80', colorValue: true, colors: ['rgba(50, 172, 45, 0.97)', 'rgba(237, 129, 40, 0.89)', 'rgba(245, 54, 54, 0.9)'], sparkline: { show: true }, prefix: 'up', targets: [{ expr: 'time() - start' }] },
      { type: 'singlestat', id: 3, title: 'Dial', span: 6, format: 'percent', gauge: { show: true, minValue: 0, maxValue: 100 }, thresholds: '70,90', targets: [{ expr: 'cpu' }] },
      { type: 'table', id: 4, title: 'Rows', span: 6, targets: [{ expr: 'up', format: 'table', instant: true }] },
    ] },
    { title: 'Hidden', collapse: true, height: 100, panels: [{ type: 'text', title: 'T', mode: 'markdown', content: '# hi', span: 12 }, { type: 'graph', title: 'Copy', span: 6, repeatPanelId: 1, targets: [{ expr: 'x' }] }] },
  ],
  templating: { list: [{ type: 'query', name: 'h', query: 'label_values(up, instance)', datasource: 'Prometheus', sort: 3, includeAll: true, current: { value: '$__all', text: 'All' } }] }, time: { from: 'now-7d', to: 'now' }, refresh: false,
};
test('the old form: rows of spans, graph, singlestat, its gauge', () => {
  const i = take(OLD), g = named(i, 'Lines'), s = named(i, 'One');
  assert.deepEqual([g.type, g.draw, g.unit, g.min, g.legend, g.w, g.h], ['timeseries', 'lines', 'bytes_per_s', 0, 'table', 16, 7]); assert.deepEqual(g.thresholds, [{ value: 90, tone: 'alarm' }]);
  assert.match(item(i, 'Lines').notes.join('; '), /not logarithmic.*series override not converted: out \(transform\).*alert rule/);
  assert.deepEqual([s.type, s.calc, s.unit, s.spark, s.x, s.w], ['stat', 'last', 'seconds', true, 16, 8]); assert.deepEqual(s.thresholds.map((t) => t.tone), ['ok', 'warn', 'alarm']); assert.match(item(i, 'One').notes.join(), /“up”/);
  assert.deepEqual([named(i, 'Dial').type, named(i, 'Dial').max, named(i, 'Dial').calc], ['gauge', 100, 'mean']);
  assert.equal(named(i, 'Rows').type, 'table'); assert.equal(named(i, 'Top').type, 'row'); assert.equal(named(i, 'Hidden').collapsed, true); assert.equal(named(i, 'T').text, '# hi');
  assert.ok(!i.dashboard.panels.some((p) => p.title === 'Copy'), 'copies that Grafana made of a repeat are not taken');
  assert.deepEqual(i.dashboard.variables[0]!.value, ['$__all']); assert.equal(i.dashboard.refresh_s, 30);
});

// Between: schema 22, a grid, still graph, an export with inputs.
test('an export with inputs: the source is known, constants are filled in', () => {
  const i = take({ __inputs: [{ name: 'DS_MAIN', type: 'datasource', pluginId: 'prometheus' }, { name: 'DS_LOGS', type: 'datasource', pluginId: 'loki' }, { name: 'VAR_JOB', type: 'constant', value: 'my"job' }], title: 'X', schemaVersion: 22, panels: [
    { type: 'graph', title: 'A', datasource: '${DS_MAIN}', gridPos: { x: 0, y: 0, w: 24, h: 9 }, bars: true, stack: true, percentage: true, targets: [{ expr: 'up{job="${VAR_JOB}"}' }] },
    { type: 'graph', title: 'B', datasource: '${DS_LOGS}', gridPos: { x: 0, y: 9, w: 24, h: 9 }, targets: [{ expr: 'up' }] }, { type: 'graph', title: 'C', gridPos: { x: 0, y: 18, w: 24, h: 9 }, targets: [{ expr: 'up{a="$missing"}', refId: 'Q' }] }] });
  assert.equal(named(i, 'A').queries[0]!.expr, 'up{job="my"job"}'); assert.deepEqual([named(i, 'A').draw, named(i, 'A').stack], ['bars', true]); assert.match(item(i, 'A').notes.join(), /100 %/);
  assert.equal(item(i, 'B').verdict, 'left'); assert.match(item(i, 'C').notes.join(), /\$missing, which is not defined/);
});
test('the answer of the API holds the dashboard; what is none is said to be none', () => {
  assert.equal(take({ dashboard: { title: 'In', panels: [] }, meta: {} }).dashboard.title, 'In'); assert.ok(looksLikeGrafana({ dashboard: { panels: [] } })); assert.ok(looksLikeGrafana({ schemaVersion: 16, rows: [] })); assert.ok(!looksLikeGrafana({ format: 1, panels: [] })); assert.ok(!looksLikeGrafana([]));
  for (const bad of [null, 7, [], {}, { title: 'x' }, { elements: {}, layout: {} }, { kind: 'Dashboard', spec: { elements: {} } }]) assert.ok(importGrafana(bad, NOW) instanceof Error, JSON.stringify(bad));
});
test('what is imported can be saved: written, read again and checked as the server does', () => {
  for (const json of [PRESENT, OLD]) {
    const d = take(json).dashboard, back = readDashboard(JSON.parse(JSON.stringify(writeDashboard(d))));
    assert.deepEqual(back, d);
    d.panels.forEach((a, i) => { for (const b of d.panels.slice(i + 1)) assert.ok(!overlap(a, b), `${a.title} over ${b.title}`); });
    assert.ok(d.imported && d.imported.items.length > 3);
  }
});

const WORDS = ['type', 'title', 'targets', 'expr', 'gridPos', 'x', 'y', 'w', 'h', 'fieldConfig', 'defaults', 'custom', 'thresholds', 'steps', 'value', 'color', 'unit', 'options', 'templating', 'list', 'name', 'query', 'panels', 'rows', 'datasource', 'libraryPanel', 'collapsed', 'repeat', 'overrides', 'matcher', 'properties', 'id', 'mappings', 'yaxes', 'span', 'height', 'reduceOptions', 'calcs', 'regex', 'current', '__inputs', '__elements', 'time', 'from', 'refresh', 'tags', 'annotations'];
test('any JSON is an error or a sound dashboard with a report; nothing throws', () => property(2500, (r: Rng) => {
  const any = (depth: number): unknown => { switch (r.int(depth > 5 ? 6 : 9)) { case 0: return r.int(60) - 5; case 1: return r.text(6); case 2: return r.next() < 0.5; case 3: return null; case 4: return r.pick(['timeseries', 'graph', 'row', 'stat', 'singlestat', 'text', 'logs', 'query', 'custom', 'interval', 'prometheus', 'now-1h', '250px', 'percent', '/(/', 'up{a="b"}']); case 5: return 1e308; case 6: return Array.from({ length: r.int(4) }, () => any(depth + 1)); default: return Object.fromEntries(Array.from({ length: r.int(9) }, () => [r.pick(WORDS), any(depth + 1)])); } };
  const json = { title: any(9), schemaVersion: r.int(41), [r.next() < 0.7 ? 'panels' : 'rows']: Array.from({ length: r.int(5) }, () => any(1)), templating: { list: [any(1), any(1)] }, time: any(2), refresh: any(3), __inputs: any(2), __elements: any(2), annotations: any(2), tags: any(2) };
  const i = importGrafana(json, NOW);
  if (i instanceof Error) return;
  const d = i.dashboard;
  assert.deepEqual(readDashboard(JSON.parse(JSON.stringify(writeDashboard(d)))), JSON.parse(JSON.stringify(d)));
  d.panels.forEach((a, k) => { assert.ok(a.x >= 0 && a.x + a.w <= 24); for (const b of d.panels.slice(k + 1)) assert.ok(!overlap(a, b)); });
  const panels = d.panels.filter((p) => p.type !== 'row').length, told = i.report.items.filter((x) => x.kind === 'panel').length;
  assert.ok(told >= panels, `${panels} panels, ${told} told`);
}));
test('units and colours: what is known, what is near, what is not', () => {
  assert.deepEqual(unitOfGrafana('bytes'), { unit: 'bytes', note: null }); assert.deepEqual(unitOfGrafana(''), { unit: '', note: null }); assert.equal(unitOfGrafana('currencyEUR').unit, 'suffix:€'); assert.match(unitOfGrafana('mbytes').note!, /mebibytes/); assert.match(unitOfGrafana('furlongs').note!, /not known/); assert.equal(unitOfGrafana('suffix: rpm').unit, 'suffix:rpm'); assert.equal(unitOfGrafana('constructor').unit, 'count');
  for (const u of ['s', 'ms', 'Bps', 'percentunit', 'reqps', 'celsius']) assert.ok(UNITS.includes(unitOfGrafana(u).unit as never), u);
  assert.deepEqual(['green', 'semi-dark-orange', '#F2495C', 'rgb(50, 172, 45)', '#5794F2', '#808080', 'nonsense', '#EAB839'].map(toneOfColour), ['ok', 'warn', 'alarm', 'ok', 'info', 'none', 'none', 'warn']);
});
