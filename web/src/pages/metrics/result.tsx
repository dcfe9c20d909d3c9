// The chart of the answer, its four views, and the legend table below it.
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Chart } from '../../draw/chart.tsx';
import { HeatMap } from '../../draw/heat.tsx';
import { fmt } from '../../lib/units.ts';
import { Colours } from '../../lib/color.ts';
import { heatOfNative } from '../../lib/heat.ts';
import { metricsOf } from '../../lib/parse/promql.ts';
import { fullName, keyOf, shortName, summarize, tellingLabels } from '../../lib/series.ts';
import { clock } from '../../lib/timespec.ts';
import { plural, unitFromQuery } from '../../lib/units.ts';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Seg } from '../../parts/seg.tsx';
import { useWidth } from '../../parts/strip.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { metricOf, unitOf } from '../../state/catalog.ts';
import { asTables } from '../../state/keyboard.ts';
import { now, range, setAbsolute, setRange, spec } from '../../state/time.ts';
import type { RangeSpec } from '../../lib/timespec.ts';
import { copy } from '../../state/toast.ts';
import { href, param, setParams } from '../../state/url.ts';
import { useBellOf } from './bell.ts';
import { Legend } from './legend.tsx';
import { Pin } from './pin.tsx';
import type { RangeState } from '../../state/query.ts';
import type { Reference } from './related.tsx';

const DRAWN_MOST = 20, HEIGHT = 270, HEIGHT_NARROW = 210;
type View = 'lines' | 'stacked' | 'heatmap' | 'table';
const zoomedFrom: RangeSpec[] = [];

