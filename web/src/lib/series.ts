// Series in the browser: names, summaries, stacking. Pure.
export type Labels = Readonly<Record<string, string>>;
/** The value of a label, '' when it has none. Labels may be called `__proto__` or `toString`: only own names count. */
export const label = (l: Labels, name: string): string => (Object.hasOwn(l, name) ? l[name]! : '');

export interface Series { labels: Labels; values: (number | null)[] }  // one value for each time of its Matrix
export interface Matrix { timesMs: number[]; stepMs: number; series: Series[]; notes: string[] }

export interface Summary { last: number | null; max: number | null; min: number | null; mean: number | null; count: number }
export function summarize(values: readonly (number | null)[]): Summary {
  let last: number | null = null, max = -Infinity, min = Infinity, sum = 0, count = 0;
  for (const v of values) if (v != null && !Number.isNaN(v)) { last = v; if (v > max) max = v; if (v < min) min = v; sum += v; count++; }
  return count ? { last, max, min, mean: sum / count, count } : { last: null, max: null, min: null, mean: null, count: 0 };
}

export const keyOf = (l: Labels): string => Object.keys(l).sort().map((k) => `${k}\u0001${label(l, k)}`).join('\u0002');
export function fullName(l: Labels): string {
  const { __name__: name = '', ...rest } = l;
  const inside = Object.keys(rest).sort().map((k) => `${k}="${label(rest, k)}"`).join(', ');
  return inside ? `${name}{${inside}}` : name || '{}';
}

/** Labels that differ between the series, most telling first; the rest is said once in the title. */
export function tellingLabels(all: readonly Labels[]): { differ: string[]; same: Labels } {
  const names = [...new Set(all.flatMap((l) => Object.keys(l)))];
  const same = Object.create(null) as Record<string, string>, differ: { n: string; values: number }[] = [];
  for (const n of names) {
    const values = new Set(all.map((l) => label(l, n)));
    if (values.size === 1 && all.length > 1) same[n] = label(all[0]!, n);
    else differ.push({ n, values: values.size });
  }
  differ.sort((a, b) => Number(b.n === '__name__') - Number(a.n === '__name__') || (a.n < b.n ? -1 : 1));
  return { differ: differ.map((d) => d.n), same: { ...same } };
}
export function shortName(l: Labels, differ: readonly string[]): string {
  const parts = differ.filter((n) => Object.hasOwn(l, n));
  if (!parts.length) return label(l, '__name__') || fullName(l);
  if (parts.length === 1) return label(l, parts[0]!) || '(empty)';
  return parts.map((n) => (n === '__name__' ? label(l, n) : `${n}=${label(l, n)}`)).join(' ');
}

/** A Prometheus matrix on its own grid: every series gets a value or null at each step, so gaps stay gaps. */
export function toGrid(result: readonly { metric: Labels; values: readonly (readonly [number, string])[] }[], startMs: number, endMs: number, stepMs: number): Matrix {
  const n = Math.max(0, Math.floor((endMs - startMs) / stepMs + 1e-6)) + 1;
  const timesMs = Array.from({ length: n }, (_, i) => startMs + i * stepMs);
  const series = result.map((r) => {
    const values: (number | null)[] = new Array<number | null>(n).fill(null);
    for (const [t, v] of r.values) { const i = Math.round((t * 1000 - startMs) / stepMs); if (i >= 0 && i < n) values[i] = parseValue(v); }
    return { labels: r.metric, values };
  });
  return { timesMs, stepMs, series, notes: [] };
}
export const parseValue = (s: string): number => (s === '+Inf' || s === 'Inf' ? Infinity : s === '-Inf' ? -Infinity : Number(s));

/** Running sums in one order; null counts as nothing but stays a gap at the top. */
export function stack(rows: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const sum: number[] = [];
  return rows.map((row) => row.map((v, i) => { sum[i] = (sum[i] ?? 0) + (v != null && Number.isFinite(v) ? Math.max(0, v) : 0); return v == null ? null : sum[i]!; }));
}

/** Pearson correlation of two rows over [from, to), 0 when either is constant or too short. */
export function likeness(a: readonly (number | null)[], b: readonly (number | null)[], from = 0, to = a.length): number {
  let n = 0, sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (let i = from; i < to; i++) {
    const x = a[i], y = b[i];
    if (x == null || y == null || !Number.isFinite(x) || !Number.isFinite(y)) continue;
    n++; sa += x; sb += y; saa += x * x; sbb += y * y; sab += x * y;
  }
  if (n < 8) return 0;
  const va = saa - (sa * sa) / n, vb = sbb - (sb * sb) / n;
  if (va <= Math.abs(saa) * 1e-12 || vb <= Math.abs(sbb) * 1e-12) return 0;
  return (sab - (sa * sb) / n) / Math.sqrt(va * vb);
}
