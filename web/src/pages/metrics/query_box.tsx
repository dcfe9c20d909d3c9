// The query, what is known of its metric, what it cost, and what can be done with it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { format } from '../../api/prom.ts';
import { metricsOf } from '../../lib/parse/promql.ts';
import { fmt, plural } from '../../lib/units.ts';
import { Ico } from '../../parts/icon.tsx';
import { PromqlField, type FieldHandle } from '../../parts/promql_field.tsx';
import { metricOf } from '../../state/catalog.ts';
import { useKeys } from '../../state/keyboard.ts';
import { savedQueries } from '../../state/theme.ts';
import { toast } from '../../state/toast.ts';
import { messageOf } from '../../api/http.ts';
import { param, setParams } from '../../state/url.ts';
import { costText, type RangeState } from '../../state/query.ts';

export function QueryBox({ text, onRun, result, explain }: { text: string; onRun: (q: string) => void; result: RangeState; explain: boolean }) {
  const [draft, setDraft] = useState(text), [naming, setNaming] = useState<string | null>(null), field = useRef<FieldHandle | null>(null), latest = useRef(draft);
  latest.current = draft;
  useEffect(() => setDraft(text), [text]);
  const run = (): void => onRun(latest.current);
  useKeys({ editor: () => field.current?.focus(), run });

  const m = metricsOf(draft).map(metricOf).find(Boolean), l = result.l;
  const changed = draft.trim() !== text.trim();
  const tidy = (): void => { format(draft).then((t) => { setDraft(t); field.current?.set(t); }, (e) => toast({ kind: 'error', text: 'Not formatted', detail: messageOf(e) })); };
  const save = (e: Event): void => { e.preventDefault(); const name = naming?.trim(); if (!name) return; savedQueries.value = [...savedQueries.value.filter((s) => s.name !== name), { name, query: draft.trim() }]; setNaming(null); toast({ kind: 'ok', text: `Saved as “${name}”`, detail: 'in this browser; see Search' }); };
  return (
    <section class="panel qb" aria-label="Query">
      <PromqlField text={text} onInput={setDraft} onRun={run} handle={field} />
      <div class="tools foot-tools">
        {m && m.type !== 'unknown' && <span class="chip line"><span class="k">type</span>{m.type}</span>}
        {m?.unit && <span class="chip line"><span class="k">unit</span>{m.unit}</span>}
        <span class="grow" />
        <span class="faint small cost" role="status">{l.loading && Date.now() - l.sinceMs > 300 ? 'running' : l.data && !l.error ? costText(l.data.cost, l.data.m.series.length, { bytes: (n) => fmt(n, 'bytes'), ms: (n) => fmt(n / 1000, 'seconds'), plural: (n) => plural(n, 'series', 'series') }) : ''}</span>
        {naming === null ? <button type="button" class="ctl sm ghost opt" disabled={!draft.trim()} onClick={() => setNaming('')}><Ico n="save" s />Save</button>
          : <form class="name-form" onSubmit={save}><label class="field"><input value={naming} ref={(n) => n?.focus()} aria-label="Name of the saved query" placeholder="Name" onInput={(e) => setNaming(e.currentTarget.value)} onKeyDown={(e) => { if (e.key === 'Escape') setNaming(null); }} /></label><button type="submit" class="ctl sm" disabled={!naming.trim()}>Save</button></form>}
        <button type="button" class="ctl sm ghost opt" disabled={!draft.trim()} onClick={tidy}>Format</button>
        <button type="button" class={'ctl sm' + (explain ? ' on' : '')} aria-pressed={explain} onClick={() => setParams({ explain: explain ? undefined : '1' }, true)}>Explain</button>
        {l.loading && Date.now() - l.sinceMs > 2000 ? <button type="button" class="ctl sm" onClick={result.stop}><Ico n="stop" s />Stop</button> : null}
        <button type="button" class={'ctl sm primary' + (changed ? ' due' : '')} disabled={!draft.trim()} onClick={run}>Run <span class="keyon">Ctrl ⏎</span></button>
      </div>
      {param('view') === 'cardinality' && <p class="note">Run a query, or choose a name, to leave the cardinality view.</p>}
    </section>
  );
}
