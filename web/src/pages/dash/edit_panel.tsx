// The drawer of one panel: its preview on top, then queries and looks; every change is on the page at once and can be undone.
import { useState } from 'preact/hooks';
import { CALCS, DRAWS, LEGENDS, PANEL_TYPES, TONES, type Calc, type Panel, type PanelType, type Threshold } from '../../lib/dash/model.ts';
import { CALC_WORDS } from '../../lib/dash/reduce.ts';
import { isUnit, UNITS, UNIT_WORDS_LONG, type Unit } from '../../lib/units.ts';
import type { Values } from '../../lib/dash/vars.ts';
import { Ico } from '../../parts/icon.tsx';
import { PromqlField } from '../../parts/promql_field.tsx';
import { Seg } from '../../parts/seg.tsx';
import type { Draft } from './draft.ts';
import { Area, Check, NumberField, Select, Text } from './fields.tsx';
import { PanelView } from './panel.tsx';

export const TYPE_WORDS: Record<PanelType, string> = { timeseries: 'Time series', stat: 'Stat', gauge: 'Gauge', bargauge: 'Bars', table: 'Table', heatmap: 'Heatmap', text: 'Text', row: 'Row' };
const DRAW_WORDS = { lines: 'Lines', area: 'Area', bars: 'Bars' } as const, LEGEND_WORDS = { list: 'List', table: 'Table', none: 'None' } as const;
const TONE_CHOICE = { ok: 'good', warn: 'warning', alarm: 'too far', info: 'noted', none: 'plain' } as const;
const QUERIES_MOST = 26;

export function EditPanel({ draft, id, values, onClose }: { draft: Draft; id: number; values: Values | null; onClose: () => void }) {
  const d = draft.d.value, p = d.panels.find((x) => x.id === id);
  if (!p) return null;
  const set = (change: Partial<Panel>, group = ''): void => draft.changePanel(id, change, group);
  const asks = p.type !== 'text' && p.type !== 'row', one = p.type === 'stat' || p.type === 'gauge' || p.type === 'bargauge';
  return (
    <aside class="drawer" aria-label={`Edit ${p.type === 'row' ? 'row' : 'panel'} ${p.title}`} key={id}>
      <div class="sec-h drawer-h"><span class="cut">{p.type === 'row' ? 'Row' : 'Panel'} {p.title && `“${p.title}”`}</span><span class="grow" /><button type="button" class="ctl sm primary" onClick={onClose}>Done</button></div>
      {p.type !== 'row' && <div class="preview"><PanelView p={p} values={values} scope={{}} title={d.title} uid={`preview-${id}`} actions={{ always: true }} /></div>}
      <div class="drawer-b">
        {p.type !== 'row' && <Select label="Kind" value={p.type} options={PANEL_TYPES.filter((t) => t !== 'row').map((t) => [t, TYPE_WORDS[t]] as const)} onPick={(type) => set({ type, ...(type !== 'text' && !p.queries.length ? { queries: [{ expr: '', legend: '', hidden: false }] } : {}) })} />}
        <Text label="Title" value={p.title} most={200} placeholder="May hold $variables" onInput={(title) => set({ title }, 'title')} />
        {asks && <Queries p={p} set={set} />}
        {p.type === 'text' && <Area label="Text" mono rows={12} value={p.text} hint="Markdown without HTML: headings, lists, tables, `code`, **strong**, links" onInput={(text) => set({ text }, 'text')} />}
        {asks && <section class="drawer-s" aria-label="Looks"><h3 class="h2">Looks</h3>
          {p.type === 'timeseries' && <div class="fld"><span class="label">Drawn as</span><div class="prow"><Seg label="Drawn as" value={p.draw} options={DRAWS.map((x) => [x, DRAW_WORDS[x]] as const)} onPick={(draw) => set({ draw })} /><Check label="stacked" on={p.stack} onPick={(stack) => set({ stack })} /></div></div>}
          {p.type === 'timeseries' && <div class="fld"><span class="label">Legend</span><Seg label="Legend" value={p.legend} options={LEGENDS.map((x) => [x, LEGEND_WORDS[x]] as const)} onPick={(legend) => set({ legend })} /></div>}
          {one && <Select label="Value" value={p.calc} options={CALCS.map((c) => [c, CALC_WORDS[c]] as readonly [Calc, string])} onPick={(calc) => set({ calc })} />}
          {p.type === 'stat' && <Check label="curve behind the value" on={p.spark} onPick={(spark) => set({ spark })} />}
          <UnitField p={p} set={set} />
          <div class="fld-3"><NumberField label="Lowest" value={p.min} onInput={(min) => set({ min }, 'min')} /><NumberField label="Highest" value={p.max} onInput={(max) => set({ max }, 'max')} /><NumberField label="Decimals" whole value={p.decimals} onInput={(n) => set({ decimals: n === null ? null : Math.min(9, Math.max(0, n)) }, 'decimals')} /></div>
          {p.type !== 'heatmap' && <Thresholds p={p} set={set} />}
          <Text label="Least step" value={p.interval} placeholder="follows the width" hint="How often the data come, for example 1m; also what $__rate_interval goes by" onInput={(interval) => set({ interval }, 'interval')} />
        </section>}
        <section class="drawer-s" aria-label="About"><h3 class="h2">About</h3>
          {p.type !== 'row' && <Area label="Description" rows={2} value={p.description} onInput={(description) => set({ description }, 'description')} />}
          <Select label="Repeat for each value of" value={p.repeat} options={[['', 'no variable'] as const, ...d.variables.filter((v) => v.type !== 'textbox').map((v) => [v.name, v.label || v.name] as const)]} onPick={(repeat) => set({ repeat })} />
          {p.repeat && p.type !== 'row' && <Check label="one below the other" on={p.repeatDown} onPick={(repeatDown) => set({ repeatDown })} />}
          {p.type === 'row' && <Check label="folded at first" on={p.collapsed} onPick={(collapsed) => set({ collapsed })} />}
        </section>
      </div>
    </aside>
  );
}