export function Result({ query, result, onWidth, brush, onBrush, onReference }: { query: string; result: RangeState; onWidth: (w: number) => void; brush: { fromMs: number; toMs: number } | null; onBrush: (b: { fromMs: number; toMs: number } | null) => void; onReference: (r: Reference | null) => void }) {
  const [box, width] = useWidth<HTMLDivElement>(), palette = useRef(new Colours());
  useEffect(() => { if (width) onWidth(width); }, [width]);
  const l = result.l, answer = l.data, view = (['stacked', 'heatmap', 'table'].includes(param('view')) ? param('view') : 'lines') as View;
  const shown = asTables.value ? 'table' : view;
  const unit = unitFromQuery(answer?.query ?? query, unitOf);
  const prepared = useMemo(() => {
    if (!answer) return null;
    const order = answer.m.series.map((s, i) => ({ i, sum: summarize(s.values) })).sort((a, b) => (b.sum.max ?? -Infinity) - (a.sum.max ?? -Infinity));
    const drawn = order.slice(0, DRAWN_MOST).map((o) => o.i).sort((a, b) => a - b);
    const { differ, same } = tellingLabels(answer.m.series.map((s) => s.labels));
    const names = answer.m.series.map((s) => shortName(s.labels, differ));
    const keys = answer.m.series.map((s) => keyOf(s.labels));
    const colours = new Array<number>(answer.m.series.length).fill(0);
    // The highest choose their colours first; what is beyond eight is stone.
    const ranked = order.slice(0, DRAWN_MOST).map((o) => o.i);
    palette.current.assign(ranked.map((i) => keys[i]!)).forEach((c, j) => { colours[ranked[j]!] = c; });
    const sub = { ...answer.m, series: drawn.map((i) => answer.m.series[i]!) };
    return { drawn, differ, same, names, keys, colours, sub, hidden: order.length - drawn.length };
  }, [answer]);
  const sel = param('sel'), chosenAll = prepared && sel ? prepared.keys.findIndex((k) => shortKey(k) === sel) : -1;
  const choose = (i: number): void => setParams({ sel: i < 0 || !prepared ? undefined : shortKey(prepared.keys[i]!) }, true);
  useEffect(() => {
    if (!answer || !prepared || !answer.m.series.length) { onReference(null); return; }
    const i = chosenAll >= 0 ? chosenAll : prepared.drawn.reduce((a, b) => ((summarize(answer.m.series[b]!.values).max ?? -Infinity) > (summarize(answer.m.series[a]!.values).max ?? -Infinity) ? b : a), prepared.drawn[0]!);
    onReference({ name: prepared.names[i]!, query: answer.query, m: answer.m, values: answer.m.series[i]!.values, metrics: metricsOf(answer.query) });
  }, [answer, chosenAll]);

  const zoom = (a: number, b: number): void => { if (b - a < 2000) return; zoomedFrom.push(spec.value); setAbsolute(a, Math.min(b, now.value)); };
  const back = (): void => { const s = zoomedFrom.pop(); if (s) setRange(s); };
  const title = metricsOf(query)[0] ?? 'Result';
  const native = useMemo(() => (answer?.native ? heatOfNative(answer.histograms, answer.m.timesMs, answer.m.stepMs, (v) => fmt(v, unitOf(title))) : null), [answer]);
  const belled = param('bell') === '1', bell = useBellOf(query, belled, range.value.fromMs, range.value.toMs).data;
  const by = prepared?.differ.filter((d) => d !== '__name__') ?? [];
  const free = param('free') === '1', help = metricOf(title)?.help ?? '';

  return (
    <section class="panel rel" aria-labelledby="res">
      <header class="wrap-h">
        <h2 id="res" class="cut">{title}</h2>
        <span class="sub" title={help}>{answer && answer.m.series.length > 0 ? (by.length && answer.m.series.length > 1 ? 'by ' + by.slice(0, 4).join(', ') : prepared ? Object.entries(answer.m.series[0]!.labels).filter(([k]) => k !== '__name__').slice(0, 3).map(([k, v]) => `${k}=${v}`).join(' ') : '') : ''}{help && ` · ${help}`}</span>
        <span class="r">
          {brush && <><button type="button" class="ctl sm" onClick={() => { zoom(brush.fromMs, brush.toMs); onBrush(null); }}>Zoom to {clock(brush.fromMs, now.value)} – {clock(brush.toMs, now.value)}</button><button type="button" class="ctl sm ghost icon" aria-label="Forget the selection" onClick={() => onBrush(null)}><Ico n="x" s /></button></>}
          {!brush && (view === 'lines' || view === 'table') && <button type="button" class={'ctl sm ghost opt' + (free ? ' on' : '')} aria-pressed={free} title="Let the axis begin where the values do" onClick={() => setParams({ free: free ? undefined : '1' }, true)}>Free axis</button>}
          <Seg label="View" value={view} options={[['lines', 'Lines'], ['stacked', 'Stacked'], ['heatmap', 'Heatmap'], ['table', 'Table']] as const} onPick={(v) => { asTables.value = false; setParams({ view: v === 'lines' ? undefined : v }); }} />
          <button type="button" class={'ctl sm ghost icon opt' + (belled ? ' on' : '')} aria-pressed={belled} aria-label="Show its alarms: time in ALARM and limits" title={belled && bell ? `${plural(bell.definitions, 'definition looks', 'definitions look')} at this` : 'Time in ALARM shaded, limits drawn'} onClick={() => setParams({ bell: belled ? undefined : '1' }, true)}><Ico n="alert" s /></button>
          <a class="ctl sm opt" href={href('/alarms/new', { q: query, name: title === 'Result' ? undefined : title })} title="Make an alarm of this query"><Ico n="alarms" s />Alarm on this</a>
          <Pin query={query} view={view} title={title === 'Result' ? '' : title} />
          <button type="button" class="ctl sm ghost icon opt" aria-label="Copy the values as TSV" title="Copy the values as TSV" disabled={!answer} onClick={() => answer && copy(toTsv(answer.m), 'Values')}><Ico n="copy" s /></button>
        </span>
      </header>
      <div ref={box} class={'res-body' + (l.loading && answer && answer.query !== query ? ' stale' : '')}>
        {l.error && (answer && answer.query === query ? <p class="stale-note" role="alert">Not up to date: {l.error}</p> : null)}
        {l.error && !(answer && answer.query === query) ? <Fault l={l} what="this query" again={result.again} />
          : !query ? <Empty icon="metrics" title="No query yet">Choose a name on the left, or write one above.</Empty>
          : !answer ? (l.loading ? <Waiting rows={5} what="the answer" sinceMs={l.sinceMs} stop={result.stop} /> : <Empty icon="stop" title="Stopped" actions={<button type="button" class="ctl sm" onClick={result.again}>Run again</button>} />)
          : answer.m.series.length === 0 && !(shown === 'heatmap' && native) ? <NoSeries query={answer.query} native={answer.native} />
          : <>
            {answer.m.notes.map((n, i) => <p class="stale-note" key={i}>{n}</p>)}
            {answer.native > 0 && shown !== 'heatmap' && <p class="stale-note">{plural(answer.native, 'series is a native histogram', 'series are native histograms')}; take a quantile to draw them, or show them as a heatmap.</p>}
            {shown === 'heatmap' ? <HeatMap m={answer.m} native={native} unit={unit} bucketUnit={unitOf(title.replace(/_bucket$/, ''))} fromMs={answer.fromMs} toMs={answer.toMs} height={HEIGHT} title={title} />
              : shown === 'table' ? null
              : <Chart m={prepared!.sub} names={prepared!.drawn.map((i) => prepared!.names[i]!)} colours={prepared!.drawn.map((i) => prepared!.colours[i]!)} unit={unit} fromMs={answer.fromMs} toMs={answer.toMs} height={width < 500 ? HEIGHT_NARROW : HEIGHT} stacked={shown === 'stacked'} free={free} limits={belled ? bell?.limits : undefined} shades={belled ? bell?.shades : undefined}
                  chosen={prepared!.drawn.indexOf(chosenAll)} onChoose={(i) => choose(i < 0 ? -1 : prepared!.drawn[i]!)} brush={brush} onBrush={onBrush} onZoom={zoom} onBack={back} title={title} />}
            {prepared!.hidden > 0 && shown !== 'table' && shown !== 'heatmap' && <p class="note">{DRAWN_MOST} highest of {plural(answer.m.series.length, 'series', 'series')} are drawn; all are in the table.</p>}
            {answer.m.series.length > 0 && <Legend m={answer.m} names={prepared!.names} colours={prepared!.colours} differ={prepared!.differ} unit={unit} chosen={chosenAll} onChoose={choose} all={shown === 'table'} />}
          </>}
      </div>
    </section>
  );
}

