// The value of an alarm over the range, its limit, and when it was in ALARM.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { AlarmDetail } from '../../api/alarms.ts';
import { Chart } from '../../draw/chart.tsx';
import { Colours } from '../../lib/color.ts';
import { splitCondition } from '../../lib/parse/condition.ts';
import { metricsOf } from '../../lib/parse/promql.ts';
import type { Stretch } from '../../lib/samples.ts';
import { keyOf, shortName, tellingLabels } from '../../lib/series.ts';
import { unitFromQuery, unitFromWord, type Unit } from '../../lib/units.ts';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Strip, useWidth } from '../../parts/strip.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { unitOf } from '../../state/catalog.ts';
import { now, range, setAbsolute, setRange } from '../../state/time.ts';
import { useRange } from '../../state/query.ts';
import { href } from '../../state/url.ts';

const NEAR_MS = 3_600_000, HEIGHT = 172, DRAWN_MOST = 8;
export const chartUnit = (query: string, word?: string | null): Unit => unitFromWord(word ?? undefined) ?? unitFromQuery(splitCondition(query)?.query ?? query, unitOf);

export function ValueChart({ d, segs }: { d: AlarmDetail; segs: readonly Stretch[] }) {
  const q = d.chart?.query ?? '', r = range.value;
  return (
    <section class="panel" aria-labelledby="vl"><header><h2 id="vl">Value and limit</h2><span class="sub mono">{metricsOf(q)[0] ?? d.metrics[0]?.name ?? ''}</span><span class="r">{q && <a class="link small" href={href('/metrics', { q })}>Open in Metrics</a>}</span></header>
      {q ? <QueryChart query={q} limit={d.chart!.threshold} unit={chartUnit(q, d.alarm.unit)} segs={segs} title={`Value of ${d.alarm.name}`} /> : <Empty icon="metrics" title="This alarm has no value to draw">It came from outside, or is made of several conditions.</Empty>}
      <div class="dstrip"><Strip segs={segs} fromMs={r.fromMs} toMs={r.toMs} label={`States from ${new Date(r.fromMs).toLocaleString()}: ${segs.filter((s) => s.state === 'alarm').length} times in ALARM`} h={14} /></div>
    </section>
  );
}

/** A query as lines with a limit and shades; shared by the detail and the editor. */
export function QueryChart({ query, limit, unit, segs, title, height = HEIGHT }: { query: string; limit: number | null; unit: Unit; segs: readonly Stretch[]; title: string; height?: number }) {
  const [box, width] = useWidth<HTMLDivElement>(), [chosen, setChosen] = useState(-1), [near, setNear] = useState(''), close = near === query, { l, again } = useRange(query, width || 600, close ? NEAR_MS : 0), data = l.data, span = range.value.toMs - range.value.fromMs;
  // A server that has just begun has nothing at the steps of a day: the end of it is shown then, and said to be.
  useEffect(() => { if (data && data.query === query && !data.m.series.length && span > NEAR_MS && !close) setNear(query); }, [data]);
  const prepared = useMemo(() => {
    if (!data) return null;
    const series = data.m.series.slice(0, DRAWN_MOST), { differ } = tellingLabels(series.map((s) => s.labels));
    return { m: { ...data.m, series }, names: series.map((s) => shortName(s.labels, differ)), colours: new Colours().assign(series.map((s) => keyOf(s.labels))), hidden: data.m.series.length - series.length };
  }, [data]);
  const limits = useMemo(() => (limit == null ? [] : [{ value: limit, token: 'alarm', word: 'limit' }]), [limit]);
  const shades = useMemo(() => segs.filter((s) => s.state === 'alarm').map((s) => ({ fromMs: s.fromMs, toMs: s.toMs, token: 'alarm' })), [segs]);
  return (
    <div ref={box} class={'vchart' + (l.loading && data && data.query !== query ? ' stale' : '')}>
      {l.error && (!data || data.query !== query) ? <Fault l={l} what="the values" again={again} /> : !prepared || !data ? <Waiting rows={4} what="the values" sinceMs={l.sinceMs} />
        : !prepared.m.series.length && !close && span > NEAR_MS ? <Waiting rows={4} what="the values" sinceMs={l.sinceMs} /> : !prepared.m.series.length ? <Empty icon="clock" title="No values in this time" actions={<button type="button" class="ctl sm" onClick={() => setRange({ from: 'now-7d', to: 'now' })}>Last 7 days</button>} />
        : <><Chart m={prepared.m} names={prepared.names} colours={prepared.colours} unit={unit} fromMs={data.fromMs} toMs={data.toMs} height={height} draw={prepared.m.series.length === 1 ? 'area' : 'lines'} limits={limits} shades={shades} chosen={chosen} onChoose={setChosen} brush={null} onBrush={(b) => { if (b && b.toMs - b.fromMs > 2000) setAbsolute(b.fromMs, Math.min(b.toMs, now.value)); }} onZoom={(a, b) => { if (b - a > 2000) setAbsolute(a, Math.min(b, now.value)); }} onBack={() => setRange({ from: 'now-1d', to: 'now' })} title={title} />
          {close && <p class="note">The last hour; nothing older is stored.</p>}
          {prepared.hidden > 0 && <p class="note">{DRAWN_MOST} of {data.m.series.length} series are drawn.</p>}</>}
    </div>
  );
}
