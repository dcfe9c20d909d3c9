// Variables: which values they have, and how `$name` in a query becomes them. Pure.
import { parseDuration } from '../timespec.ts';
import { unquote } from '../parse/promql.ts';
import type { Variable } from './model.ts';

/** What a variable stands for now. `values` are all of them when `all` is set. */
export interface Value { values: string[]; texts: string[]; all: boolean; allValue: string; many: boolean }
export type Values = Readonly<Record<string, Value>>;
export interface Option { value: string; text: string }
export const ALL = '$__all';

/** What is known of the time when a query is asked. */
export interface Moment { fromMs: number; toMs: number; stepMs: number; scrapeMs: number; title: string }
const SCRAPE_MS = 15_000;

/** A whole number of seconds or milliseconds as PromQL writes it. */
export const promDuration = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.round(ms)}ms`);
/** Long enough for `rate` to hold four samples at every step, so that no gap comes from the window alone. */
export const rateInterval = (stepMs: number, scrapeMs: number): number => Math.max(stepMs + scrapeMs, 4 * scrapeMs);
export const scrapeOf = (interval: string): number => parseDuration(interval) ?? SCRAPE_MS;

function builtin(name: string, m: Moment): string | null {
  const range = Math.max(1, m.toMs - m.fromMs);
  switch (name) {
    case '__interval': return promDuration(m.stepMs);
    case '__interval_ms': return String(m.stepMs);
    case '__rate_interval': return promDuration(rateInterval(m.stepMs, m.scrapeMs));
    case '__rate_interval_ms': return String(rateInterval(m.stepMs, m.scrapeMs));
    case '__range': return promDuration(Math.round(range / 1000) * 1000 || 1000);
    case '__range_s': return String(Math.round(range / 1000));
    case '__range_ms': return String(Math.round(range));
    case '__from': return String(Math.round(m.fromMs));
    case '__to': return String(Math.round(m.toMs));
    case '__dashboard': return m.title;
    default: return null;
  }
}

const REFERENCE = /\$(\w+)|\$\{(\w+)(?:\.[^:}]*)?(?::([^}]*))?\}|\[\[(\w+)(?::(\w+))?\]\]/g;
const escapeRegex = (s: string): string => s.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
/** A value inside a PromQL string: neither quote nor backslash may end or change it. */
const inString = (s: string): string => s.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
const inQuery = (v: Value): string => {
  if (!v.many) return inString(v.values[0] ?? '');
  const parts = v.values.map((x) => inString(escapeRegex(x)));
  return parts.length === 1 ? parts[0]! : `(${parts.join('|')})`;
};

function written(v: Value, format: string | undefined, kind: 'query' | 'text'): string {
  if (v.all && v.allValue && format === undefined) return v.allValue;
  switch (format) {
    case undefined: case '': return kind === 'text' ? v.texts.join(' + ') : inQuery(v);
    case 'regex': return v.values.length === 1 ? escapeRegex(v.values[0]!) : `(${v.values.map(escapeRegex).join('|')})`;
    case 'pipe': return v.values.join('|');
    case 'csv': case 'raw': return v.values.join(',');
    case 'glob': return v.values.length === 1 ? v.values[0]! : `{${v.values.join(',')}}`;
    case 'json': return JSON.stringify(v.values.length === 1 ? v.values[0] : v.values);
    case 'doublequote': return v.values.map((x) => `"${x.replace(/"/g, '\\"')}"`).join(',');
    case 'singlequote': return v.values.map((x) => `'${x.replace(/'/g, "\\'")}'`).join(',');
    case 'percentencode': return encodeURIComponent(v.values.join(','));
    case 'text': return v.texts.join(' + ');
    default: return inQuery(v);
  }
}

/** `text` with every known variable written out; what is not known (`$1` of label_replace) stays. One pass: values are never read again. */
export function interpolate(text: string, values: Values, moment: Moment, kind: 'query' | 'text' = 'query'): string {
  return text.replace(REFERENCE, (whole, a: string | undefined, b: string | undefined, format: string | undefined, c: string | undefined, old: string | undefined) => {
    const name = a ?? b ?? c ?? '';
    if (Object.hasOwn(values, name)) return written(values[name]!, format ?? old, kind);
    return builtin(name, moment) ?? whole;
  });
}
/** Names of the variables a text speaks of, built-in ones left out. */
export function namesIn(text: string): string[] {
  return [...new Set([...text.matchAll(REFERENCE)].map((m) => m[1] ?? m[2] ?? m[4] ?? '').filter((n) => n && !n.startsWith('__') && !/^\d+$/.test(n)))];
}

/** In the order in which they can be resolved; those that depend on themselves come last, as they stand. */
export function inOrder(variables: readonly Variable[]): Variable[] {
  const left = [...variables], out: Variable[] = [];
  while (left.length) {
    const i = left.findIndex((v) => namesIn(v.query + v.regex).every((n) => n === v.name || !left.some((o) => o.name === n)));
    out.push(...left.splice(Math.max(0, i), 1));
  }
  return out;
}

