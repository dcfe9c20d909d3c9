// What a dashboard is: Belfry's own JSON, format 1. Reading is tolerant (a missing member has its default, an odd one is
// replaced, an unknown one is kept), writing leaves defaults out. Pure.
import { isUnit, type Unit } from '../units.ts';
import type { Report } from '../grafana/report.ts';

export const FORMAT = 1, COLUMNS = 24;
export const PANEL_TYPES = ['timeseries', 'stat', 'gauge', 'bargauge', 'table', 'heatmap', 'text', 'row'] as const;
export type PanelType = (typeof PANEL_TYPES)[number];
export const VARIABLE_TYPES = ['query', 'custom', 'interval', 'textbox', 'constant'] as const;
export type VariableType = (typeof VARIABLE_TYPES)[number];
export const CALCS = ['last', 'mean', 'max', 'min', 'sum', 'first', 'delta'] as const;
export type Calc = (typeof CALCS)[number];
export const DRAWS = ['lines', 'area', 'bars'] as const;
export type Draw = (typeof DRAWS)[number];
export const LEGENDS = ['list', 'table', 'none'] as const;
export const TONES = ['ok', 'warn', 'alarm', 'info', 'none'] as const;
export type Tone = (typeof TONES)[number];
export const SORTS = ['none', 'name', 'name-down', 'number', 'number-down'] as const;

export interface Query { expr: string; legend: string; hidden: boolean }
/** From this value on the tone holds; `null` is the tone below all others. */
export interface Threshold { value: number | null; tone: Tone }
export interface Panel {
  id: number; type: PanelType; title: string; description: string; x: number; y: number; w: number; h: number;
  queries: Query[]; unit: Unit | ''; decimals: number | null; min: number | null; max: number | null; thresholds: Threshold[];
  /** timeseries */
  draw: Draw; stack: boolean; legend: (typeof LEGENDS)[number];
  /** stat, gauge, bargauge: which value of the time stands for all of it; and the curve behind a stat */
  calc: Calc; spark: boolean;
  /** text: the safe part of Markdown */
  text: string;
  /** A panel or row for each value of this variable; across fills lines, down makes one below the other. */
  repeat: string; repeatDown: boolean;
  /** row */
  collapsed: boolean;
  /** Least step, for example `1m`; and how often the data come, for `$__rate_interval`. */
  interval: string;
}
export interface Variable {
  name: string; label: string; type: VariableType; query: string; regex: string; sort: (typeof SORTS)[number];
  multi: boolean; all: boolean; allValue: string; hidden: boolean; value: string[];
}
export interface Dashboard {
  format: 1; title: string; description: string; folder: string; tags: string[]; time: { from: string; to: string }; refresh_s: number;
  variables: Variable[]; panels: Panel[]; imported?: Report;
}

type Json = Record<string, unknown>;
const isObject = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v);
const text = (v: unknown, fallback = ''): string => (typeof v === 'string' ? v : fallback);
const number = (v: unknown): number | null => (typeof v === 'number' && Number.isFinite(v) ? v : null);
const whole = (v: unknown, low: number, high: number, fallback: number): number => (typeof v === 'number' && Number.isFinite(v) ? Math.min(high, Math.max(low, Math.round(v))) : fallback);
const oneOf = <T extends string>(list: readonly T[], v: unknown, fallback: T): T => (list.includes(v as T) ? (v as T) : fallback);
const objects = (v: unknown): Json[] => (Array.isArray(v) ? v.filter(isObject) : []);
export const ROWS_MOST = 100_000;

