// What moves with the brushed part of a series: a bounded set of metrics, compared here in the browser.
import { useEffect, useState } from 'preact/hooks';
import { queryRange } from '../../api/prom.ts';
import { candidates } from '../../lib/candidates.ts';
import { selector } from '../../lib/parse/promql.ts';
import { likeness, toGrid, type Matrix } from '../../lib/series.ts';
import { clock } from '../../lib/timespec.ts';
import { hash32 } from '../../lib/color.ts';
import { plural, whole } from '../../lib/units.ts';
import { Empty } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Bar } from '../../parts/state.tsx';
import { Spark } from '../../parts/spark.tsx';
import { metrics } from '../../state/catalog.ts';
import { narrow } from '../../state/theme.ts';
import { now } from '../../state/time.ts';

export interface Reference { name: string; query: string; m: Matrix; values: readonly (number | null)[]; metrics: readonly string[] }
interface Hit { name: string; what: string; r: number; values: (number | null)[] }
interface Progress { done: number; of: number; hits: Hit[]; failed: number; ms: number; over: boolean }

// Forty sums over at most 500 series each: about as much work as one dashboard.
const METRICS_MOST = 40, SERIES_MOST = 500, AT_ONCE = 4, POINTS = 60, SHOWN = 8, WORTH = 0.5;

/** The reference on the grid of the comparison: nearest sample of each time. */
function resample(ref: Reference, times: readonly number[]): (number | null)[] {
  return times.map((t) => { const i = Math.round((t - (ref.m.timesMs[0] ?? 0)) / ref.m.stepMs); return ref.values[i] ?? null; });
}

async function compare(ref: Reference, fromMs: number, toMs: number, signal: AbortSignal, tell: (p: Progress) => void): Promise<void> {
  const began = performance.now(), span = toMs - fromMs;
  // As much before and after as is chosen, so that a change inside the part shows against what was around it.
  const stepMs = Math.max(ref.m.stepMs, Math.ceil((span * 2) / POINTS / 1000) * 1000), start = Math.floor((fromMs - span / 2) / stepMs) * stepMs, end = Math.ceil((toMs + span / 2) / stepMs) * stepMs;
  const list = candidates(metrics.peek()?.metrics ?? [], ref.metrics, METRICS_MOST, SERIES_MOST), todo = [...list], hits: Hit[] = [];
  let done = 0, failed = 0;
  const window = `${Math.max(60, Math.ceil((stepMs * 2) / 1000))}s`;
  const report = (over: boolean): void => tell({ done, of: list.length, hits: [...hits].sort((a, b) => Math.abs(b.r) - Math.abs(a.r)).slice(0, SHOWN), failed, ms: performance.now() - began, over });
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let m = todo.shift(); m; m = todo.shift()) {
      const counter = m.type === 'counter' || /_total$/.test(m.name), histogram = m.type === 'histogram' || m.type === 'summary';
      const q = histogram ? `sum(rate(${selector(m.name + '_sum')}[${window}])) / sum(rate(${selector(m.name + '_count')}[${window}]))` : counter ? `sum(rate(${selector(m.name)}[${window}]))` : `avg(${selector(m.name)})`;
      try {
        const r = await queryRange(q, start, end, stepMs, signal), grid = toGrid(r.data.result.slice(0, 1).map((x) => ({ metric: {}, values: x.values ?? [] })), start, end, stepMs), values = grid.series[0]?.values;
        if (values) { const k = likeness(resample(ref, grid.timesMs), values); if (Math.abs(k) >= WORTH) hits.push({ name: m.name, what: histogram ? 'mean' : counter ? 'per second, sum' : 'mean of all series', r: k, values }); }
      } catch (e) { if (signal.aborted) throw e; failed++; }
      done++;
      report(false);
    }
  }));
  report(true);
}

export function Related({ query, brush, reference, onClear, onPick }: { query: string; brush: { fromMs: number; toMs: number } | null; reference: Reference | null; onClear: () => void; onPick: (name: string) => void }) {
  const [p, setP] = useState<Progress | null>(null), [stop, setStop] = useState<AbortController | null>(null);
  useEffect(() => {
    setP(null);
    if (!brush || !reference) return;
    const a = new AbortController();
    setStop(a);
    compare(reference, brush.fromMs, brush.toMs, a.signal, (x) => { if (!a.signal.aborted) setP(x); }).catch(() => undefined);
    return () => a.abort();
  }, [brush?.fromMs, brush?.toMs, reference?.name, query]);
  if (narrow.value) return null;
  const stopped = stop?.signal.aborted ?? false;
  return (
    <aside class="side right" aria-label="Moves with the selection">
      <div class="sec-h">Moves with the selection{brush && <><span class="grow" /><button type="button" class="ctl sm ghost icon" aria-label="Forget the selection" onClick={onClear}><Ico n="x" s /></button></>}</div>
      {!brush ? <Empty icon="metrics" title="Nothing is selected">Drag across a part of the chart (or Shift and the arrows). Metrics that rise and fall with it are listed here.</Empty>
        : !reference ? <Empty icon="metrics" title="Nothing to compare with">The chart has no series here.</Empty> : <>
          <p class="note">{clock(brush.fromMs, now.value)} – {clock(brush.toMs, now.value)}, with {reference.name}{p ? `, among ${p.done} of ${plural(metrics.value?.metrics.length ?? p.of, 'metric')}${p.over ? `, ${whole(p.ms)} ms` : ''}` : ''}</p>
          {p && !p.over && !stopped && <div class="rel-run"><Bar ratio={p.done / Math.max(1, p.of)} tone="c-bronze" label={`${p.done} of ${p.of} read`} /><button type="button" class="ctl sm" onClick={() => stop?.abort()}>Stop</button></div>}
          {p?.over && p.of === 0 && <Empty icon="metrics" title="No other metrics to compare" />}
          {p?.over && p.of > 0 && p.hits.length === 0 && <Empty icon="check" title="Nothing moves along">None of {plural(p.of, 'metric')} has a likeness of {WORTH} or more.</Empty>}
          {p?.hits.map((h, i) => (
            <button type="button" class="rel-item" key={h.name} onClick={() => onPick(h.name)}>
              <span class="mono cut" title={h.name}>{h.name}</span><b>{h.r < 0 ? '−' : ''}{Math.abs(h.r).toFixed(2)}</b><span class="faint cut">{h.what}</span><span class="faint">{i ? (h.r < 0 ? 'opposite' : '') : 'likeness'}</span>
              <Spark v={h.values} w={256} h={28} c={`s${(hash32(h.name) % 8) + 1}`} fluid />
            </button>
          ))}
          {p && p.failed > 0 && <p class="note">{plural(p.failed, 'query', 'queries')} failed and {p.failed === 1 ? 'is' : 'are'} left out.</p>}
        </>}
    </aside>
  );
}
