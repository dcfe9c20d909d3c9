// The legend: one row a series, sortable; the chosen one is brought out on the chart.
import { useMemo, useRef, useState } from 'preact/hooks';
import { fullName, label, summarize, type Matrix } from '../../lib/series.ts';
import { fmt, plural, raw, type Unit } from '../../lib/units.ts';
import { Spark } from '../../parts/spark.tsx';
import { useKeys } from '../../state/keyboard.ts';
import { narrow } from '../../state/theme.ts';
import { param, setParams } from '../../state/url.ts';

type Column = 'name' | 'last' | 'max' | 'min' | 'mean';
const ROWS_FIRST = 12, ROWS_MORE = 200;

export function Legend({ m, names, colours, differ, unit, chosen, onChoose, all }: { m: Matrix; names: readonly string[]; colours: readonly number[]; differ: readonly string[]; unit: Unit; chosen: number; onChoose: (i: number) => void; all: boolean }) {
  const [most, setMost] = useState(ROWS_FIRST), table = useRef<HTMLTableElement>(null);
  const sort = /^(-?)(name|last|max|min|mean)$/.exec(param('sort')), column = (sort?.[2] as Column | undefined) ?? (param('sort') === 'none' ? null : 'max'), up = sort ? !sort[1] : false;
  const rows = useMemo(() => {
    const list = m.series.map((s, i) => ({ i, s, name: names[i]!, sum: summarize(s.values) }));
    if (column) list.sort((a, b) => { const d = column === 'name' ? (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) : (a.sum[column] ?? -Infinity) - (b.sum[column] ?? -Infinity); return (up ? d : -d) || a.i - b.i; });
    return list;
  }, [m, column, up]);
  const by = (c: Column) => (): void => setParams({ sort: column !== c ? (c === 'name' ? c : c === 'max' ? undefined : '-' + c) : up === (c === 'name') ? (c === 'name' ? '-name' : c) : 'none' }, true);
  const head = (c: Column, text: string) => <th scope="col" class={c === 'name' ? '' : 'num'} aria-sort={column === c ? (up ? 'ascending' : 'descending') : 'none'}><button type="button" class="th-b" onClick={by(c)}>{text}{column === c ? (up ? ' ↑' : ' ↓') : ''}</button></th>;
  const shown = rows.slice(0, all ? Math.max(most, ROWS_MORE) : most);
  const at = shown.findIndex((r) => r.i === chosen);
  const step = (d: number) => (e: KeyboardEvent): void | false => { if (e.key.startsWith('Arrow')) return false; const next = shown[Math.max(0, Math.min(shown.length - 1, at < 0 ? (d > 0 ? 0 : shown.length - 1) : at + d))]; if (next) { onChoose(next.i); table.current?.querySelector(`[data-row="${next.i}"]`)?.scrollIntoView({ block: 'nearest' }); } };
  useKeys({ down: step(1), up: step(-1) });
  // With few differing labels each has its column and the first one names the row; all labels are in the row's title.
  const columns = !all && !narrow.value && differ.length > 1 && differ.length <= 3 && differ[0] !== '__name__';
  const extra = columns ? differ.slice(1) : differ.length > 1 ? differ.filter((d) => d !== '__name__').slice(0, 2) : [];
  const rowName = (s: Matrix['series'][number], name: string): string => (all ? fullName(s.labels) : columns ? label(s.labels, differ[0]!) || '(empty)' : name);
  return (
    <div class="legend-box">
      <table class="tbl legend-t" ref={table}>
        <caption class="vh">{plural(m.series.length, 'series', 'series')} of the chart</caption>
        <thead><tr>{head('name', columns ? differ[0]! : 'Series')}{extra.map((d) => <th scope="col" key={d} class="only-l">{d}</th>)}{head('last', 'Last')}{head('max', 'Max')}{all && head('min', 'Min')}{head('mean', 'Mean')}<th scope="col" class="spark-c only-l"><span class="vh">Course</span></th></tr></thead>
        <tbody>{shown.map(({ i, s, name, sum }) => (
          <tr key={i} data-row={i} aria-selected={i === chosen} onClick={() => { if (!getSelection()?.toString()) onChoose(i === chosen ? -1 : i); }}>
            <td class="name-c" title={fullName(s.labels)}><button type="button" class="row-b" aria-pressed={i === chosen}><span class={`sw s${colours[i] || 8}${colours[i] ? '' : ' rest'}`} /><span class="name cut">{rowName(s, name)}</span></button></td>
            {extra.map((d) => <td class="dim only-l cut" key={d}>{label(s.labels, d)}</td>)}
            {([sum.last, sum.max, ...(all ? [sum.min] : []), sum.mean]).map((v, k) => <td class="num" key={k} title={v == null ? undefined : raw(v, unit)}>{fmt(v, unit)}</td>)}
            <td class="only-l"><Spark v={s.values} w={110} h={18} c={`s${colours[i] || 8}`} /></td>
          </tr>
        ))}</tbody>
      </table>
      {rows.length > shown.length && <div class="more-row"><button type="button" class="ctl sm ghost" onClick={() => setMost(most + ROWS_MORE)}>Show {Math.min(ROWS_MORE, rows.length - shown.length)} more of {rows.length}</button></div>}
    </div>
  );
}
