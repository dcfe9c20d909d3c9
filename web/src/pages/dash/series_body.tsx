// Lines, areas, bars and stacks with their legend; and heatmaps.
import { useMemo, useRef, useState } from 'preact/hooks';
import { Chart, type Limit } from '../../draw/chart.tsx';
import { HeatMap } from '../../draw/heat.tsx';
import type { Panel } from '../../lib/dash/model.ts';
import { seriesNames } from '../../lib/dash/reduce.ts';
import { Colours } from '../../lib/color.ts';
import { fullName, keyOf, summarize } from '../../lib/series.ts';
import { plural, raw, show, fixed, type Unit, THIN } from '../../lib/units.ts';
import { Empty } from '../../parts/empty.tsx';
import { unitOf } from '../../state/catalog.ts';
import { now, setAbsolute, setRange, spec } from '../../state/time.ts';
import type { RangeSpec } from '../../lib/timespec.ts';
import type { PanelData } from './panel_data.ts';

const DRAWN_MOST = 20, LEGEND_ROWS = 40, LEGEND_LINE = 24, LEGEND_HEAD = 26;
const TOKENS = { ok: 'ok', warn: 'warn', alarm: 'alarm', info: 'info', none: 'text-3' } as const;
const zoomedFrom: RangeSpec[] = [];
const zoom = (a: number, b: number): void => { if (b - a < 2000) return; zoomedFrom.push(spec.value); setAbsolute(a, Math.min(b, now.value)); };
const back = (): void => { const s = zoomedFrom.pop(); if (s) setRange(s); };
const text = (v: number | null, unit: Unit, decimals: number | null): string => { const s = fixed(v, unit, decimals); return s.unit ? s.text + THIN + s.unit : s.text; };

export function SeriesBody({ p, data, width, height }: { p: Panel; data: PanelData; width: number; height: number }) {
  const palette = useRef(new Colours()), [chosen, setChosen] = useState('');
  const made = useMemo(() => {
    const order = data.m.series.map((s, i) => ({ i, sum: summarize(s.values) })).sort((a, b) => (b.sum.max ?? -Infinity) - (a.sum.max ?? -Infinity));
    const drawn = order.slice(0, DRAWN_MOST).map((o) => o.i).sort((a, b) => a - b), all = seriesNames(data.m.series, data.formats), keys = data.m.series.map((s, i) => keyOf(s.labels) + '\u0003' + i);
    const series = drawn.map((i) => data.m.series[i]!), names = drawn.map((i) => all[i]!), mine = drawn.map((i) => keys[i]!);
    return { sub: { ...data.m, series }, names, keys: mine, colours: palette.current.assign(mine), sums: series.map((s) => summarize(s.values)), hidden: order.length - drawn.length };
  }, [data]);
  const limits = useMemo((): Limit[] => p.thresholds.flatMap((t) => (t.value === null ? [] : [{ value: t.value, token: TOKENS[t.tone] }])), [p.thresholds]);
  const at = made.keys.indexOf(chosen), n = made.names.length, pick = (i: number): void => setChosen(i < 0 || i === at ? '' : made.keys[i]!);
  const table = p.legend === 'table', rows = p.legend === 'none' || (n === 1 && made.names[0] === 'value') ? 0 : Math.min(n, LEGEND_ROWS);
  const perLine = Math.max(1, Math.floor(width / 150)), wanted = rows === 0 ? 0 : table ? LEGEND_HEAD + rows * LEGEND_LINE : Math.ceil(rows / perLine) * 20 + 6;
  const legendH = Math.min(wanted, Math.max(table ? 74 : 26, height * (table ? 0.45 : 0.3))), chartH = Math.max(60, height - legendH - (made.hidden ? 18 : 0));
  return <>
    <Chart m={made.sub} names={made.names} colours={made.colours} unit={data.unit} fromMs={data.fromMs} toMs={data.toMs} height={chartH} stacked={p.stack} draw={p.draw} low={p.min} high={p.max} limits={limits}
      chosen={at} onChoose={pick} brush={null} onBrush={(b) => { if (b) zoom(b.fromMs, b.toMs); }} onZoom={zoom} onBack={back} title={p.title || 'Panel'} />
    {made.hidden > 0 && <p class="dp-more">{DRAWN_MOST} highest of {plural(data.m.series.length, 'series', 'series')}</p>}
    {rows > 0 && !table && <ul class="dp-legend" style={{ maxHeight: `${legendH}px` }}>{made.names.slice(0, rows).map((name, i) => <li key={made.keys[i]}><button type="button" aria-pressed={i === at} class={at >= 0 && i !== at ? 'off' : ''} title={fullName(made.sub.series[i]!.labels)} onClick={() => pick(i)}><span class={`sw s${made.colours[i] || 8}`} /><span class="cut">{name}</span></button></li>)}</ul>}
    {rows > 0 && table && <div class="dp-table" style={{ height: `${legendH}px` }}><table class="tbl dp-lt"><caption class="vh">Series of {p.title || 'the panel'}</caption><thead><tr><th scope="col">Series</th><th scope="col" class="num">Last</th><th scope="col" class="num">Max</th><th scope="col" class="num">Mean</th></tr></thead>
      <tbody>{made.names.slice(0, rows).map((name, i) => { const s = made.sums[i]!; return <tr key={made.keys[i]} aria-selected={i === at} onClick={() => pick(i)}><td class="name-c"><button type="button" class="row-b" aria-pressed={i === at} title={fullName(made.sub.series[i]!.labels)}><span class={`sw s${made.colours[i] || 8}`} /><span class="cut">{name}</span></button></td>{[s.last, s.max, s.mean].map((v, k) => <td class="num" key={k} title={v == null ? undefined : raw(v, data.unit)}>{text(v, data.unit, p.decimals)}</td>)}</tr>; })}</tbody></table></div>}
  </>;
}

export function HeatBody({ p, data, height }: { p: Panel; data: PanelData; height: number }) {
  if (!data.heat && !data.m.series.length) return <Empty icon="metrics" title="Nothing to colour here">A heatmap needs buckets (sum by (le) of a histogram), a native histogram, or several series.</Empty>;
  const metric = /[a-zA-Z_:][\w:]*(?=[{[)])/.exec(data.exprs[0] ?? '')?.[0] ?? '';
  return <HeatMap m={data.m} native={data.heat} unit={data.unit} bucketUnit={p.unit || unitOf(metric.replace(/_bucket$/, ''))} fromMs={data.fromMs} toMs={data.toMs} height={Math.max(80, height - 4)} title={p.title || 'Heatmap'} />;
}
export const valueText = (v: number | null, unit: Unit): string => show(v, unit).text;