type Set = (change: Partial<Panel>, group?: string) => void;
function Queries({ p, set }: { p: Panel; set: Set }) {
  const put = (i: number, change: object, group = ''): void => set({ queries: p.queries.map((q, k) => (k === i ? { ...q, ...change } : q)) }, group && `${group}${i}`);
  return (
    <section class="drawer-s" aria-label="Queries"><h3 class="h2">Queries</h3>
      {p.queries.map((q, i) => <QueryRow key={i} i={i} expr={q.expr} legend={q.legend} hidden={q.hidden} only={p.queries.length === 1} onRun={(expr) => put(i, { expr })} onLegend={(legend) => put(i, { legend }, 'legend')} onHide={() => put(i, { hidden: !q.hidden })} onRemove={() => set({ queries: p.queries.filter((_, k) => k !== i) })} />)}
      {p.queries.length < QUERIES_MOST && <button type="button" class="ctl sm" onClick={() => set({ queries: [...p.queries, { expr: '', legend: '', hidden: false }] })}><Ico n="add" s />Add query</button>}
    </section>
  );
}
function QueryRow({ i, expr, legend, hidden, only, onRun, onLegend, onHide, onRemove }: { i: number; expr: string; legend: string; hidden: boolean; only: boolean; onRun: (expr: string) => void; onLegend: (v: string) => void; onHide: () => void; onRemove: () => void }) {
  const [text, setText] = useState(expr), letter = String.fromCharCode(65 + i), run = (): void => { if (text.trim() !== expr) onRun(text.trim()); };
  return (
    <div class={'qrow' + (hidden ? ' off' : '')} onBlur={(e) => { if (!e.currentTarget.contains(e.relatedTarget as Node | null)) run(); }}>
      <div class="qrow-h"><span class="label">Query {letter}</span><span class="grow" /><button type="button" class="ctl sm ghost" aria-pressed={hidden} onClick={onHide}>{hidden ? 'Show' : 'Hide'}</button>{!only && <button type="button" class="ctl sm ghost icon" aria-label={`Remove query ${letter}`} onClick={onRemove}><Ico n="trash" s /></button>}<button type="button" class={'ctl sm' + (text.trim() !== expr ? ' primary' : '')} onClick={run}>Run</button></div>
      <div class="qb"><PromqlField text={expr} label={`PromQL query ${letter}`} onInput={setText} onRun={run} /></div>
      <input class="inp" value={legend} aria-label={`Legend of query ${letter}`} placeholder="Legend, for example {{instance}}" spellcheck={false} autocomplete="off" onInput={(e) => onLegend(e.currentTarget.value)} />
    </div>
  );
}

function UnitField({ p, set }: { p: Panel; set: Set }) {
  const own = p.unit.startsWith('suffix:');
  return <>
    <Select label="Unit" value={own ? 'suffix:' : p.unit} options={[['', 'from the query'] as const, ...UNITS.map((u) => [u, UNIT_WORDS_LONG[u]] as const), ['suffix:', 'own word behind the number'] as const]} onPick={(u) => set({ unit: u === 'suffix:' ? 'suffix:pieces' : (u as Unit | '') })} />
    {own && <Text label="Word behind the number" value={p.unit.slice(7)} most={24} onInput={(t) => { const u = 'suffix:' + t; if (isUnit(u)) set({ unit: u }, 'unit'); }} />}
  </>;
}

function Thresholds({ p, set }: { p: Panel; set: Set }) {
  const put = (i: number, change: Partial<Threshold>, group = ''): void => set({ thresholds: p.thresholds.map((t, k) => (k === i ? { ...t, ...change } : t)) }, group && `${group}${i}`);
  return (
    <div class="fld" role="group" aria-label="Thresholds"><span class="label">Thresholds</span>
      {p.thresholds.map((t, i) => <div class="thr" key={i}><span class="faint small">{t.value === null ? 'below all' : 'from'}</span>
        {t.value !== null && <NumberField label={`Threshold ${i + 1}`} value={t.value} onInput={(value) => { if (value !== null) put(i, { value }, 'threshold'); }} />}
        <select class="inp" aria-label={`Meaning of threshold ${i + 1}`} value={t.tone} onChange={(e) => put(i, { tone: e.currentTarget.value as Threshold['tone'] })}>{TONES.map((x) => <option key={x} value={x}>{TONE_CHOICE[x]}</option>)}</select>
        <button type="button" class="ctl sm ghost icon" aria-label={`Remove threshold ${i + 1}`} onClick={() => set({ thresholds: p.thresholds.filter((_, k) => k !== i) })}><Ico n="x" s /></button></div>)}
      <div class="prow"><button type="button" class="ctl sm" onClick={() => set({ thresholds: [...p.thresholds, { value: Math.max(0, ...p.thresholds.map((t) => t.value ?? 0)) + (p.thresholds.length ? 10 : 80), tone: p.thresholds.some((t) => t.tone === 'warn') ? 'alarm' : 'warn' }] })}><Ico n="add" s />Add threshold</button></div>
    </div>
  );
}
