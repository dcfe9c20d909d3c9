// One value for each series: stat, gauge, bars; and the table of an instant.
import { useMemo, useState } from 'preact/hooks';
import { BarRow, Gauge, toneClass } from '../../draw/gauge.tsx';
import { CALC_WORDS, reduce, seriesNames, toneOf, toneWord } from '../../lib/dash/reduce.ts';
import type { Panel } from '../../lib/dash/model.ts';
import { label } from '../../lib/series.ts';
import { bigParts, fixed, plural, raw, THIN, unitFromQuery } from '../../lib/units.ts';
import { Empty } from '../../parts/empty.tsx';
import { Spark } from '../../parts/spark.tsx';
import { unitOf } from '../../state/catalog.ts';
import type { PanelData } from './panel_data.ts';

const STATS_MOST = 24, BARS_MOST = 100, ROWS_MOST = 500, SPARK_LEAST_PX = 96;

export function ValueBody({ p, data, width, height }: { p: Panel; data: PanelData; width: number; height: number }) {
  const items = useMemo(() => {
    const names = seriesNames(data.m.series, data.formats);
    return data.m.series.map((s, i) => { const v = reduce(s.values, p.calc); return { name: names[i]!, values: s.values, v, tone: toneOf(v, p.thresholds), key: i }; });
  }, [data, p.calc, p.thresholds]);
  const most = p.type === 'bargauge' ? BARS_MOST : STATS_MOST, shown = items.slice(0, most), high = Math.max(0, ...items.map((i) => (i.v != null && Number.isFinite(i.v) ? i.v : 0)));
  const full = data.unit === 'ratio' ? 1 : data.unit === 'percent' ? 100 : Math.max(...p.thresholds.map((t) => t.value ?? 0), high) || 1, min = p.min ?? 0, max = p.max ?? Math.max(full, high);
  const more = items.length > shown.length ? <p class="dp-more">{most} of {plural(items.length, 'series', 'series')}</p> : null;
  if (p.type === 'bargauge') return <><ul class="bars">{[...shown].sort((a, b) => (b.v ?? -Infinity) - (a.v ?? -Infinity)).map((i) => <BarRow key={i.key} name={i.name} value={i.v} unit={data.unit} decimals={p.decimals} min={min} max={max} tone={i.tone} thresholds={p.thresholds} />)}</ul>{more}</>;
  const n = shown.length, cols = Math.max(1, Math.min(n, Math.round(Math.sqrt((n * width) / Math.max(1, height) / (p.type === 'gauge' ? 1.15 : 2))))), rows = Math.ceil(n / cols), cellH = height / rows, cellW = width / cols;
  return (
    <div class={'values' + (p.type === 'gauge' ? ' gauges' : '')} style={{ gridTemplateColumns: `repeat(${cols}, minmax(0, 1fr))` }}>
      {shown.map((i) => {
        if (p.type === 'gauge') return <Gauge key={i.key} name={n === 1 && i.name === 'value' ? '' : i.name} value={i.v} unit={data.unit} decimals={p.decimals} min={min} max={max} tone={i.tone} thresholds={p.thresholds} />;
        const [big, unit] = bigParts(fixed(i.v, data.unit, p.decimals)), px = Math.max(16, Math.min(40, cellH * 0.4, (cellW - 24) / Math.max(3, big.length * 0.62))), curve = p.spark && cellH >= SPARK_LEAST_PX, calm = i.tone === 'ok' ? '' : toneClass(i.tone);  // what is well needs no colour
        return (
          <div class={'stat' + (curve ? ' with-c' : '')} key={i.key}>
            {(n > 1 || (i.name !== 'value' && data.formats[0])) && <span class="label cut" title={i.name}>{i.name}</span>}
            <span class={'stat-v ' + calm} style={{ fontSize: `${px.toFixed(0)}px` }} title={i.v == null ? 'no value in this time' : `${raw(i.v, data.unit)} (${CALC_WORDS[p.calc]})`}>{big}{unit && <small>{unit}</small>}{toneWord(i.tone) && <span class="vh">, {toneWord(i.tone)}</span>}</span>
            {curve && <span class="stat-c"><Spark v={i.values} w={200} h={36} c={calm || 's1'} fluid /></span>}
          </div>
        );
      })}
      {more}
    </div>
  );
}

export function TableBody({ p, data }: { p: Panel; data: PanelData }) {
  const t = data.table!, [sort, setSort] = useState<{ col: number; up: boolean } | null>(null);
  const columns = [...t.columns.map((c) => ({ name: c, label: true as const, i: -1 })), ...t.values.map((v, i) => ({ name: v, label: false as const, i }))];
  const units = data.exprs.map((e) => p.unit || unitFromQuery(e, unitOf));
  const rows = useMemo(() => {
    const c = sort && columns[sort.col];
    if (!c) return [...t.rows].sort((a, b) => (b.values[0] ?? -Infinity) - (a.values[0] ?? -Infinity));
    const by = (a: typeof t.rows[number], b: typeof t.rows[number]): number => { if (!c.label) return (a.values[c.i] ?? -Infinity) - (b.values[c.i] ?? -Infinity); const x = label(a.labels, c.name), y = label(b.labels, c.name); return x < y ? -1 : x > y ? 1 : 0; };
    return [...t.rows].sort((a, b) => (sort.up ? by(a, b) : by(b, a)));
  }, [t, sort]);
  if (!rows.length) return <Empty icon="table" title="No rows">The query is understood; nothing matches it now.</Empty>;
  return (
    <div class="dp-table"><table class="tbl dp-t"><caption class="vh">{p.title || 'Table'}, {plural(rows.length, 'row')}</caption>
      <thead><tr>{columns.map((c, i) => { const on = sort?.col === i; return <th scope="col" key={i} class={c.label ? '' : 'num'} aria-sort={on ? (sort.up ? 'ascending' : 'descending') : 'none'}><button type="button" class="th-b" onClick={() => setSort(!on ? { col: i, up: c.label } : sort.up === c.label ? { col: i, up: !c.label } : null)}>{c.name === '__name__' ? 'name' : c.name}{on ? (sort.up ? ' ↑' : ' ↓') : ''}</button></th>; })}</tr></thead>
      <tbody>{rows.slice(0, ROWS_MOST).map((r, k) => <tr key={k}>{columns.map((c, i) => {
        if (c.label) return <td key={i} class="cut" title={label(r.labels, c.name)}>{label(r.labels, c.name)}</td>;
        const v = r.values[c.i] ?? null, tone = toneOf(v, p.thresholds), s = fixed(v, units[c.i] ?? data.unit, p.decimals);
        return <td key={i} class={'num ' + toneClass(tone)} title={v == null ? undefined : raw(v, units[c.i] ?? data.unit)}>{s.unit ? s.text + THIN + s.unit : s.text}{toneWord(tone) && <span class="vh"> {toneWord(tone)}</span>}</td>;
      })}</tr>)}</tbody></table>
      {rows.length > ROWS_MOST && <p class="dp-more">{ROWS_MOST} of {plural(rows.length, 'row')}</p>}</div>
  );
}
