// The explorer: names on the left, query and chart in the middle, what moves along on the right.
import { useEffect, useState } from 'preact/hooks';
import { metricsOf } from '../../lib/parse/promql.ts';
import { metricQuery } from '../../parts/finder.tsx';
import { Empty } from '../../parts/empty.tsx';
import { metricOf, metrics, metricsError, wantMetrics } from '../../state/catalog.ts';
import { useKeys } from '../../state/keyboard.ts';
import { noteQuery } from '../../state/theme.ts';
import { chips, go, href, param, setParams } from '../../state/url.ts';
import { Cardinality } from './cardinality.tsx';
import { Explain } from './explain.tsx';
import { LabelPanel } from './labels.tsx';
import { QueryBox } from './query_box.tsx';
import { Related, type Reference } from './related.tsx';
import { Result } from './result.tsx';
import { MetricTree } from './tree.tsx';
import { useRange } from '../../state/query.ts';

// The page opens on content: the first of these that the store has.
const FIRST = ['node_cpu_seconds_total', 'node_load1', 'belfry_queue_append_bytes_total', 'up'];

export default function Metrics() {
  useEffect(() => { void wantMetrics(); const t = setInterval(() => { if (!document.hidden) void wantMetrics(); }, 30_000); return () => clearInterval(t); }, []);
  const list = metrics.value?.metrics ?? [];
  const first = FIRST.find((n) => metricOf(n)) ?? list[0]?.name;
  const firstQuery = first === 'node_cpu_seconds_total' ? 'sum by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[5m]))' : first ? metricQuery(first, metricOf(first)?.type ?? '', chips.value) : '';
  const asked = param('q') || (param('view') === 'cardinality' ? '' : firstQuery);
  const [width, setWidth] = useState(720), [brush, setBrush] = useState<{ fromMs: number; toMs: number } | null>(null);
  const [reference, setReference] = useState<Reference | null>(null);
  const explain = param('explain') === '1', cardinality = param('view') === 'cardinality';
  const result = useRange(cardinality ? '' : asked, width);

  const run = (q: string): void => {
    const text = q.trim();
    if (!text) return;
    noteQuery(text);
    setBrush(null);
    if (text === param('q') && !cardinality) result.again(); else setParams({ q: text, view: cardinality ? undefined : param('view') || undefined, sel: undefined });
  };
  const pick = (name: string): void => { setBrush(null); go('/metrics', { q: metricQuery(name, metricOf(name)?.type ?? '', chips.value), view: ['stacked', 'table', 'heatmap'].includes(param('view')) && param('view') !== 'heatmap' ? param('view') : undefined, explain: explain ? '1' : undefined }); };
  useKeys({ close: () => { if (brush) { setBrush(null); return; } if (param('sel')) { setParams({ sel: undefined }, true); return; } return false; } });

  const empty = metrics.value && list.length === 0;
  const names = metricsOf(asked);
  return (
    <div class="page split">
      <h1 class="vh">Metrics</h1>
      <MetricTree chosen={names} onPick={pick} />
      <section class="col" aria-label="Query and chart">
        <div class="pane">
          <QueryBox text={asked} onRun={run} result={result} explain={explain} />
          {empty && !param('q') ? (
            <section class="panel"><Empty icon="metrics" title="No metric has ever arrived" actions={<a class="ctl sm" href={href('/add')}>Add data</a>}>This host's own figures arrive ten seconds after the start; others when something sends them.</Empty></section>
          ) : metricsError.value && !metrics.value && !asked ? (
            <section class="panel"><Empty icon="alert" title="The list of metrics cannot be read">{metricsError.value}</Empty></section>
          ) : cardinality ? <Cardinality onPick={pick} /> : <>
            {explain && <Explain query={asked} />}
            <Result query={asked} result={result} onWidth={setWidth} brush={brush} onBrush={setBrush} onReference={setReference} />
            <LabelPanel query={asked} onRun={run} />
          </>}
        </div>
      </section>
      {!cardinality && <Related query={asked} brush={brush} reference={reference} onClear={() => setBrush(null)} onPick={pick} />}
    </div>
  );
}