export function readPanel(p: Json, id: number): Panel {
  const type = oneOf(PANEL_TYPES, p['type'], 'text'), w = whole(p['w'], 1, COLUMNS, 12);
  return {
    ...p, id, type, title: text(p['title']), description: text(p['description']), w, h: type === 'row' ? 1 : whole(p['h'], 1, ROWS_MOST, 8), x: whole(p['x'], 0, COLUMNS - w, 0), y: whole(p['y'], 0, ROWS_MOST, 0),
    queries: objects(p['queries']).map((q) => ({ ...q, expr: text(q['expr']), legend: text(q['legend']), hidden: q['hidden'] === true })),
    unit: typeof p['unit'] === 'string' && isUnit(p['unit']) ? p['unit'] : '', decimals: p['decimals'] == null ? null : whole(p['decimals'], 0, 9, 2), min: number(p['min']), max: number(p['max']),
    thresholds: objects(p['thresholds']).map((t) => ({ value: number(t['value']), tone: oneOf(TONES, t['tone'], 'none') })),
    draw: oneOf(DRAWS, p['draw'], 'lines'), stack: p['stack'] === true, legend: oneOf(LEGENDS, p['legend'], 'list'), calc: oneOf(CALCS, p['calc'], 'last'), spark: p['spark'] !== false, text: text(p['text']),
    repeat: text(p['repeat']), repeatDown: p['repeatDown'] === true, collapsed: p['collapsed'] === true, interval: text(p['interval']),
  };
}
export const newPanel = (type: PanelType, id: number, p: Partial<Panel> = {}): Panel => ({ ...readPanel({ type, w: type === 'row' ? 24 : 12, h: 8, ...(type === 'text' || type === 'row' ? {} : { queries: [{ expr: '' }] }) }, id), ...p });

export function readVariable(v: Json): Variable {
  return {
    ...v, name: text(v['name']), label: text(v['label']), type: oneOf(VARIABLE_TYPES, v['type'], 'custom'), query: text(v['query']), regex: text(v['regex']), sort: oneOf(SORTS, v['sort'], 'none'),
    multi: v['multi'] === true, all: v['all'] === true, allValue: text(v['allValue']), hidden: v['hidden'] === true, value: Array.isArray(v['value']) ? v['value'].filter((x): x is string => typeof x === 'string') : [],
  };
}

/** A dashboard from JSON; an Error says why it is none. */
export function readDashboard(json: unknown): Dashboard | Error {
  if (!isObject(json)) return new Error('A dashboard is a JSON object.');
  if (json['format'] !== FORMAT) return new Error(`"format" is not ${FORMAT}. This is no dashboard of Belfry, or of a newer one.`);
  if (!Array.isArray(json['panels'])) return new Error('"panels" is missing.');
  const time = isObject(json['time']) ? json['time'] : {}, used = new Set<number>();
  const ids = objects(json['panels']).map((p) => number(p['id']));
  let next = Math.max(0, ...ids.map((i) => i ?? 0)) + 1;
  const panels = objects(json['panels']).map((p, i) => { let id = ids[i] ?? 0; if (id < 1 || !Number.isInteger(id) || used.has(id)) id = next++; used.add(id); return readPanel(p, id); });
  const names = new Set<string>();
  const variables = objects(json['variables']).map(readVariable).filter((v) => /^\w+$/.test(v.name) && !names.has(v.name) && names.add(v.name));
  const refresh = number(json['refresh_s']);
  return {
    ...json, format: 1, title: text(json['title']) || 'Untitled', description: text(json['description']), folder: text(json['folder']), tags: Array.isArray(json['tags']) ? [...new Set(json['tags'].filter((t): t is string => typeof t === 'string' && t !== ''))] : [],
    time: { from: text(time['from'], 'now-1h'), to: text(time['to'], 'now') }, refresh_s: refresh === null ? 10 : whole(refresh, 0, 86_400, 10), variables, panels,
  } as Dashboard;
}
export const newDashboard = (title: string, p: Partial<Dashboard> = {}): Dashboard => ({ ...(readDashboard({ format: FORMAT, title, panels: [] }) as Dashboard), ...p });

/** The JSON that is kept: without members that have their default. */
export function writeDashboard(d: Dashboard): Json {
  const bare = (o: object, like: object, keep: readonly string[]): Json => Object.fromEntries(Object.entries(o).filter(([k, v]) => keep.includes(k) || !same(v, (like as Json)[k])));
  return {
    ...bare(d, newDashboard(''), ['format', 'title', 'time', 'panels']),
    variables: d.variables.map((v) => bare(v, readVariable({}), ['name', 'type'])),
    panels: d.panels.map((p) => ({ ...bare(p, readPanel({ type: p.type }, 0), ['id', 'type', 'x', 'y', 'w', 'h']), ...(p.queries.length ? { queries: p.queries.map((q) => bare(q, { legend: '', hidden: false }, ['expr'])) } : {}) })),
  };
}
export const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
export const nextId = (d: Dashboard): number => Math.max(0, ...d.panels.map((p) => p.id)) + 1;
