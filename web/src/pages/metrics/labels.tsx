// Which labels the matching series have, with counts; a click makes a filter.
import { useState } from 'preact/hooks';
import { getLabels } from '../../api/metrics.ts';
import { selectorsOf, toggleMatcher } from '../../lib/parse/promql.ts';
import { fmt, plural } from '../../lib/units.ts';
import { Empty, Panel } from '../../parts/empty.tsx';
import { Bar } from '../../parts/state.tsx';
import { useAsk } from '../../state/live.ts';
import { range } from '../../state/time.ts';

const VALUES = 5, LABELS_FIRST = 8, BUCKET_MS = 60_000, SELECTORS_MOST = 8;

export function LabelPanel({ query, onRun }: { query: string; onRun: (q: string) => void }) {
  const [open, setOpen] = useState(false);
  const match = selectorsOf(query).slice(0, SELECTORS_MOST), { fromMs, toMs } = range.value;
  // Counts change slowly: asked again when the query changes or the range has moved by a minute.
  const from = Math.floor(fromMs / BUCKET_MS) * BUCKET_MS, to = Math.ceil(toMs / BUCKET_MS) * BUCKET_MS;
  const l = useAsk(match.length ? (s) => getLabels(match, from, to, VALUES, s) : null, [match.join('\n'), from, to]).value;
  return (
    <section class="panel" aria-labelledby="lb">
      <header><h2 id="lb">Labels</h2><span class="sub">{l.data ? `in the ${plural(l.data.series, 'matching series', 'matching series')}; click to filter, Alt-click to leave out` : ''}</span></header>
      {!match.length ? <Empty icon="filter" title="This query selects no series">Labels appear for queries that name a metric.</Empty> : (
        <Panel l={l} what="the labels">{(d) => {
          if (!d.labels.length) return <Empty icon="filter" title={d.series ? 'These series have no labels' : 'No series match in this time'} />;
          const sorted = d.labels.filter((x) => x.name !== '__name__').sort((a, b) => Number(a.values_count === 1) - Number(b.values_count === 1) || (a.name < b.name ? -1 : 1)), shown = open ? sorted : sorted.slice(0, LABELS_FIRST);
          return <>
            <div class="labels">{shown.map((lab) => (
              <div key={lab.name}>
                <div class="lab-h"><b class="mono cut" title={lab.name}>{lab.name}</b><span class="faint small">{plural(lab.values_count, 'value')}</span></div>
                {lab.top.map((v) => (
                  <button type="button" class="vrow" key={v.value} title={`${lab.name}=${v.value}, ${plural(v.series, 'series', 'series')}`} onClick={(e) => onRun(toggleMatcher(query, lab.name, v.value, e.altKey))}>
                    <span class="cut">{v.value || '(empty)'}</span><span class="faint">{fmt(v.series / Math.max(1, d.series), 'ratio')}</span><Bar ratio={v.series / Math.max(1, d.series)} />
                  </button>
                ))}
                {lab.values_count > lab.top.length && <span class="faint small">and {plural(lab.values_count - lab.top.length, 'more value')}</span>}
              </div>
            ))}</div>
            {sorted.length > LABELS_FIRST && <div class="more-row"><button type="button" class="ctl sm ghost" onClick={() => setOpen(!open)}>{open ? 'Fewer' : `${sorted.length - LABELS_FIRST} more labels`}</button></div>}
          </>;
        }}</Panel>
      )}
    </section>
  );
}
