// One panel of Grafana's as one of ours. Pure.
import { newPanel, type Calc, type Panel, type PanelType, type Query, type Threshold } from '../dash/model.ts';
import { Notes, isObject, list, num, obj, objects, str, type Json } from './report.ts';
import { toneOfColour, unitOfGrafana } from './units.ts';

// [our type, what is different]; null: there is nothing like it.
const TYPES: Record<string, readonly [PanelType, string?] | null> = {
  timeseries: ['timeseries'], graph: ['timeseries'], stat: ['stat'], singlestat: ['stat'], gauge: ['gauge'], bargauge: ['bargauge'], table: ['table'], 'table-old': ['table'], heatmap: ['heatmap'], text: ['text'], row: ['row'],
  piechart: ['bargauge', 'a pie is shown as bars'], 'grafana-piechart-panel': ['bargauge', 'a pie is shown as bars'], barchart: ['bargauge', 'bars show one value of each series'], 'state-timeline': ['timeseries', 'states are shown as lines'], 'status-history': ['timeseries', 'states are shown as lines'],
  histogram: ['heatmap', 'a histogram is shown as a heatmap over time'], trend: ['timeseries', 'the axis is time'], xychart: null, logs: null, traces: null, nodeGraph: null, geomap: null, news: null, dashlist: null, alertlist: null, canvas: null, candlestick: null, flamegraph: null, annolist: null, welcome: null, gettingstarted: null, debug: null, datagrid: null,
};
const CALCS: Record<string, Calc> = { last: 'last', lastNotNull: 'last', current: 'last', first: 'first', firstNotNull: 'first', mean: 'mean', avg: 'mean', min: 'min', max: 'max', sum: 'sum', total: 'sum', range: 'delta', delta: 'delta', diff: 'delta' };
const WHY_NOT: Record<string, string> = { logs: 'logs have a page of their own', traces: 'traces have a page of their own', nodeGraph: 'the graph of services has a page of its own', dashlist: 'the Dashboards page is the list', alertlist: 'alarms have a page of their own' };

/** The kind of data source a panel or query asks: '' when it does not say or means the default one. */
export function sourceOf(datasource: unknown, inputs: ReadonlyMap<string, string>): string {
  if (datasource == null) return '';
  if (isObject(datasource)) { const t = str(datasource['type']), uid = str(datasource['uid']); return uid === '-- Mixed --' || uid === '-- Grafana --' && t === 'datasource' ? '' : t === 'datasource' ? (uid === '-- Dashboard --' ? 'dashboard' : '') : t; }
  const name = str(datasource), input = /^\$\{?(\w+)\}?$/.exec(name)?.[1];
  return (input && inputs.get(input)) || '';
}

