// Cardinality: who has how many series and who makes new ones, from counters, also while a limit refuses them.
import { getCardinality, type Cardinality, type LabelGrowth, type MetricGrowth, type SeriesExample } from '../../api/cardinality.ts';
import { ago, fullTime } from '../../lib/timespec.ts';
import { fmt, plural, whole } from '../../lib/units.ts';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Seg } from '../../parts/seg.tsx';
import { Spark } from '../../parts/spark.tsx';
import { Bar, Chip, StateBadge } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { usePoll } from '../../state/live.ts';
import { refreshMs } from '../../state/time.ts';
import { copy } from '../../state/toast.ts';
import { href, param, setParams } from '../../state/url.ts';
import { culprit, dropLabel, dropMetric, perMinute, sum } from './culprit.ts';

const ROWS = 25;
const selector = (name: string): string => `{${JSON.stringify(name)}}`;
const countOf = (name: string): string => `count(${selector(name)})`;

export default function CardinalityPage() {
  const l = usePoll((s) => getCardinality(ROWS, s), Math.max(1000, refreshMs.value)).value, d = l.data;
  if (!d) return <div class="page"><div class="head"><h1>Cardinality</h1></div><section class="panel">{l.error ? <Fault l={l} what="the counts" /> : <Waiting rows={8} what="the counts" sinceMs={l.sinceMs} />}</section></div>;
  const c = culprit(d), by = param('by') === 'size' ? 'size' : 'growth';
  return (
    <div class="page">
      <div class="head"><h1>Cardinality</h1><StateBadge s={c.state} word={c.state === 'ok' ? 'OK' : c.state === 'alarm' ? 'REFUSING' : 'GROWING'} /><span class="sub" role="status">{c.sentence}{l.error ? ` Not up to date: ${l.error}` : ''}</span><span class="grow" />
        <Seg label="Order" value={by} options={[['growth', 'What grows'], ['size', 'What is large']]} onPick={(v) => setParams({ by: v === 'growth' ? undefined : v })} /></div>
      <Tiles d={d} />
      {(c.metric || c.label) && <Blame d={d} metric={c.metric} label={c.label} />}
      <div class="cols2">
        <div class="stack"><Metrics rows={by === 'growth' ? d.growing : d.metrics} total={d.series} by={by} />{by === 'size' && <Pairs d={d} />}<Examples id="ex" title="Newest series" sub="a few of those that came" rows={d.created_examples} now={d.now_ms} none="No series came since the start." /></div>
        <div class="stack"><Labels rows={by === 'growth' ? d.growing_labels : d.labels} by={by} /><Limits d={d} /><Receivers d={d} />{d.refused_total > 0 && <Examples id="rx" title="Refused" sub="a few of those that did not come in" rows={d.refused_examples} now={d.now_ms} none="" />}</div>
      </div>
      {!d.complete && <p class="faint small" role="note">There are more label names or values than are counted one by one (metric.cardinality_pairs_max): counts by label are too low. Counts by metric are exact.</p>}
    </div>
  );
}

const Tile = ({ label, big, unit, why, history, tone = 's1' }: { label: string; big: string; unit?: string; why: string; history?: number[]; tone?: string }) => (
  <div class="panel tile"><span class="label">{label}</span><span class="big">{big}{unit && <small> {unit}</small>}</span><span class="foot2">{why}</span>{history?.some((v) => v) && <Spark v={history} w={84} h={26} c={tone} />}</div>
);
const Tiles = ({ d }: { d: Cardinality }) => {
  const limit = d.limits.find((x) => x.key === 'metric.max_series');
  return (
    <div class="tiles t4">
      <Tile label="Series" big={fmt(d.series, 'count')} why={limit?.value ? `${fmt(limit.used / limit.value, 'ratio')} of what is allowed` : 'written today or yesterday'} />
      <Tile label="New" big={fmt(perMinute(d.created), 'count')} unit="a minute" why={`${fmt(sum(d.created), 'count')} in ten minutes`} history={d.created} />
      <Tile label="Refused" big={fmt(perMinute(d.refused), 'count')} unit="a minute" why={d.refused_total ? `${fmt(d.refused_total, 'count')} since the start` : 'none since the start'} history={d.refused} tone="c-alarm" />
      <Tile label="Names" big={fmt(d.metrics_count, 'count')} unit="metrics" why={`${plural(d.labels_count, 'label')}, ${fmt(d.pairs_count, 'count')} values`} />
    </div>
  );
};

