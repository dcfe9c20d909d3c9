// What a panel shows: its queries with the variables written out, over the page's time, in steps that fit its width.
import { useRef, useState } from 'preact/hooks';
import { query, queryRange, type RangeResult } from '../../api/prom.ts';
import { heatOfNative, type Heat } from '../../lib/heat.ts';
import { keyOf, parseValue, toGrid, type Labels, type Matrix } from '../../lib/series.ts';
import { queryStep } from '../../lib/ticks.ts';
import { fmt, unitFromQuery, type Unit } from '../../lib/units.ts';
import { interpolate, scrapeOf, type Moment, type Values } from '../../lib/dash/vars.ts';
import type { Panel } from '../../lib/dash/model.ts';
import { parseDuration } from '../../lib/timespec.ts';
import { unitOf } from '../../state/catalog.ts';
import { useAsk, type Loaded } from '../../state/live.ts';
import { range } from '../../state/time.ts';
import { param } from '../../state/url.ts';
import { shared } from './ask.ts';

export interface TableData { columns: string[]; values: string[]; rows: { labels: Labels; values: (number | null)[] }[] }
export interface PanelData { m: Matrix; formats: string[]; exprs: string[]; unit: Unit; heat: Heat | null; native: number; table: TableData | null; fromMs: number; toMs: number; partial: string }
const LEAST_STEP_MS = 1000, ONE_VALUE_POINTS = 120, VALUE_GRAIN_MS = 5000, WIDTH_STEP = 120;

/** The queries as they are asked, for the editor and the way to Metrics. */
export const asAsked = (p: Panel, values: Values, moment: Moment): string[] => p.queries.filter((q) => !q.hidden && q.expr.trim()).map((q) => interpolate(q.expr, values, moment));

export function momentOf(p: Panel, widthPx: number, title: string, fromMs: number, toMs: number): Moment {
  const curve = p.type === 'timeseries' || p.type === 'heatmap', width = curve ? Math.max(WIDTH_STEP * 2, Math.floor(widthPx / WIDTH_STEP) * WIDTH_STEP) : ONE_VALUE_POINTS;
  const stepMs = queryStep(toMs - fromMs, width, Math.max(LEAST_STEP_MS, parseDuration(p.interval) ?? 0));
  // Curves lie on multiples of their step; a single value is as new as it can be, whatever the step.
  const grain = curve ? stepMs : Math.min(stepMs, VALUE_GRAIN_MS), end = Math.floor(toMs / grain) * grain, start = curve ? Math.floor(fromMs / stepMs) * stepMs : end - Math.max(1, Math.floor((toMs - fromMs) / stepMs)) * stepMs;
  return { fromMs: start, toMs: end, stepMs, scrapeMs: scrapeOf(p.interval), title };
}

export function usePanelData(p: Panel, values: Values | null, widthPx: number, visible: boolean, title: string): { l: Loaded<PanelData>; again: () => void } {
  const [turn, setTurn] = useState(0), held = useRef<{ key: string; load: ((s: AbortSignal) => Promise<PanelData>) | null }>({ key: '', load: null });
  const { fromMs, toMs } = range.value;
  // What nobody sees keeps its last question, so it asks nothing new.
  if (values && widthPx > 0 && (visible || !held.current.load)) {
    const m = momentOf(p, widthPx, title, fromMs, toMs), exprs = asAsked(p, values, m), formats = p.queries.filter((q) => !q.hidden && q.expr.trim()).map((q) => interpolate(q.legend, values, m, 'text'));
    const key = JSON.stringify([p.type === 'table', p.type === 'heatmap', p.unit, exprs, formats, m.fromMs, m.toMs, m.stepMs, param('tenant'), turn]);
    if (visible && key !== held.current.key) held.current = { key, load: exprs.length ? (s) => loadAll(p, exprs, formats, m, s, turn) : null };
  }
  const l = useAsk(held.current.load, [held.current.key]).value;
  return { l, again: () => setTurn((n) => n + 1) };
}