export type Ask = { kind: 'label_values'; label: string; match: string } | { kind: 'label_names'; match: string } | { kind: 'metrics'; regex: string } | { kind: 'query_result'; expr: string };
/** A query of a variable: `label_values(up{a="b"}, instance)`, `label_values(instance)`, `label_names()`, `metrics(regex)`, `query_result(expr)`, or an expression. */
export function parseAsk(text: string): Ask | null {
  const t = text.trim(), call = /^(label_values|label_names|metrics|query_result)\s*\(([\s\S]*)\)$/.exec(t);
  if (!t) return null;
  if (!call) return { kind: 'query_result', expr: t };
  const inside = call[2]!.trim();
  if (call[1] === 'metrics') return { kind: 'metrics', regex: /^["'`]/.test(inside) ? unquote(inside) : inside };
  if (call[1] === 'query_result') return inside ? { kind: 'query_result', expr: inside } : null;
  if (call[1] === 'label_names') return { kind: 'label_names', match: inside };
  const last = /^(?:([\s\S]*),)?\s*("(?:\\.|[^"\\])+"|[a-zA-Z_][\w.]*)$/.exec(inside);
  return last ? { kind: 'label_values', match: (last[1] ?? '').trim(), label: last[2]!.startsWith('"') ? unquote(last[2]!) : last[2]! } : null;
}

/** `/regex/flags` or a bare one; null when there is none, an Error when it does not compile. */
export function compileRegex(text: string): RegExp | null | Error {
  if (!text.trim()) return null;
  const m = /^\/([\s\S]*)\/([a-z]*)$/.exec(text.trim());
  try { return new RegExp(m ? m[1]! : text.trim(), (m?.[2] ?? '').replace(/[gy]/g, '')); } catch (e) { return e as Error; }
}
const VALUES_MOST = 1000, REGEX_BYTES_MOST = 2000;
const SORTERS: Record<string, (a: Option, b: Option) => number> = { name: (a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0), number: (a, b) => digits(a.text) - digits(b.text) || (a.text < b.text ? -1 : 1) };
const digits = (s: string): number => { const m = /-?\d+(?:\.\d+)?/.exec(s); return m ? Number(m[0]) : Infinity; };

/** From what the server said to what can be chosen: filtered and cut by the regex, once each, sorted. */
export function optionsFrom(raw: readonly string[], regex: string, sort: Variable['sort']): { options: Option[]; cut: number } {
  const re = compileRegex(regex), seen = new Set<string>(), out: Option[] = [];
  for (const r of raw) {
    let o: Option = { value: r, text: r };
    if (re instanceof RegExp) {
      const m = re.exec(r.slice(0, REGEX_BYTES_MOST));
      if (!m) continue;
      const v = m.groups?.['value'] ?? m.groups?.['text'] ?? m[1] ?? (m.length > 1 ? '' : r);
      o = { value: v, text: m.groups?.['text'] ?? v };
    }
    if (!seen.has(o.value)) { seen.add(o.value); out.push(o); }
  }
  const by = SORTERS[sort.replace('-down', '')];
  if (by) out.sort((a, b) => (sort.endsWith('-down') ? by(b, a) : by(a, b)));
  return { options: out.slice(0, VALUES_MOST), cut: Math.max(0, out.length - VALUES_MOST) };
}
/** What a custom or interval variable lists: `a, b, text : value`; `\,` is a comma. */
export function optionsOfList(text: string): Option[] {
  return text.split(/(?<!\\),/).map((s) => s.trim().replace(/\\,/g, ',')).filter(Boolean).map((s) => { const m = /^(.*\S)\s+:\s+(\S.*)$/.exec(s); return m ? { text: m[1]!, value: m[2]! } : { text: s, value: s }; });
}

/** The chosen values among what there is. Nothing chosen, or nothing of it left: all if allowed, else the first. */
export function choose(v: Variable, options: readonly Option[], wanted: readonly string[]): Value {
  const many = v.multi || v.all;
  const make = (list: readonly Option[], all: boolean): Value => ({ values: list.map((o) => o.value), texts: all ? ['All'] : list.map((o) => o.text), all, allValue: v.allValue, many });
  if (v.type === 'textbox' || v.type === 'constant') { const t = (v.type === 'constant' ? v.query : (wanted[0] ?? v.query)) ; return { values: [t], texts: [t], all: false, allValue: '', many: false }; }
  if (v.all && wanted.includes(ALL)) return make(options, true);
  const kept = wanted.flatMap((w) => options.filter((o) => o.value === w));
  if (kept.length) return make(v.multi ? kept : kept.slice(0, 1), false);
  return v.all ? make(options, true) : make(options.slice(0, 1), false);
}

// In the URL: `var-host=a,b`; commas and backslashes inside are escaped.
export const toParam = (list: readonly string[]): string => (list.length === 1 && list[0] === '' ? '\\0' : list.map((s) => s.replace(/[\\,]/g, '\\$&')).join(','));
export function fromParam(text: string): string[] {
  if (text === '\\0') return [''];
  const out = [''];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && i + 1 < text.length) out[out.length - 1] += text[++i]!;
    else if (text[i] === ',') out.push('');
    else out[out.length - 1] += text[i]!;
  }
  return text ? out : [];
}
