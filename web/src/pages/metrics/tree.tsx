// Names by prefix, each with a small curve; a tree in the sense of ARIA, virtual, moved through with the arrows.
import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { queryRange } from '../../api/prom.ts';
import { METRICS_LIMIT } from '../../api/metrics.ts';
import { selector } from '../../lib/parse/promql.ts';
import { best } from '../../lib/rank.ts';
import { branches, rowsOf } from '../../lib/tree.ts';
import { toGrid } from '../../lib/series.ts';
import { hash32 } from '../../lib/color.ts';
import { plural, whole } from '../../lib/units.ts';
import { Empty } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Rows } from '../../parts/rows.tsx';
import { Spark } from '../../parts/spark.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { metricOf, metrics, metricsError } from '../../state/catalog.ts';
import { narrow } from '../../state/theme.ts';
import { range } from '../../state/time.ts';

const ROW_PX = 26, FOUND_MOST = 200, CURVE_SERIES_MOST = 1000, CURVE_POINTS = 24, CURVE_FRESH_MS = 60_000, AT_ONCE = 2;

// ---- small curves: asked only for rows on screen, two at a time, kept a minute ----
const curves = signal<ReadonlyMap<string, { at: number; values: (number | null)[] }>>(new Map());
const waiting: string[] = [];
let running = 0;
function wantCurve(name: string): void {
  const had = curves.peek().get(name);
  if ((had && Date.now() - had.at < CURVE_FRESH_MS) || waiting.includes(name)) return;
  waiting.push(name);
  if (waiting.length > 60) waiting.shift();
  next();
}
function next(): void {
  while (running < AT_ONCE && waiting.length) {
    const name = waiting.pop()!, m = metricOf(name), { fromMs, toMs } = range.peek();
    if (!m || m.series > CURVE_SERIES_MOST) continue;
    running++;
    const step = Math.max(15_000, Math.ceil((toMs - fromMs) / CURVE_POINTS / 1000) * 1000), end = Math.floor(toMs / 15_000) * 15_000, start = end - step * CURVE_POINTS;
    const window = `${Math.max(60, (2 * step) / 1000)}s`;
    const q = m.type === 'histogram' || m.type === 'summary' ? `sum(rate(${selector(name + '_count')}[${window}]))` : m.type === 'counter' || /_total$/.test(name) ? `sum(rate(${selector(name)}[${window}]))` : `avg(${selector(name)})`;
    queryRange(q, start, end, step).then((r) => toGrid(r.data.result.slice(0, 1).map((x) => ({ metric: {}, values: x.values ?? [] })), start, end, step).series[0]?.values ?? [], () => [])
      .then((values) => { curves.value = new Map(curves.peek()).set(name, { at: Date.now(), values }); running--; next(); });
  }
}

function Curve({ name }: { name: string }) {
  useEffect(() => { const t = setTimeout(() => wantCurve(name), 120); return () => { clearTimeout(t); const i = waiting.indexOf(name); if (i >= 0) waiting.splice(i, 1); }; }, [name]);
  const c = curves.value.get(name);
  return c?.values.some((v) => v != null) ? <Spark v={c.values} w={44} h={16} c={`s${(hash32(name) % 8) + 1}`} /> : null;
}

