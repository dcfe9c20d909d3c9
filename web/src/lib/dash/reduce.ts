// One value for a whole time, the tone it has, and what is written for a series. Pure.
import { fullName, label, shortName, tellingLabels, type Labels, type Series } from '../series.ts';
import type { Calc, Threshold, Tone } from './model.ts';

export function reduce(values: readonly (number | null)[], calc: Calc): number | null {
  let first: number | null = null, last: number | null = null, min = Infinity, max = -Infinity, sum = 0, n = 0;
  for (const v of values) if (v != null && !Number.isNaN(v)) { first ??= v; last = v; min = Math.min(min, v); max = Math.max(max, v); sum += v; n++; }
  if (!n) return null;
  switch (calc) { case 'first': return first; case 'mean': return sum / n; case 'min': return min; case 'max': return max; case 'sum': return sum; case 'delta': return last! - first!; default: return last; }
}
export const CALC_WORDS: Record<Calc, string> = { last: 'last', first: 'first', mean: 'mean', min: 'lowest', max: 'highest', sum: 'sum', delta: 'change' };

/** The tone of the highest threshold at or below the value. */
export function toneOf(v: number | null, thresholds: readonly Threshold[]): Tone {
  if (v == null || Number.isNaN(v)) return 'none';
  let tone: Tone = 'none', at = -Infinity;
  for (const t of thresholds) { const low = t.value ?? -Infinity; if (v >= low && low >= at) { tone = t.tone; at = low; } }
  return tone;
}
const TONE_WORDS: Record<Tone, string> = { ok: 'good', warn: 'warning', alarm: 'too far', info: 'noted', none: '' };
export const toneWord = (t: Tone): string => TONE_WORDS[t];

/** `{{instance}} of {{ job }}` written out; labels that are missing are empty. */
export const legendText = (format: string, labels: Labels): string => format.replace(/\{\{\s*([\w.:-]+)\s*\}\}/g, (_, n: string) => label(labels, n));
/** Names of series: by their query's format where it has one, else by the labels that differ. */
export function seriesNames(series: readonly Series[], formats: readonly string[]): string[] {
  const bare = series.filter((_, i) => !formats[i]), { differ } = tellingLabels(bare.map((s) => s.labels));
  return series.map((s, i) => {
    const f = formats[i];
    if (!f || f === '__auto') return Object.keys(s.labels).length ? shortName(s.labels, differ.length ? differ : Object.keys(s.labels)) || fullName(s.labels) : 'value';
    return legendText(f, s.labels) || '(empty)';
  });
}
