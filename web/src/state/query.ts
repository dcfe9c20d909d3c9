// The answer to a query over the time in the URL (or the end of it, `lastMs` long), asked again as the range moves.
import { useState } from 'preact/hooks';
import { queryRange, type Cost, type RangeResult } from '../api/prom.ts';
import { toGrid, type Matrix } from '../lib/series.ts';
import { queryStep } from '../lib/ticks.ts';
import { useAsk, type Loaded } from './live.ts';
import { range } from './time.ts';

export interface RangeAnswer { query: string; m: Matrix; cost: Cost; fromMs: number; toMs: number; native: number; histograms: RangeResult[] }
export interface RangeState { l: Loaded<RangeAnswer>; again: () => void; stop: () => void }

const LEAST_STEP_MS = 1000;

export function useRange(query: string, widthPx: number, lastMs = 0): RangeState {
  const [turn, setTurn] = useState(0), [stopped, setStopped] = useState(-1);
  const toMs = range.value.toMs, fromMs = lastMs ? toMs - lastMs : range.value.fromMs;
  // Widths are taken in steps of 120 px, so that dragging a window edge does not ask at every pixel.
  const width = Math.max(240, Math.floor(widthPx / 120) * 120), stepMs = queryStep(toMs - fromMs, width, LEAST_STEP_MS);
  const start = Math.floor(fromMs / stepMs) * stepMs, end = Math.floor(toMs / stepMs) * stepMs;
  const l = useAsk(query && stopped !== turn ? async (s): Promise<RangeAnswer> => {
    const r = await queryRange(query, start, end, stepMs, s);
    const histograms = r.data.result.filter((x) => x.histograms?.length);
    const grid = toGrid(r.data.result.filter((x) => x.values?.length || !x.histograms?.length).map((x) => ({ metric: x.metric, values: x.values ?? [] })), start, end, stepMs);
    return { query, m: { ...grid, notes: r.notes }, cost: r.cost, fromMs: start, toMs: end, native: histograms.length, histograms };
  } : null, [query, start, end, stepMs, turn, stopped]).value;
  return { l, again: () => setTurn((n) => n + 1), stop: () => setStopped(turn) };
}

/** `6 series, 11 ms, read 84 KiB`: what the server said the answer cost. */
export function costText(c: Cost, series: number, f: { bytes: (n: number) => string; ms: (n: number) => string; plural: (n: number) => string }): string {
  return [f.plural(c.series ?? series), c.ms === undefined ? '' : c.ms < 1 ? 'under 1\u2009ms' : f.ms(c.ms), c.bytes === undefined ? '' : `read ${f.bytes(c.bytes)}`].filter(Boolean).join(', ');
}
