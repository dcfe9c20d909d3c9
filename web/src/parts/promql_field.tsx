// A field for a query: a plain textarea until it has the focus, then the editor with completion in the same place.
import { useEffect, useRef, useState } from 'preact/hooks';
import { labelNames, labelValues } from '../api/prom.ts';
import type { Editor } from '../lib/editor_types.ts';
import { tokenize } from '../lib/parse/promql.ts';
import { metrics, wantMetrics } from '../state/catalog.ts';
import { toast } from '../state/toast.ts';

const NAMES = {
  metrics: async () => { await wantMetrics(); return (metrics.value?.metrics ?? []).flatMap((m) => (m.type === 'histogram' ? ['_bucket', '_sum', '_count'].map((x) => ({ ...m, name: m.name + x })) : [m])); },
  labels: () => labelNames(),
  values: (label: string, metric?: string) => labelValues(label, metric ? [metric] : [], 500),
};
const CLASS: Record<string, string> = { function: 'fn', keyword: 'kw', string: 'st', number: 'nu', duration: 'nu', label: 'lb', comment: 'cm', op: 'op', open: 'op', close: 'op' };

/** Query text with its colours, for reading. */
export const Painted = ({ text }: { text: string }) => <>{tokenize(text).map((t, i) => (CLASS[t.kind] ? <span key={i} class={CLASS[t.kind]}>{t.text}</span> : t.text))}</>;

export interface FieldHandle { focus: () => void; set: (text: string) => void }

/** `text` is what is kept, and shown whenever it changes; `onInput` hears every change of the draft. */
export function PromqlField({ text, label = 'PromQL query', onInput, onRun, handle }: { text: string; label?: string; onInput: (text: string) => void; onRun: () => void; handle?: { current: FieldHandle | null } }) {
  const [draft, setDraft] = useState(text), [mode, setMode] = useState<'plain' | 'loading' | 'editor'>('plain');
  const host = useRef<HTMLDivElement>(null), area = useRef<HTMLTextAreaElement>(null), editor = useRef<Editor | null>(null), latest = useRef({ draft, onInput, onRun });
  latest.current = { draft, onInput, onRun };
  const typed = (t: string): void => { setDraft(t); latest.current.onInput(t); };
  useEffect(() => { if (text !== latest.current.draft) { setDraft(text); editor.current?.set(text); } }, [text]);
  useEffect(() => () => editor.current?.destroy(), []);
  if (handle) handle.current = { focus: () => { if (editor.current) editor.current.focus(); else area.current?.focus(); }, set: (t) => { setDraft(t); editor.current?.set(t); } };

  const load = async (): Promise<void> => {
    if (mode !== 'plain') return;
    setMode('loading');
    try {
      const { mount } = await import('../editor/promql.ts');
      if (!host.current) return;
      const had = document.activeElement === area.current, at = area.current?.selectionStart ?? 0;
      host.current.classList.remove('vh-h');  // what is not displayed cannot take the focus
      editor.current = mount(host.current, { text: latest.current.draft, label, names: NAMES, onChange: typed, onRun: () => latest.current.onRun() });
      setMode('editor');
      if (had) editor.current.focus(at);
    } catch { setMode('plain'); toast({ kind: 'info', text: 'The editor could not be loaded', detail: 'The plain field does the same without completion.' }); }
  };
  return <>
    <div class={'qb-host' + (mode === 'editor' ? '' : ' vh-h')} ref={host} />
    {mode !== 'editor' && (
      <div class="ed-plain">
        <span class="ln" aria-hidden="true">{draft.split('\n').map((_, i) => i + 1).join('\n')}</span>
        <div class="ed-stack"><pre class="ed-paint" aria-hidden="true"><Painted text={draft} />{'\n'}</pre>
          <textarea ref={area} rows={Math.min(10, draft.split('\n').length)} value={draft} aria-label={label} placeholder="A PromQL query" spellcheck={false} autocomplete="off" autocapitalize="off" onInput={(e) => typed(e.currentTarget.value)} onFocus={() => void load()}
            onKeyDown={(e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey || e.shiftKey)) { e.preventDefault(); e.stopPropagation(); onRun(); } }} /></div>
      </div>
    )}
  </>;
}