function queries(p: Json, n: Notes, inputs: ReadonlyMap<string, string>, panelSource: string): Query[] {
  const out: Query[] = [], all = objects(p['targets']);
  for (const [i, t] of all.entries()) {
    const ref = str(t['refId']) || String.fromCharCode(65 + i), own = sourceOf(t['datasource'], inputs) || panelSource;
    if (own === '__expr__' || str(t['type']) === 'math' || str(t['type']) === 'reduce') { n.change(`query ${ref} calculates with other queries; write it as one PromQL expression`); continue; }
    if (own && own !== 'prometheus') { n.change(`query ${ref} asks a data source of type ${own}`); continue; }
    const expr = str(t['expr']).trim();
    if (!expr) { if (Object.keys(t).some((k) => !['refId', 'datasource', 'hide', 'expr', 'legendFormat', 'format', 'interval', 'intervalFactor', 'instant', 'range', 'editorMode', 'exemplar'].includes(k))) n.change(`query ${ref} is not PromQL`); else n.say(`query ${ref} is empty`); continue; }
    if (/\$__(timeFilter|timeGroup|org|user|name)\b|\$timeFilter\b/.test(expr)) n.change(`query ${ref} uses a macro that is not known here`);
    if (/\$\{?__auto_interval/.test(expr)) n.say(`query ${ref}: the automatic interval follows the width of the panel`);
    const legend = str(t['legendFormat']);
    out.push({ expr: expr.replace(/\$\{?__auto_interval_\w+\}?/g, '$$__interval'), legend: legend === '__auto' ? '' : legend, hidden: t['hide'] === true });
    if (t['exemplar'] === true) n.say('examples (exemplars) are not drawn on dashboards yet');
  }
  return out;
}

function thresholds(p: Json, defaults: Json, type: PanelType, min: number | null, max: number | null, n: Notes): Threshold[] {
  const given = obj(defaults['thresholds']), steps = objects(given['steps']);
  if (steps.length) {
    const shown = str(obj(obj(defaults['custom'])['thresholdsStyle'])['mode']);
    if (type === 'timeseries' && (!shown || shown === 'off')) return [];
    let scale = (v: number): number => v;
    if (str(given['mode']) === 'percentage') {
      if (min === null || max === null) { n.change('thresholds in percent need a lowest and a highest value; they were left out'); return []; }
      scale = (v) => min + ((max - min) * v) / 100;
    }
    if (steps.length === 1 && steps[0]!['value'] == null) return [];
    return steps.map((s) => { const v = num(s['value']); return { value: v === null ? null : scale(v), tone: toneOfColour(str(s['color'])) }; });
  }
  // graph: [{value, op, colorMode}]; singlestat: "50,80" with three colours.
  if (Array.isArray(p['thresholds'])) {
    const kept: Threshold[] = [];
    for (const t of objects(p['thresholds'])) {
      const v = num(t['value']);
      if (v === null) continue;
      if (str(t['op']) === 'lt') { n.change(`the threshold below ${v} is drawn as a limit without its side`); }
      kept.push({ value: v, tone: str(t['colorMode']) === 'warning' ? 'warn' : str(t['colorMode']) === 'ok' ? 'ok' : str(t['colorMode']) === 'custom' ? toneOfColour(str(t['lineColor']) || str(t['fillColor'])) : 'alarm' });
    }
    return kept;
  }
  const values = str(p['thresholds']).split(',').map((s) => num(s.trim())).filter((v): v is number => v !== null), colours = list(p['colors']).map(str);
  if (!values.length || (p['colorValue'] !== true && p['colorBackground'] !== true && obj(p['gauge'])['show'] !== true)) return [];
  return [null, ...values].map((v, i) => ({ value: v, tone: toneOfColour(colours[i] ?? ['#299c46', '#ed8128', '#d44a3a'][i] ?? '#d44a3a') }));
}

const words = (html: string): string => html.replace(/<(script|style)[\s\S]*?<\/\1\s*>/gi, '').replace(/<br\s*\/?>|<\/(p|div|h\d|li|tr)>/gi, '\n').replace(/<[^>]*>/g, '').replace(/&nbsp;/g, ' ').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&').replace(/\n{3,}/g, '\n\n').trim();

/** Overrides that mean all fields become defaults, a name for one query becomes its legend; the rest is said. */
function overrides(p: Json, made: Panel, n: Notes): void {
  const targets = objects(p['targets']);
  for (const o of objects(obj(p['fieldConfig'])['overrides'])) {
    const matcher = obj(o['matcher']), id = str(matcher['id']), option = str(matcher['options']);
    const everything = id === 'byType' && option === 'number' || id === 'byRegexp' && /^\/?\.\*\/?$/.test(option);
    for (const prop of objects(o['properties'])) {
      const what = str(prop['id']), value = prop['value'];
      if (everything && what === 'unit') { const u = unitOfGrafana(str(value)); made.unit = u.unit; if (u.note) n.change(u.note); continue; }
      if (everything && (what === 'min' || what === 'max' || what === 'decimals')) { made[what] = num(value); continue; }
      const query = id === 'byFrameRefID' ? targets.filter((t) => str(t['expr'])).findIndex((t) => str(t['refId']) === option) : -1;
      if (what === 'displayName' && query >= 0 && made.queries[query]) { made.queries[query]!.legend = str(value); continue; }
      n.change(`override not converted: ${what.replace(/^custom\./, '').slice(0, 40)} for ${(option || id).slice(0, 60)}`);
    }
  }
  for (const o of objects(p['seriesOverrides'])) n.change(`series override not converted: ${str(o['alias']).slice(0, 60)} (${Object.keys(o).filter((k) => k !== 'alias' && !k.startsWith('$')).slice(0, 4).join(', ')})`);
}

/** What stands in the place of a panel that could not be converted: it says so, and why. */
const placeholder = (p: Json, n: Notes, at: Partial<Panel>): Panel => newPanel('text', 0, { ...at, title: str(p['title']), text: `**Not converted.** ${n.list.map((l) => l[0]!.toUpperCase() + l.slice(1)).join('. ')}.` });

export function panel(p: Json, at: Partial<Panel>, inputs: ReadonlyMap<string, string>, n: Notes): Panel {
  const type = str(p['type']) || 'graph', known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (!known) { n.leave(known === null ? `there is no panel like “${type}”${WHY_NOT[type] ? `; ${WHY_NOT[type]}` : ''}` : `panels of type “${type.slice(0, 60)}” are not known`); return placeholder(p, n, at); }
  let [mine] = known;
  if (known[1]) n.change(known[1]);
  const options = obj(p['options']), defaults = obj(obj(p['fieldConfig'])['defaults']), custom = obj(defaults['custom']), common: Partial<Panel> = { ...at, title: str(p['title']), description: str(p['description']), repeat: str(p['repeat']), repeatDown: str(p['repeatDirection']) === 'v' };
  if (mine === 'row') return newPanel('row', 0, common);
  if (mine === 'text') {
    const mode = str(options['mode']) || str(p['mode']) || 'markdown', content = str(options['content']) || str(p['content']);
    if (mode === 'html' || /<\w+[^>]*>/.test(content)) { n.change('HTML is not shown; its words were kept'); return newPanel('text', 0, { ...common, text: words(content) }); }
    if (mode === 'code') return newPanel('text', 0, { ...common, text: '```\n' + content + '\n```' });
    if (/!\[[^\]]*\]\(/.test(content)) n.change('pictures from elsewhere are not loaded');
    return newPanel('text', 0, { ...common, text: content });
  }
  const source = sourceOf(p['datasource'], inputs);
  if (source && source !== 'prometheus' && source !== 'mixed') { n.leave(source === 'dashboard' ? 'it shows the data of another panel' : `it asks a data source of type ${source}`); return placeholder(p, n, at); }
  const asked = queries(p, n, inputs, source);
  if (!asked.length) { n.leave('it has no PromQL query'); return placeholder(p, n, at); }

  const axis = obj(objects(p['yaxes'])[0]), unit = unitOfGrafana(str(defaults['unit']) || str(axis['format']) || (type === 'singlestat' ? str(p['format']) : '') || (type === 'heatmap' ? str(obj(p['yAxis'])['format']) || str(obj(options['yAxis'])['unit']) : ''));
  if (unit.note) n.change(unit.note);
  const made = newPanel(mine, 0, { ...common, queries: asked, unit: unit.unit, interval: /^\d+(ms|s|m|h|d|w)$/.test(str(p['interval'])) ? str(p['interval']) : '' });
  const places = num(defaults['decimals']) ?? num(p['decimals']) ?? num(axis['decimals']);
  made.decimals = places === null || places < 0 ? null : Math.min(9, Math.round(places));
  made.min = num(defaults['min']) ?? num(axis['min']) ?? num(obj(p['gauge'])['minValue']);
  made.max = num(defaults['max']) ?? num(axis['max']) ?? num(obj(p['gauge'])['maxValue']);

  if (mine === 'timeseries') {
    const style = str(custom['drawStyle']), bars = style === 'bars' || p['bars'] === true, fill = num(custom['fillOpacity']) ?? (type === 'graph' ? (num(p['fill']) ?? 1) * 10 : 0), stacking = str(obj(custom['stacking'])['mode']);
    made.draw = bars ? 'bars' : fill > 5 ? 'area' : 'lines';
    made.stack = stacking === 'normal' || stacking === 'percent' || p['stack'] === true;
    if (stacking === 'percent' || p['percentage'] === true) n.change('it is stacked, but not to 100 %');
    if (style === 'points') n.change('points are drawn as lines');
    if (str(obj(custom['scaleDistribution'])['type']) === 'log' || (num(axis['logBase']) ?? 1) > 1) n.change('the axis is linear, not logarithmic');
    if (str(custom['axisPlacement']) === 'right' || objects(p['seriesOverrides']).some((o) => num(o['yaxis']) === 2)) n.change('there is one axis; what stood on the right one shares it');
    const legend = obj(options['legend']), old = obj(p['legend']);
    made.legend = legend['showLegend'] === false || str(legend['displayMode']) === 'hidden' || (type === 'graph' && old['show'] === false) ? 'none' : str(legend['displayMode']) === 'table' || old['alignAsTable'] === true ? 'table' : 'list';
  } else {
    const calc = list(obj(options['reduceOptions'])['calcs']).map(str)[0] ?? str(p['valueName']) ?? '';
    if (calc && !Object.hasOwn(CALCS, calc)) n.change(`the value “${calc}” is not known; the last one is shown`);
    made.calc = Object.hasOwn(CALCS, calc) ? CALCS[calc]! : type === 'singlestat' ? 'mean' : 'last';
    made.spark = type === 'singlestat' ? obj(p['sparkline'])['show'] === true : str(options['graphMode']) !== 'none';
    if (obj(options['reduceOptions'])['values'] === true) n.change('one value of each series is shown, not all rows');
    if (type === 'singlestat' && obj(p['gauge'])['show'] === true) { mine = 'gauge'; made.type = 'gauge'; }
    for (const side of ['prefix', 'postfix']) if (str(p[side])) n.change(`the text “${str(p[side]).slice(0, 40)}” beside the number was left out`);
  }
  made.thresholds = thresholds(p, defaults, mine, made.min, made.max, n);
  overrides(p, made, n);
  extras(p, defaults, n);
  return made;
}

function extras(p: Json, defaults: Json, n: Notes): void {
  for (const t of objects(p['transformations'])) if (t['disabled'] !== true) n.change(`transformation not converted: ${str(t['id']).slice(0, 40)}`);
  if (objects(defaults['mappings']).length || objects(p['valueMaps']).some((m) => str(m['text']) !== 'N/A') || objects(p['rangeMaps']).some((m) => str(m['text']) !== 'N/A')) n.change('texts for values (mappings) are not converted');
  if (objects(p['links']).length || objects(defaults['links']).length) n.change('links of the panel are not converted');
  if (isObject(p['alert'])) n.change('its alert rule is not converted');
  if (str(p['timeFrom']) || str(p['timeShift'])) n.change('its own time is not converted; it follows the page');
  if (p['transparent'] === true) n.say('panels have a ground here');
  if (num(p['maxDataPoints']) !== null) n.say('the number of points follows the width of the panel');
}