export function MetricTree({ chosen, onPick }: { chosen: readonly string[]; onPick: (name: string) => void }) {
  const [text, setText] = useState(''), [opened, setOpened] = useState<ReadonlySet<string>>(new Set()), [at, setAt] = useState(-1), box = useRef<HTMLDivElement>(null);
  const all = metrics.value, list = all?.metrics ?? [];
  const family = chosen.map((c) => metricOf(c)?.name ?? c);
  const tree = useMemo(() => branches(text ? best(list, text, (m) => m.name, FOUND_MOST) : list), [all, text]);
  const rows = rowsOf(tree, (p) => (text ? true : opened.has(p) || tree.some((b) => b.prefix === p && b.leaves.some((l) => family.includes(l.name)) && !opened.has('-' + p))));
  const toggle = (p: string, open: boolean): void => { const s = new Set(opened); s.delete(p); s.delete('-' + p); s.add(open ? '-' + p : p); setOpened(s); };
  if (narrow.value) return null;
  const act = (i: number): void => { const r = rows[i]; if (!r) return; setAt(i); if (r.kind === 'leaf') onPick(r.leaf.name); else toggle(r.branch.prefix, r.open); };
  const key = (e: KeyboardEvent): void => {
    const r = rows[at];
    let to = at;
    if (e.key === 'ArrowDown') to = Math.min(rows.length - 1, at + 1); else if (e.key === 'ArrowUp') to = Math.max(0, at - 1); else if (e.key === 'Home') to = 0; else if (e.key === 'End') to = rows.length - 1;
    else if (e.key === 'ArrowRight' && r?.kind === 'branch') { if (!r.open) toggle(r.branch.prefix, false); else to = at + 1; }
    else if (e.key === 'ArrowLeft') { if (r?.kind === 'branch' && r.open) toggle(r.branch.prefix, true); else for (to = at; to > 0 && rows[to]!.kind !== 'branch';) to--; }
    else if (e.key === 'Enter' || e.key === ' ') act(at); else return;
    e.preventDefault(); e.stopPropagation();
    setAt(to);
  };
  return (
    <aside class="side" aria-label="Metrics by name">
      <div class="sec-h">Metrics{all && <span class="faint">{plural(all.total_series, 'series', 'series')}</span>}<span class="grow" /><a class="ctl sm ghost icon" href="?view=cardinality" aria-label="Cardinality: which names make the most series" title="Cardinality"><Ico n="table" s /></a></div>
      <div class="tools px"><label class="field grow"><Ico n="search" s /><input value={text} placeholder="Find a metric" aria-label="Find a metric" autocomplete="off" spellcheck={false} onInput={(e) => { setText(e.currentTarget.value); setAt(-1); }} onKeyDown={(e) => { if (e.key === 'ArrowDown') { e.preventDefault(); setAt(0); box.current?.focus(); } else if (e.key === 'Enter' && rows.length) { const i = rows.findIndex((r) => r.kind === 'leaf'); act(i); } else if (e.key === 'Escape') setText(''); }} /></label></div>
      {!all ? (metricsError.value ? <Empty icon="alert" title="The list cannot be read">{metricsError.value}</Empty> : <Waiting rows={8} what="the names" sinceMs={0} />)
        : !rows.length ? <Empty icon="search" title={text ? `None of ${whole(list.length)} names contains “${text.slice(0, 40)}”` : 'No names yet'} actions={text ? <button type="button" class="ctl sm" onClick={() => setText('')}>Show all</button> : undefined} />
        : <div class="tree-box" ref={box} tabIndex={0} role="tree" aria-label="Metric names" aria-activedescendant={at >= 0 ? `mt-${at}` : undefined} onKeyDown={key} onFocus={() => { if (at < 0) setAt(0); }}>
            <Rows count={rows.length} rowPx={ROW_PX} class="tree" keepInView={at} render={(i) => {
              const r = rows[i]!, mark = i === at ? ' at' : '';
              if (r.kind === 'branch') return <div key={'b' + r.branch.prefix} id={`mt-${i}`} role="treeitem" aria-level={1} aria-expanded={r.open} aria-selected={i === at} class={'ti' + mark} onClick={() => act(i)}><span class="caret">{r.open ? '▾' : '▸'}</span><span class={r.open ? 'cut' : 'dim cut'}>{r.branch.prefix}</span><span class="n">{r.branch.leaves.length}</span></div>;
              const m = metricOf(r.leaf.name);
              return <div key={r.leaf.name} id={`mt-${i}`} role="treeitem" aria-level={r.depth + 1} aria-selected={family.includes(r.leaf.name)} class={`ti ${r.depth ? 'd1' : 'd0'}${family.includes(r.leaf.name) ? ' sel' : ''}${mark}`} title={[r.leaf.name, m?.type, m?.unit, plural(r.leaf.series, 'series', 'series'), m?.help].filter(Boolean).join('\n')} onClick={() => act(i)}>
                <span class="cut">{r.leaf.rest.trim() || '(no name)'}</span><span class="sp"><Curve name={r.leaf.name} /></span></div>;
            }} />
          </div>}
      {list.length >= METRICS_LIMIT && <p class="note">The first {whole(METRICS_LIMIT)} names are listed; search by the editor's completion for others.</p>}
    </aside>
  );
}