const Blame = ({ d, metric, label }: { d: Cardinality; metric: MetricGrowth | null; label: LabelGrowth | null }) => {
  const example = [...d.refused_examples, ...d.created_examples].find((e) => metric && (e.series === metric.name || e.series.startsWith(metric.name + '{') || e.series.startsWith(`{${JSON.stringify(metric.name)}`)));
  return (
    <section class="panel" aria-labelledby="cu"><header class="wrap-h"><h2 id="cu">What it is</h2><span class="sub">the last ten minutes</span><span class="r prow">
      {metric && <button type="button" class="ctl sm" onClick={() => copy(dropMetric(metric.name), 'Drop rule')}><Ico n="copy" s />Copy drop rule</button>}
      {label && <button type="button" class="ctl sm" onClick={() => copy(dropLabel(label.name), 'Rule')}><Ico n="copy" s />Copy rule without {label.name}</button>}
      {metric && <a class="ctl sm" href={href('/metrics', { q: countOf(metric.name) })}><Ico n="metrics" s />Open in Metrics</a>}</span></header>
      <dl class="kvt blame">
        {metric && <><dt>Metric</dt><dd><b class="mono">{metric.name}</b> has {plural(metric.series, 'series', 'series')}, {fmt(sum(metric.created), 'count')} of them new{metric.refused > 0 && <span class="c-alarm">, {fmt(metric.refused, 'count')} refused</span>}</dd></>}
        {label && <><dt>Label</dt><dd><b class="mono">{label.name}</b> has {plural(label.values, 'value')}, {fmt(sum(label.new_values), 'count')} of them new</dd><dt>Like</dt><dd class="prow wrap">{label.newest_values.map((v) => <Chip key={v} v={v} />)}</dd></>}
        {example && <><dt>From</dt><dd>{example.receiver}, {ago(example.time_ms, d.now_ms)}</dd><dt>Series</dt><dd class="mono break">{example.series}</dd></>}
      </dl>
    </section>
  );
};

const Metrics = ({ rows, total, by }: { rows: MetricGrowth[]; total: number; by: 'growth' | 'size' }) => {
  const most = Math.max(1, ...rows.map((r) => r.series));
  return (
    <section class="panel oh" aria-labelledby="cm"><header><h2 id="cm">Metrics</h2><span class="sub">{by === 'growth' ? 'with the most new series' : 'with the most series'}</span></header>
      {!rows.length ? <Empty icon="metrics" title={by === 'growth' ? 'Nothing grows' : 'No series yet'}>{by === 'growth' ? 'No metric got a new series in the last ten minutes.' : 'Counts appear with the first samples.'}</Empty> : (
        <table class="tbl fixed card-m"><thead><tr><th scope="col">Name</th><th scope="col" class="num cn">Series</th><th scope="col" class="num cn">New a min</th><th scope="col" class="w84 only-l"><span class="vh">Ten minutes</span></th><th scope="col" class="num cn">{by === 'growth' ? 'Refused' : 'Share'}</th><th scope="col" class="cc"><span class="vh">Actions</span></th></tr></thead>
          <tbody>{rows.map((r) => <tr key={r.name}><td><a class="mono cut blk" href={href('/metrics', { q: countOf(r.name) })} title={r.name}>{r.name}</a></td><td class="num" title={whole(r.series)}>{fmt(r.series, 'count')}</td><td class={'num' + (sum(r.created) ? '' : ' faint')}>{fmt(perMinute(r.created), 'count')}</td><td class="only-l">{by === 'size' ? <Bar ratio={r.series / most} tone="s1" /> : sum(r.created) > 0 && <Spark v={r.created} w={76} h={16} c="s1" />}</td><td class={'num ' + (by === 'growth' ? (r.refused ? 'c-alarm' : 'faint') : 'faint')}>{by === 'growth' ? fmt(r.refused, 'count') : fmt(total ? r.series / total : 0, 'ratio')}</td><td class="num"><button type="button" class="ctl sm ghost icon" aria-label={`Copy a rule that drops ${r.name}`} title="Copy a relabelling rule that drops it" onClick={() => copy(dropMetric(r.name), 'Drop rule')}><Ico n="copy" s /></button></td></tr>)}</tbody></table>
      )}
    </section>
  );
};

