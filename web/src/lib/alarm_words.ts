// Alarms in words and rows: states, severities, groups, conditions. Pure.
import type { Alarm, AlarmState, Counts, Names, Part, Seg, Severity } from './alarm_types.ts';
import type { Stretch } from './samples.ts';
import { fmt, unitFromName, unitFromWord, type Unit } from './units.ts';

export type Short = 'ok' | 'alarm' | 'undet';
export const STATES: readonly AlarmState[] = ['ALARM', 'UNDETERMINED', 'OK'];
export const shortOf = (s: AlarmState | null | undefined): Short => (s === 'ALARM' ? 'alarm' : s === 'OK' ? 'ok' : 'undet');
export const WORD: Record<AlarmState, string> = { ALARM: 'Ringing', UNDETERMINED: 'Not sure', OK: 'OK' };
const HEAD: Record<AlarmState, string> = { ALARM: 'Ringing', UNDETERMINED: 'Not enough data', OK: 'OK' };
export const SEVERITIES: readonly Severity[] = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];
export const severityWord = (s: string): string => s.charAt(0) + s.slice(1).toLowerCase();
export const severityLevel = (s: string): number => SEVERITIES.indexOf(s as Severity) + 1;

export const segsOf = (list: readonly Seg[] | undefined): Stretch[] => (list ?? []).map(([fromMs, toMs, s, why]) => ({ fromMs, toMs, state: shortOf(s), why: why || (s === 'OK' ? 'OK' : s) }));

/** What an alarm is for: its labels as `key=value`, the telling ones. */
export const forText = (labels: Names): string => Object.entries(labels).filter(([k]) => k !== '__name__' && k !== 'alertname').sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${k}=${v}`).join(', ');
export const unitOfAlarm = (a: Pick<Alarm, 'unit'>, metric: string): Unit => unitFromWord(a.unit ?? undefined) ?? (metric ? unitFromName(metric) : 'count');
export const valueText = (a: Alarm): string => (a.value == null ? 'no data' : fmt(a.value, unitFromWord(a.unit ?? undefined) ?? 'count'));

export type GroupBy = 'state' | 'name' | 'severity' | 'source' | 'none';
export const GROUPS: readonly (readonly [GroupBy, string])[] = [['state', 'state'], ['name', 'definition'], ['severity', 'severity'], ['source', 'source'], ['none', 'nothing']];
export type ListRow = { head: string; n: number | null; state?: AlarmState } | { alarm: Alarm; at: number };

/** Rows of the list with their heads. Without grouping by state the order is: unhealthy groups first. `counts` tell how many there are beyond the loaded ones. */
export function listRows(alarms: readonly Alarm[], by: GroupBy, counts: Counts | null): ListRow[] {
  if (by === 'none') return alarms.map((alarm, at) => ({ alarm, at }));
  const groups = new Map<string, Alarm[]>();
  const key = (a: Alarm): string => (by === 'state' ? a.state : by === 'name' ? a.name : by === 'severity' ? a.severity : a.source || 'alarms');
  for (const a of alarms) { const k = key(a); const g = groups.get(k); if (g) g.push(a); else groups.set(k, [a]); }
  const rank = (a: Alarm): number => STATES.indexOf(a.state), worst = (g: Alarm[]): number => Math.min(...g.map(rank));
  const order = [...groups].sort(([ka, a], [kb, b]) => (by === 'severity' ? severityLevel(kb) - severityLevel(ka) : worst(a) - worst(b) || (by === 'state' ? 0 : ka < kb ? -1 : 1)));
  let at = 0;
  return order.flatMap(([k, g]): ListRow[] => [{ head: by === 'state' ? HEAD[k as AlarmState] ?? k : by === 'severity' ? severityWord(k) : k, n: by === 'state' && counts ? counts[k as AlarmState] : g.length, ...(by === 'state' ? { state: k as AlarmState } : {}) }, ...[...g].sort((a, b) => rank(a) - rank(b)).map((alarm) => ({ alarm, at: at++ }))]);
}

export const FUNCTIONS: readonly (readonly [string, string])[] = [['max', 'highest'], ['min', 'lowest'], ['avg', 'average'], ['sum', 'sum'], ['count', 'number of samples'], ['last', 'newest value']];
export const OPS: readonly (readonly [string, string])[] = [['>', 'above'], ['>=', 'at or above'], ['<', 'below'], ['<=', 'at or below']];
const OP_OF: Record<string, string> = { GT: '>', GTE: '>=', LT: '<', LTE: '<=' };
export const opOf = (op: string): string => OP_OF[op.toUpperCase()] ?? op;
export const functionWord = (f: string): string => FUNCTIONS.find(([k]) => k === f.toLowerCase())?.[1] ?? f;
export const opWord = (op: string): string => OPS.find(([k]) => k === opOf(op))?.[1] ?? op;

/** A threshold as the language writes it: digits, no exponent. */
export function plainNumber(v: number): string {
  if (!Number.isFinite(v)) return '0';
  const s = String(v);
  return /e/i.test(s) ? v.toFixed(Math.min(16, Math.abs(v) < 1 ? 16 : 0)).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '') : s;
}
/** Conditions in words to Monasca's language. */
export const partText = (p: Part): string => {
  const dims = Object.entries(p.dimensions).filter(([k]) => k).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${k}=${v}`).join(', ');
  const args = [p.metric + (dims ? `{${dims}}` : ''), ...(p.deterministic ? ['deterministic'] : []), ...(p.period_s && p.period_s !== 60 ? [String(p.period_s)] : [])];
  return `${p.function.toLowerCase()}(${args.join(', ')}) ${opOf(p.op)} ${plainNumber(p.threshold)}${p.times > 1 ? ` times ${p.times}` : ''}`;
};
export const partsText = (parts: readonly Part[]): string => parts.map((p, i) => (i ? `${p.join ?? 'and'} ` : '') + partText(p)).join(' ');
export const newPart = (metric = ''): Part => ({ function: 'max', metric, dimensions: {}, op: '>', threshold: 0, period_s: 60, times: 1, deterministic: false, join: null });

/** Thresholds beside one, in round numbers: what a person would try next. */
export function neighbours(t: number): number[] {
  if (!Number.isFinite(t) || t === 0) return [];
  const round = (v: number): number => { const p = 10 ** (Math.floor(Math.log10(Math.abs(v))) - 1); return Number((Math.round(v / p) * p).toPrecision(2)); };
  return [...new Set([round(t * 0.75), round(t * 1.25)])].filter((x) => x !== t);
}

/** A limit to begin with: a little outside of what was seen. */
export function guessLimit(values: readonly number[]): number | null {
  const ok = values.filter(Number.isFinite);
  if (!ok.length) return null;
  const max = Math.max(...ok);
  if (max === 0) return 1;
  const v = max > 0 ? max * 1.2 : max * 0.8, p = 10 ** (Math.floor(Math.log10(Math.abs(v))) - 1);
  return Number((Math.ceil(v / p) * p).toPrecision(3));
}

const until = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;
/** `3 periods of 60 s`, `1 min`. */
export const timesText = (p: Part): string => (p.times > 1 ? `${until(p.times, 'period')} of ${p.period_s} s` : `${p.period_s} s`);
