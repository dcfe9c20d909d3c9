// Which names, labels and pairs make the most series: where to look when there are too many.
import { useState } from 'preact/hooks';
import { getTsdb, type NamedCount } from '../../api/prom.ts';
import { fmt, plural, whole } from '../../lib/units.ts';
import { Empty, Panel } from '../../parts/empty.tsx';
import { Bar } from '../../parts/state.tsx';
import { useAsk } from '../../state/live.ts';

const LIMITS = [10, 50, 200] as const;

const List = ({ id, title, sub, rows, total, bytes, onPick }: { id: string; title: string; sub: string; rows: NamedCount[]; total?: number; bytes?: boolean; onPick?: (name: string) => void }) => {
  const top = Math.max(1, ...rows.map((r) => r.value));
  return (
    <section class="panel" aria-labelledby={id}><header><h2 id={id}>{title}</h2><span class="sub">{sub}</span></header>
      {!rows.length ? <Empty icon="table" title="Nothing counted yet" /> : (
        <table class="tbl card-t"><thead><tr><th scope="col">Name</th><th scope="col" class="num">{bytes ? 'Memory' : 'Count'}</th>{total ? <th scope="col" class="num">Share</th> : null}<th scope="col" class="spark-c"><span class="vh">Bar</span></th></tr></thead>
          <tbody>{rows.map((r) => <tr key={r.name}><td class="name-c">{onPick ? <button type="button" class="row-b" onClick={() => onPick(r.name)}><span class="mono cut" title={r.name}>{r.name}</span></button> : <span class="mono cut blk" title={r.name}>{r.name}</span>}</td><td class="num">{bytes ? fmt(r.value, 'bytes') : whole(r.value)}</td>{total ? <td class="num faint">{fmt(r.value / total, 'ratio')}</td> : null}<td><Bar ratio={r.value / top} tone="s1" /></td></tr>)}</tbody></table>
      )}
    </section>
  );
};

export function Cardinality({ onPick }: { onPick: (name: string) => void }) {
  const [limit, setLimit] = useState<number>(LIMITS[0]), l = useAsk((s) => getTsdb(limit, s), [limit]).value;
  return (
    <Panel l={l} what="the counts" rows={6}>{(d) => (
      <>
        <div class="head"><span class="h2">Cardinality</span><span class="sub">{plural(d.headStats.numSeries, 'series', 'series')}{d.headStats.numLabelPairs ? `, ${plural(d.headStats.numLabelPairs, 'label pair')}` : ''}</span><span class="grow" /><label class="small faint">Rows <select class="inp" value={String(limit)} onChange={(e) => setLimit(Number(e.currentTarget.value))}>{LIMITS.map((n) => <option key={n} value={String(n)}>{n}</option>)}</select></label></div>
        <div class="cols2">
          <List id="c1" title="Series by name" sub="click to open" rows={d.seriesCountByMetricName} total={d.headStats.numSeries} onPick={onPick} />
          <List id="c2" title="Values by label" sub="labels with many values make many series" rows={d.labelValueCountByLabelName} />
          <List id="c3" title="Series by pair" sub="label=value" rows={d.seriesCountByLabelValuePair} total={d.headStats.numSeries} />
          <List id="c4" title="Memory by label" sub="bytes of label text" rows={d.memoryInBytesByLabelName} bytes />
        </div>
      </>
    )}</Panel>
  );
}
