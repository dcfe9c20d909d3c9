// What a monitor would expect: one series with its band, and where it leaves it shaded.
import { useMemo, useState } from 'preact/hooks';
import { previewMonitor, type BandSeries, type Monitor } from '../../api/definitions.ts';
import { Chart } from '../../draw/chart.tsx';
import { forText } from '../../lib/alarm_words.ts';
import type { Matrix } from '../../lib/series.ts';
import { plural } from '../../lib/units.ts';
import { Choose } from '../../parts/choose.tsx';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAsk } from '../../state/live.ts';
import { chartUnit } from './value_chart.tsx';

const HEIGHT = 180, NAMES = ['value', 'expected', 'lower', 'upper'], COLOURS = [1, 2, 0, 0];

export function Bands({ monitor }: { monitor: Monitor }) {
  const l = useAsk((s) => previewMonitor(monitor, s), [JSON.stringify(monitor)]).value, d = l.data, [at, setAt] = useState(0), s = d?.series[Math.min(at, d.series.length - 1)];
  if (l.error) return <Fault l={l} what="the preview" />;
  if (!d) return <Waiting rows={3} what="a day as the monitor sees it" sinceMs={l.sinceMs} />;
  if (!s) return <Empty icon="clock" title="The query gives no series in the last day" />;
  return <>
    <div class="prow small"><b>{plural(s.anomalies, 'anomaly', 'anomalies')}</b><span class="dim">in the last day, found by {s.detector.replace(/_/g, ' ')}{s.cycle > 1 ? `, a season of ${s.cycle} values` : ''}</span><span class="grow" />{d.series.length > 1 && <Choose label="Series" value={String(at)} options={d.series.map((x, i) => [String(i), forText(x.labels) || `series ${i + 1}`] as const)} onPick={(v) => setAt(Number(v))} />}{d.series_count > d.series.length && <span class="faint">{d.series.length} of {d.series_count} series</span>}</div>
    <BandChart s={s} stepMs={d.step_ms} query={monitor.query} />
  </>;
}

function BandChart({ s, stepMs, query }: { s: BandSeries; stepMs: number; query: string }) {
  const [chosen, setChosen] = useState(-1);
  const m = useMemo((): Matrix => ({ timesMs: s.times_ms, stepMs, notes: [], series: [s.values, s.expected, s.lower, s.upper].map((values, i) => ({ labels: { band: NAMES[i]! }, values })) }), [s]);
  const shades = useMemo(() => s.levels.flatMap((x, i) => (!/weak|strong/i.test(x) ? [] : [{ fromMs: s.times_ms[i]! - stepMs / 2, toMs: s.times_ms[i]! + stepMs / 2, token: 'alarm' }])), [s]);
  return <Chart m={m} names={NAMES} colours={COLOURS} unit={chartUnit(query)} fromMs={s.times_ms[0] ?? 0} toMs={s.times_ms.at(-1) ?? 1} height={HEIGHT} shades={shades} chosen={chosen} onChoose={setChosen} brush={null} onBrush={() => undefined} onZoom={() => undefined} onBack={() => undefined} title="Value and what was expected" />;
}
