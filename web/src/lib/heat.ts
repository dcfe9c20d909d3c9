// Matrices for heatmaps. Pure.
import { parseValue, type Matrix } from './series.ts';
import { yScale } from './ticks.ts';
import type { Unit } from './units.ts';

export interface Heat { rows: { from: number; to: number; label: string }[]; cells: (number | null)[][]; max: number; what: 'observations' | 'series' }

/** A native histogram as the API gives it: `[time, {count, sum, buckets: [[how the bounds belong, lower, upper, count]]}]`. */
export type NativeSample = readonly [number, { buckets?: readonly (readonly [number, string, string, string])[] }];
const NATIVE_ROWS_MOST = 64;

/** Native histograms of one or more series, added up: a row between each two bounds that occur, thinned when there are many. */
export function heatOfNative(result: readonly { histograms?: readonly unknown[] }[], timesMs: readonly number[], stepMs: number, label: (v: number) => string): Heat | null {
  const samples = result.flatMap((r) => (r.histograms ?? []) as NativeSample[]).map(([t, h]) => ({ i: Math.round((t * 1000 - (timesMs[0] ?? 0)) / stepMs), buckets: (h.buckets ?? []).map((b) => ({ low: parseValue(b[1]), high: parseValue(b[2]), n: Number(b[3]) })) })).filter((s) => s.i >= 0 && s.i < timesMs.length);
  const all = [...new Set(samples.flatMap((s) => s.buckets.flatMap((b) => [b.low, b.high])))].filter((v) => !Number.isNaN(v)).sort((a, b) => a - b);
  if (all.length < 2) return null;
  const every = Math.ceil((all.length - 1) / NATIVE_ROWS_MOST), bounds = all.filter((_, i) => i % every === 0 || i === all.length - 1);
  const rows = bounds.slice(1).map((to, i) => ({ from: bounds[i]!, to, label: to === Infinity ? `over ${label(bounds[i]!)}` : label(to) }));
  const cells = rows.map(() => new Array<number | null>(timesMs.length).fill(null)), rowOf = (v: number): number => { let lo = 0, hi = bounds.length - 1; while (hi - lo > 1) { const mid = (lo + hi) >> 1; if (bounds[mid]! <= v) lo = mid; else hi = mid; } return lo; };
  let max = 0;
  for (const s of samples) {
    for (const row of cells) row[s.i] ??= 0;
    for (const b of s.buckets) {
      // A bucket wider than a row (a coarser schema) spreads evenly over the rows it covers.
      const from = rowOf(b.low), to = Math.max(from, bounds[rowOf(b.high)]! < b.high ? rowOf(b.high) : rowOf(b.high) - 1), share = b.n / (to - from + 1);
      for (let r = from; r <= to && r < rows.length; r++) { cells[r]![s.i]! += share; max = Math.max(max, cells[r]![s.i]!); }
    }
  }
  return { rows, cells, max, what: 'observations' };
}

/** Cumulative `le` buckets become counts per bucket; anything else becomes how many series lie in each band of values. */
export function heatOf(m: Matrix, unit: Unit, label: (v: number) => string): Heat | null {
  const les = m.series.map((s) => ({ s, le: s.labels.le === undefined ? NaN : parseValue(s.labels.le) }));
  if (m.series.length > 1 && les.every((x) => !Number.isNaN(x.le)) && new Set(les.map((x) => x.le)).size === les.length) {
    les.sort((a, b) => a.le - b.le);
    const rows = les.map((x, i) => ({ from: i ? les[i - 1]!.le : 0, to: x.le, label: x.le === Infinity ? `over ${label(les[i - 1]?.le ?? 0)}` : label(x.le) }));
    let max = 0;
    const cells = les.map((x, i) => x.s.values.map((v, t) => {
      const low = i ? les[i - 1]!.s.values[t] : 0;
      if (v == null || low == null) return null;
      const n = Math.max(0, v - low);
      if (n > max) max = n;
      return n;
    }));
    return { rows, cells, max, what: 'observations' };
  }
  let min = Infinity, high = -Infinity;
  for (const s of m.series) for (const v of s.values) if (v != null && Number.isFinite(v)) { min = Math.min(min, v); high = Math.max(high, v); }
  if (min > high) return null;
  const y = yScale(min, high, unit, false, 12), n = Math.max(1, y.ticks.length - 1), step = (y.max - y.min) / n || 1;
  const rows = Array.from({ length: n }, (_, i) => ({ from: y.min + i * step, to: y.min + (i + 1) * step, label: label(y.min + (i + 1) * step) }));
  const cells = rows.map(() => new Array<number | null>(m.timesMs.length).fill(0));
  let max = 0;
  m.timesMs.forEach((_, t) => { for (const s of m.series) { const v = s.values[t]; if (v == null || !Number.isFinite(v)) continue; const c = (cells[Math.min(n - 1, Math.max(0, Math.floor((v - y.min) / step)))]![t]! += 1); if (c > max) max = c; } });
  return { rows, cells, max, what: 'series' };
}
