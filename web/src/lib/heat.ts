// Matrices for heatmaps. Pure.
import { parseValue, type Matrix } from './series.ts';
import { yScale } from './ticks.ts';
import type { Unit } from './units.ts';

export interface Heat { rows: { from: number; to: number; label: string }[]; cells: (number | null)[][]; max: number; what: 'observations' | 'series' }

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
