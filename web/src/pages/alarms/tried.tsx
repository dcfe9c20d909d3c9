// When it would have rung: the definition tried on stored data, and with the limits beside it.
import { useState } from 'preact/hooks';
import type { AlarmDetail } from '../../api/alarms.ts';
import { backtest, type Definition, type Draft, type Run } from '../../api/definitions.ts';
import { neighbours, segsOf } from '../../lib/alarm_words.ts';
import { lasted } from '../../lib/timespec.ts';
import { plural } from '../../lib/units.ts';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Strip } from '../../parts/strip.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAsk } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';
import { limitText } from './rings_when.tsx';
import { metricsOf } from '../../lib/parse/promql.ts';

const WEEK_MS = 7 * 86_400_000, ROUND_MS = 300_000;
export const runText = (r: Run): string => (r.times === 0 ? 'it would not have rung' : `${plural(r.times, 'time')}, ${lasted(r.total_ms)} in all`);

export function Tried({ definition: d, chart }: { definition: Definition; chart: AlarmDetail['chart'] }) {
  const threshold = chart?.threshold ?? d.parts?.[0]?.threshold ?? null, metric = d.parts?.[0]?.metric || metricsOf(d.expression)[0] || '';
  return <TriedPanel d={d} threshold={threshold} metric={metric} />;
}

/** `onPick` offers the neighbouring limits for keeping; without it they are only looked at. */
export function TriedPanel({ d, threshold, metric, onPick, ready = true }: { d: Draft | Definition; threshold: number | null; metric: string; onPick?: (t: number) => void; ready?: boolean }) {
  const also = threshold == null ? [] : neighbours(threshold), [shown, setShown] = useState<number | null>(null), [turn, setTurn] = useState(0);
  const l = useAsk(ready && d.expression.trim() ? (s) => { const toMs = Math.floor(serverNow() / ROUND_MS) * ROUND_MS; return backtest(d, toMs - WEEK_MS, toMs, also, s); } : null, [ready, d.language, d.expression, d.match_by.join(), d.for_ms, d.keep_firing_for_ms, d.no_data, turn]).value;
  const b = l.data, main = b?.runs[0], run = (shown != null && b?.runs.find((r) => r.threshold === shown)) || main;
  return (
    <section class="panel" aria-labelledby="tr"><header class="wrap-h"><h2 id="tr">Tried on the last 7 days</h2><span class="sub" role="status">{run ? `${run === main ? '' : `with ${limitText(metric, run.threshold!)}: `}${runText(run)}${b!.series ? `, ${plural(b!.series, 'series', 'series')}` : ''}${b!.complete ? '' : `; ${b!.why || 'not all could be read'}`}` : ''}</span>
      <span class="r">{run && run !== main && <button type="button" class="ctl sm ghost" onClick={() => setShown(null)}>As it is</button>}{b?.runs.slice(1).map((r) => r.threshold != null && <button type="button" key={r.threshold} class={'ctl sm' + (shown === r.threshold ? ' on' : '')} aria-pressed={shown === r.threshold} title={runText(r)} onClick={() => setShown(shown === r.threshold ? null : r.threshold)}>Try {limitText(metric, r.threshold)}</button>)}
        {onPick && run && run !== main && <button type="button" class="ctl sm primary" onClick={() => { onPick(run.threshold!); setShown(null); }}>Keep {limitText(metric, run.threshold!)}</button>}</span></header>
      <div class={'pbox' + (l.loading && b ? ' stale' : '')}>
        {l.error ? <Fault l={l} what="the trial" again={() => setTurn(turn + 1)} /> : !b || !run ? (l.loading ? <Waiting rows={1} what="stored data of 7 days" sinceMs={l.sinceMs} /> : <Empty icon="clock" title="Nothing to try yet">The condition is tried as soon as it is complete.</Empty>)
          : b.series === 0 ? <Empty icon="clock" title="Nothing stored matches it">In the last 7 days no series had this name and these labels.</Empty>
          : <Strip segs={segsOf(run.segments)} fromMs={b.from_ms} toMs={b.to_ms} label={`The last 7 days: ${runText(run)}`} h={18} />}
      </div>
    </section>
  );
}
