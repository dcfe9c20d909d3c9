// The condition: in words, as Monasca's text, or as PromQL with its limit apart.
import { useEffect, useState } from 'preact/hooks';
import type { Draft, Part } from '../../api/definitions.ts';
import { newPart, OPS, partsText } from '../../lib/alarm_words.ts';
import { joinCondition, splitCondition } from '../../lib/parse/condition.ts';
import { durationText, parseDuration } from '../../lib/timespec.ts';
import { Choose } from '../../parts/choose.tsx';
import { Ico } from '../../parts/icon.tsx';
import { PromqlField } from '../../parts/promql_field.tsx';
import { Seg } from '../../parts/seg.tsx';
import { Glyph } from '../../parts/state.tsx';
import { Names } from './names.tsx';
import { PartRow } from './part_row.tsx';
import { MonascaText, NO_DATA } from './rings_when.tsx';

export type Mode = 'words' | 'text' | 'promql';
const MODES = [['words', 'Words'], ['text', 'Text'], ['promql', 'PromQL']] as const;

export function ConditionPanel({ d, set, mode, onMode, parts, onParts, refused, at }: { d: Draft; set: (c: Partial<Draft>) => void; mode: Mode; onMode: (m: Mode) => void; parts: Part[]; onParts: (p: Part[]) => void; refused: string; at: number | null }) {
  const change = (i: number, p: Partial<Part>): void => onParts(parts.map((x, j) => (j === i ? { ...x, ...p } : x)));
  return (
    <section class="panel" aria-labelledby="cd"><header><h2 id="cd">Rings when</h2><span class="sub">{mode === 'promql' ? 'a query is held against a limit' : 'the words and the text are the same thing'}</span><span class="r"><Seg label="Written as" value={mode} options={MODES} onPick={onMode} /></span></header>
      <div class="pbox">
        {mode === 'words' && <>
          {parts.map((p, i) => <PartRow key={i} p={p} first={i === 0} onChange={(c) => change(i, c)} onRemove={parts.length > 1 ? () => onParts(parts.filter((_, j) => j !== i).map((x, j) => (j ? x : { ...x, join: null }))) : undefined} />)}
          <div class="prow"><button type="button" class="ctl sm ghost" onClick={() => onParts([...parts, { ...newPart(), join: 'and' }])}><Ico n="add" s />and / or</button></div>
          {parts.some((p) => p.metric) && <pre class="expr-p"><MonascaText text={partsText(parts)} /></pre>}
        </>}
        {mode === 'text' && <textarea class="inp area mono" rows={3} aria-label="Expression" aria-invalid={!!refused} placeholder="max(cpu.idle_perc{hostname=tower-1}, 60) < 10 times 3" spellcheck={false} value={d.expression} onInput={(e) => set({ expression: e.currentTarget.value })} />}
        {mode === 'promql' && <PromqlCondition d={d} set={set} />}
        {refused && <p class="stale-note bad" role="alert"><Glyph s="alarm" /><span class="break">{refused}{at != null && mode === 'text' && <span class="mono"> {d.expression.slice(Math.max(0, at - 12), at)}<mark>{d.expression.slice(at, at + 12) || ' '}</mark></span>}</span></p>}
        {mode !== 'promql' ? <Names label="One alarm for each" value={d.match_by} metrics={parts.map((p) => p.metric).filter(Boolean)} onChange={(match_by) => set({ match_by })} />
          : <div class="fld-3">
              <Duration label="For" ms={d.for_ms} none="at once" onChange={(for_ms) => set({ for_ms })} />
              <Duration label="Keeps ringing for" ms={d.keep_firing_for_ms} none="not longer" onChange={(keep_firing_for_ms) => set({ keep_firing_for_ms })} />
              <Duration label="Looked at every" ms={d.interval_ms} none="" onChange={(interval_ms) => set({ interval_ms })} />
            </div>}
        {mode === 'promql' && <div class="prow small"><span class="dim">If there is no data it is</span><Choose label="If there is no data" value={d.no_data} options={NO_DATA} onPick={(v) => set({ no_data: v as Draft['no_data'] })} /><span class="faint">one alarm for each series</span></div>}
      </div>
    </section>
  );
}

function PromqlCondition({ d, set }: { d: Draft; set: (c: Partial<Draft>) => void }) {
  const c = splitCondition(d.expression), [whole, setWhole] = useState(!!d.expression && !c), apart = !whole && (c || !d.expression.trim());
  const [held, setHeld] = useState(c ?? { query: d.expression, op: '>', threshold: 0 }), [limit, setLimit] = useState(String(c?.threshold ?? 0));
  useEffect(() => { if (c) { setHeld(c); if (Number(limit) !== c.threshold) setLimit(String(c.threshold)); } else if (d.expression.trim() && !whole) setWhole(true); }, [d.expression]);
  const put = (x: Partial<typeof held>): void => { const next = { ...held, ...x }; setHeld(next); set({ expression: next.query.trim() ? joinCondition(next) : '' }); };
  return <>
    <div class="qb-in"><PromqlField text={apart ? held.query : d.expression} label={apart ? 'Query' : 'PromQL condition'} onInput={(t) => (apart ? put({ query: t }) : set({ expression: t }))} onRun={() => undefined} /></div>
    <div class="expr">{apart ? <>is <Choose label="Comparison" value={held.op} options={[...OPS, ['==', 'equal to'], ['!=', 'other than']]} onPick={(op) => put({ op })} /><input class="inp num-in" inputMode="decimal" aria-label="Limit" value={limit} onInput={(e) => { setLimit(e.currentTarget.value); const n = Number(e.currentTarget.value); if (e.currentTarget.value.trim() && Number.isFinite(n)) put({ threshold: n }); }} /></> : <span class="faint small">The condition is in the query: every series it gives rings.</span>}
      <label class="chk"><input type="checkbox" checked={!apart} disabled={!c && !!d.expression.trim()} onChange={(e) => setWhole(e.currentTarget.checked)} />the limit is part of the query</label></div>
  </>;
}

export function Duration({ label, ms, none, onChange }: { label: string; ms: number; none: string; onChange: (ms: number) => void }) {
  const [text, setText] = useState(ms ? durationText(ms) : ''), d = text.trim() ? parseDuration(text.trim()) : 0;
  useEffect(() => { if (ms !== d) setText(ms ? durationText(ms) : ''); }, [ms]);
  return <label class="fld"><span class="label">{label}</span><input class="inp" value={text} placeholder={none || '60s'} aria-invalid={d === null} onInput={(e) => { setText(e.currentTarget.value); const n = e.currentTarget.value.trim() ? parseDuration(e.currentTarget.value.trim()) : 0; if (n !== null) onChange(n); }} /></label>;
}