function NoSeries({ query, native }: { query: string; native: number }) {
  const r = range.value;
  if (native) return <Empty icon="metrics" title={`${plural(native, 'series is', 'series are')} native histograms`} actions={<button type="button" class="ctl sm primary" onClick={() => setParams({ view: 'heatmap' })}>Show as a heatmap</button>}>Or take a quantile: histogram_quantile(0.95, …).</Empty>;
  return <Empty icon="clock" title={`No values between ${clock(r.fromMs, now.value)} and ${clock(r.toMs, now.value)}`} actions={<><button type="button" class="ctl sm primary" onClick={() => setRange({ from: 'now-1d', to: 'now' })}>Last 24 hours</button><button type="button" class="ctl sm" onClick={() => setRange({ from: 'now-7d', to: 'now' })}>Last 7 days</button></>}>
    The query is understood; nothing in this time matches it. {/\[\d+[sm]\]/.test(query) ? 'A rate needs two samples inside its window.' : ''}</Empty>;
}

export const shortKey = (key: string): string => { let h = 5381; for (let i = 0; i < key.length; i++) h = (Math.imul(h, 33) ^ key.charCodeAt(i)) >>> 0; return h.toString(36); };

function toTsv(m: { timesMs: number[]; series: { labels: Readonly<Record<string, string>>; values: (number | null)[] }[] }): string {
  const cell = (s: string): string => s.replace(/[\t\n\r]/g, ' ');
  const rows = [['time', ...m.series.map((s) => cell(fullName(s.labels)))].join('\t')];
  m.timesMs.forEach((t, i) => rows.push([new Date(t).toISOString(), ...m.series.map((s) => String(s.values[i] ?? ''))].join('\t')));
  return rows.join('\n');
}