const Labels = ({ rows, by }: { rows: LabelGrowth[]; by: 'growth' | 'size' }) => (
  <section class="panel oh" aria-labelledby="cl"><header><h2 id="cl">Labels</h2><span class="sub">{by === 'growth' ? 'with the most new values' : 'with the most values'}</span></header>
    {!rows.length ? <Empty icon="table" title={by === 'growth' ? 'No new values' : 'No labels yet'} /> : (
      <table class="tbl fixed card-m"><thead><tr><th scope="col" class="cl">Label</th><th scope="col" class="num cn">Values</th><th scope="col" class="num cn">New a min</th><th scope="col" class="only-l">{by === 'growth' ? 'Newest' : 'Largest'}</th><th scope="col" class="cc"><span class="vh">Actions</span></th></tr></thead>
        <tbody>{rows.map((r) => { const shown = by === 'growth' ? r.newest_values : r.top.map((t) => t.value); return <tr key={r.name}><td><span class="mono cut blk" title={r.name}>{r.name}</span></td><td class="num" title={whole(r.values)}>{fmt(r.values, 'count')}</td><td class={'num' + (sum(r.new_values) ? '' : ' faint')}>{fmt(perMinute(r.new_values), 'count')}</td><td class="only-l"><span class="faint cut blk" title={shown.join('\n')}>{shown.join(', ')}</span></td><td class="num"><button type="button" class="ctl sm ghost icon" aria-label={`Copy a rule that drops the label ${r.name}`} title="Copy a relabelling rule that drops the label" onClick={() => copy(dropLabel(r.name), 'Rule')}><Ico n="copy" s /></button></td></tr>; })}</tbody></table>
    )}
  </section>
);

const Pairs = ({ d }: { d: Cardinality }) => (
  <section class="panel oh" aria-labelledby="cp"><header><h2 id="cp">Pairs</h2><span class="sub">label=value in the most series</span></header>
    <table class="tbl fixed card-m"><thead><tr><th scope="col">Pair</th><th scope="col" class="num cn">Series</th><th scope="col" class="num cn">Share</th></tr></thead>
      <tbody>{d.pairs.map((p) => <tr key={p.name + '=' + p.value}><td><span class="mono cut blk" title={`${p.name}=${p.value}`}><span class="faint">{p.name}=</span>{p.value}</span></td><td class="num">{fmt(p.series, 'count')}</td><td class="num faint">{fmt(d.series ? p.series / d.series : 0, 'ratio')}</td></tr>)}</tbody></table>
  </section>
);

const Limits = ({ d }: { d: Cardinality }) => (
  <section class="panel oh" aria-labelledby="cli"><header><h2 id="cli">Limits</h2><span class="sub">a new series beyond one is refused with 429</span></header>
    <table class="tbl fixed card-m"><thead><tr><th scope="col">Key</th><th scope="col" class="num cn">Used</th><th scope="col" class="num cn">Allowed</th><th scope="col" class="w84 only-l"><span class="vh">Share</span></th></tr></thead>
      <tbody>{d.limits.map((x) => { const share = x.value ? x.used / x.value : 0; return <tr key={x.key}><td><span class="mono cut blk" title={x.user ? `${x.key}: most by ${x.user}` : x.key}>{x.key}</span></td><td class="num" title={x.user}>{fmt(x.used, 'count')}</td><td class="num">{x.value ? fmt(x.value, 'count') : 'none'}</td><td class="only-l"><Bar ratio={share} tone={share >= 1 ? 'c-alarm' : share >= 0.8 ? 'c-warn' : 's8'} label={fmt(share, 'ratio')} /></td></tr>; })}</tbody></table>
  </section>
);

const Receivers = ({ d }: { d: Cardinality }) => (
  <section class="panel oh" aria-labelledby="cr"><header><h2 id="cr">Who sends them</h2><span class="sub">new series by receiver since the start</span></header>
    {!d.receivers.length ? <Empty icon="add" title="No series came since the start" /> : (
      <table class="tbl fixed card-m"><thead><tr><th scope="col">Receiver</th><th scope="col" class="num cn">Series</th><th scope="col" class="num cn">New a min</th><th scope="col" class="num cn">Refused</th></tr></thead>
        <tbody>{d.receivers.map((r) => <tr key={r.id}><td class="cut">{r.id.replace(/_/g, ' ')}</td><td class="num">{fmt(r.series, 'count')}</td><td class={'num' + (sum(r.created) ? '' : ' faint')}>{fmt(perMinute(r.created), 'count')}</td><td class={'num ' + (r.refused ? 'c-alarm' : 'faint')}>{fmt(r.refused, 'count')}</td></tr>)}</tbody></table>
    )}
  </section>
);

const SHOWN = 12;
const Examples = ({ id, title, sub, rows, now, none }: { id: string; title: string; sub: string; rows: SeriesExample[]; now: number; none: string }) => (
  <section class="panel oh" aria-labelledby={id}><header><h2 id={id}>{title}</h2><span class="sub">{sub}</span></header>
    {!rows.length ? <p class="pbox faint small">{none}</p> : <ul class="feed">{rows.slice(0, SHOWN).map((e, i) => <li key={i}><span class="two"><span class="mono" title={e.series}>{e.series}</span><span class="faint">{e.receiver.replace(/_/g, ' ')}{e.limit && `, ${e.limit}`}</span></span><span class="when" title={fullTime(e.time_ms)}>{ago(e.time_ms, now)}</span></li>)}</ul>}
  </section>
);
