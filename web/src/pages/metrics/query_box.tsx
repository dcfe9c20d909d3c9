// The query: a plain textarea until it has the focus, then the editor with completion in the same place.
import { useEffect, useRef, useState } from 'preact/hooks';
import { labelNames, labelValues, format } from '../../api/prom.ts';
import type { Editor } from '../../editor/promql.ts';
import { metricsOf, tokenize } from '../../lib/parse/promql.ts';
import { fmt, plural } from '../../lib/units.ts';
import { Ico } from '../../parts/icon.tsx';
import { metricOf, metrics, wantMetrics } from '../../state/catalog.ts';
import { useKeys } from '../../state/keyboard.ts';
import { savedQueries } from '../../state/theme.ts';
import { toast } from '../../state/toast.ts';
import { messageOf } from '../../api/http.ts';
import { param, setParams } from '../../state/url.ts';
import { costText, type RangeState } from './query_state.ts';

const NAMES = {
  metrics: async () => { await wantMetrics(); return (metrics.value?.metrics ?? []).flatMap((m) => (m.type === 'histogram' ? ['_bucket', '_sum', '_count'].map((x) => ({ ...m, name: m.name + x })) : [m])); },
  labels: () => labelNames(),
  values: (label: string, metric?: string) => labelValues(label, metric ? [metric] : [], 500),
};
const CLASS: Record<string, string> = { function: 'fn', keyword: 'kw', string: 'st', number: 'nu', duration: 'nu', label: 'lb', comment: 'cm', op: 'op', open: 'op', close: 'op' };

/** Query text with its colours, for reading. */
export const Painted = ({ text }: { text: string }) => <>{tokenize(text).map((t, i) => (CLASS[t.kind] ? <span key={i} class={CLASS[t.kind]}>{t.text}</span> : t.text))}</>;

export function QueryBox({ text, onRun, result, explain }: { text: string; onRun: (q: string) => void; result: RangeState; explain: boolean }) {
  const [draft, setDraft] = useState(text), [mode, setMode] = useState<'plain' | 'loading' | 'editor'>('plain'), [naming, setNaming] = useState<string | null>(null);
  const host = useRef<HTMLDivElement>(null), area = useRef<HTMLTextAreaElement>(null), editor = useRef<Editor | null>(null), latest = useRef(draft);
  latest.current = draft;
  useEffect(() => { setDraft(text); editor.current?.set(text); }, [text]);
  useEffect(() => () => editor.current?.destroy(), []);
  const run = (): void => onRun(latest.current);

  const load = async (): Promise<void> => {
    if (mode !== 'plain') return;
    setMode('loading');
    try {
      const { mount } = await import('../../editor/promql.ts');
      if (!host.current) return;
      const had = document.activeElement === area.current, at = area.current?.selectionStart ?? 0;
      host.current.classList.remove('vh-h');  // what is not displayed cannot take the focus
      editor.current = mount(host.current, { text: latest.current, label: 'PromQL query', names: NAMES, onChange: setDraft, onRun: run });
      setMode('editor');
      if (had) editor.current.focus(at);
    } catch { setMode('plain'); toast({ kind: 'info', text: 'The editor could not be loaded', detail: 'The plain field does the same without completion.' }); }
  };
  useKeys({ editor: () => { if (editor.current) editor.current.focus(); else area.current?.focus(); }, run });

  const m = metricsOf(draft).map(metricOf).find(Boolean), l = result.l;
  const changed = draft.trim() !== text.trim();
  const tidy = (): void => { format(draft).then((t) => { setDraft(t); editor.current?.set(t); }, (e) => toast({ kind: 'error', text: 'Not formatted', detail: messageOf(e) })); };
  const save = (e: Event): void => { e.preventDefault(); const name = naming?.trim(); if (!name) return; savedQueries.value = [...savedQueries.value.filter((s) => s.name !== name), { name, query: draft.trim() }]; setNaming(null); toast({ kind: 'ok', text: `Saved as “${name}”`, detail: 'in this browser; see Search' }); };
  return (
    <section class="panel qb" aria-label="Query">
      <div class={'qb-host' + (mode === 'editor' ? '' : ' vh-h')} ref={host} />
      {mode !== 'editor' && (
        <div class="ed-plain">
          <span class="ln" aria-hidden="true">{draft.split('\n').map((_, i) => i + 1).join('\n')}</span>
          <div class="ed-stack"><pre class="ed-paint" aria-hidden="true"><Painted text={draft} />{'\n'}</pre>
            <textarea ref={area} rows={Math.min(10, draft.split('\n').length)} value={draft} aria-label="PromQL query" placeholder="A PromQL query" spellcheck={false} autocomplete="off" autocapitalize="off" onInput={(e) => setDraft(e.currentTarget.value)} onFocus={() => void load()}
              onKeyDown={(e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey || e.shiftKey)) { e.preventDefault(); e.stopPropagation(); run(); } }} /></div>
        </div>
      )}
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