async function loadAll(p: Panel, exprs: string[], formats: string[], m: Moment, signal: AbortSignal, turn: number): Promise<PanelData> {
  const tenant = param('tenant'), unit = p.unit || unitFromQuery(exprs[0]!, unitOf);
  if (p.type === 'table') {
    const answers = await Promise.all(exprs.map((e) => shared(`i|${tenant}|${turn}|${m.toMs}|${e}`, (s) => query(e, m.toMs, s), signal)));
    return { ...nothing(m), exprs, unit, table: tableOf(answers.map((a) => a.data), formats), m: { ...nothing(m).m, notes: [...new Set(answers.flatMap((a) => a.notes))] } };
  }
  const settled = await Promise.allSettled(exprs.map((e) => shared(`r|${tenant}|${turn}|${m.fromMs}|${m.toMs}|${m.stepMs}|${e}`, (s) => queryRange(e, m.fromMs, m.toMs, m.stepMs, s), signal)));
  const faults = settled.flatMap((s) => (s.status === 'rejected' ? [s.reason as Error] : []));
  if (faults.length === settled.length) throw faults[0]!;
  const out = nothing(m), results: RangeResult[] = [];
  settled.forEach((s, i) => {
    if (s.status === 'rejected') return;
    const list = s.value.data.result, grid = toGrid(list.filter((r) => r.values?.length || !r.histograms?.length).map((r) => ({ metric: r.metric, values: r.values ?? [] })), m.fromMs, m.toMs, m.stepMs);
    out.m.series.push(...grid.series);
    out.formats.push(...grid.series.map(() => formats[i]!));
    out.m.notes.push(...s.value.notes);
    results.push(...list);
  });
  out.m.notes = [...new Set(out.m.notes)];
  out.native = results.filter((r) => r.histograms?.length).length;
  if (p.type === 'heatmap' && out.native) out.heat = heatOfNative(results, out.m.timesMs, m.stepMs, (v) => fmt(v, p.unit || unitOf(/[a-zA-Z_:][\w:]*(?=[{\[)])/.exec(exprs[0]!)?.[0] ?? '')));
  return { ...out, exprs, unit, partial: faults.length ? `${faults.length} of ${settled.length} queries failed: ${faults[0]!.message}` : '' };
}
const nothing = (m: Moment): PanelData => ({ m: toGrid([], m.fromMs, m.toMs, m.stepMs), formats: [], exprs: [], unit: 'count', heat: null, native: 0, table: null, fromMs: m.fromMs, toMs: m.toMs, partial: '' });

type Vector = { metric: Labels; value?: [number, string] }[];
/** Rows by labels; each query has its column of values. */
export function tableOf(answers: readonly { resultType: string; result: unknown }[], formats: readonly string[]): TableData {
  const rows = new Map<string, TableData['rows'][number]>(), names = new Set<string>(), many = answers.length > 1;
  const values = answers.map((_, i) => formats[i]?.replace(/\{\{.*?\}\}/g, '').trim() || (many ? `Value ${String.fromCharCode(65 + i)}` : 'Value'));
  answers.forEach((a, i) => {
    const vector: Vector = a.resultType === 'vector' ? (a.result as Vector) : a.resultType === 'scalar' ? [{ metric: {}, value: a.result as [number, string] }] : [];
    for (const s of vector) {
      const { __name__: name, ...rest } = s.metric, labels: Labels = many || name === undefined ? rest : s.metric, key = keyOf(labels);
      for (const n of Object.keys(labels)) names.add(n);
      if (!rows.has(key)) rows.set(key, { labels, values: values.map(() => null) });
      rows.get(key)!.values[i] = s.value ? parseValue(s.value[1]) : null;
    }
  });
  return { columns: [...names].sort((a, b) => Number(b === '__name__') - Number(a === '__name__') || (a < b ? -1 : 1)), values, rows: [...rows.values()] };
}
