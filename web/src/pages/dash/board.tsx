// The grid of panels. In edit mode a panel moves by its handle and grows by its corner, with the mouse or the arrow keys.
import { useMemo, useRef, useState } from 'preact/hooks';
import { expand, type Shown } from '../../lib/dash/expand.ts';
import { put, type Box } from '../../lib/dash/layout.ts';
import { COLUMNS, nextId, type Dashboard, type Panel } from '../../lib/dash/model.ts';
import { interpolate, type Values } from '../../lib/dash/vars.ts';
import { Empty } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { narrow } from '../../state/theme.ts';
import { toast } from '../../state/toast.ts';
import { param, setParams } from '../../state/url.ts';
import type { Draft } from './draft.ts';
import { PanelView } from './panel.tsx';
import { momentOf } from './panel_data.ts';

const CELL_PX = 30, GAP_PX = 8, LEAST_W = 2, LEAST_H = 2;
const slug = (s: string): string => s.replace(/[^\w-]/g, (c) => '_' + c.codePointAt(0)!.toString(36));

export function Board({ draft, values, onEdit, chosen }: { draft: Draft; values: Values | null; onEdit: (id: number) => void; chosen: number }) {
  const d = draft.d.value, editing = draft.editing.value, grid = useRef<HTMLDivElement>(null), [drag, setDrag] = useState<{ id: number; panels: Panel[] } | null>(null), [said, setSaid] = useState('');
  const folded = param('folded'), toggled = useMemo(() => new Set(folded.split(',').filter(Boolean).map(Number)), [folded]);
  const isFolded = (row: Panel): boolean => row.collapsed !== toggled.has(row.id);
  const { shown, cut } = useMemo(() => (editing ? { shown: (drag?.panels ?? d.panels).map((p): Shown => ({ key: String(p.id), panel: p, scope: {}, x: p.x, y: p.y, w: p.w, h: p.h })), cut: 0 } : expand(d.panels, values ?? {}, isFolded)), [d.panels, values, editing, drag, toggled]);
  const alone = param('panel'), one = alone ? shown.find((s) => s.key === alone) ?? shown.find((s) => String(s.panel.id) === alone.split(':')[0]) : undefined;
  const full = (key: string | undefined): void => setParams({ panel: key });

  const place = (p: Panel, at: Partial<Box>): void => {
    const i = d.panels.findIndex((x) => x.id === p.id), panels = put(d.panels, i, at);
    draft.change({ ...d, panels }, `place:${p.id}`);
    const now = panels[i]!;
    setSaid(`${p.title || 'Panel'}: column ${now.x + 1}, line ${now.y + 1}, ${now.w} wide, ${now.h} high`);
  };
  const key = (p: Panel, grow: boolean) => (e: KeyboardEvent): void => {
    const dx = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0, dy = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
    if (!dx && !dy) return;
    e.preventDefault(); e.stopPropagation();
    if (grow || e.shiftKey) { if (p.type !== 'row') place(p, { w: Math.max(LEAST_W, Math.min(COLUMNS - p.x, p.w + dx)), h: Math.max(LEAST_H, p.h + dy) }); } else place(p, { x: p.type === 'row' ? 0 : p.x + dx, y: dy > 0 ? p.y + p.h : p.y + dy });
  };
  const pull = (p: Panel, grow: boolean) => (e: PointerEvent): void => {
    if (e.button !== 0 || !grid.current) return;
    const handle = e.currentTarget as HTMLElement, index = d.panels.findIndex((x) => x.id === p.id), panels = d.panels;
    const cell = (ev: PointerEvent): { x: number; y: number } => { const r = grid.current!.getBoundingClientRect(); return { x: (ev.clientX - r.left) / ((r.width + GAP_PX) / COLUMNS), y: (ev.clientY - r.top) / (CELL_PX + GAP_PX) }; };
    const from = cell(e);
    let last: Panel[] = panels, at = '';
    const move = (ev: PointerEvent): void => {
      const c = cell(ev), dx = Math.round(c.x - from.x), dy = Math.round(c.y - from.y), main = document.getElementById('main')!;
      if (ev.clientY > innerHeight - 60) main.scrollBy(0, 12); else if (ev.clientY < 100) main.scrollBy(0, -12);
      if (at === `${dx},${dy}`) return;
      at = `${dx},${dy}`;
      last = put(panels, index, grow ? { w: Math.max(LEAST_W, Math.min(COLUMNS - p.x, p.w + dx)), h: Math.max(LEAST_H, p.h + dy) } : { x: p.type === 'row' ? 0 : p.x + dx, y: Math.max(0, p.y + dy) });
      setDrag({ id: p.id, panels: last });
    };
    const end = (): void => { handle.removeEventListener('pointermove', move); handle.removeEventListener('pointerup', end); handle.removeEventListener('pointercancel', end); setDrag(null); if (last !== panels) draft.change({ ...draft.d.peek(), panels: last }); };
    e.preventDefault();
    handle.focus();
    handle.setPointerCapture(e.pointerId);
    handle.addEventListener('pointermove', move); handle.addEventListener('pointerup', end); handle.addEventListener('pointercancel', end);
  };
  const remove = (p: Panel): void => { draft.change({ ...d, panels: d.panels.filter((x) => x.id !== p.id) }); toast({ kind: 'ok', text: `“${p.title || 'Panel'}” removed`, action: { label: 'Undo', run: () => draft.undo() } }); };
  const twin = (p: Panel): void => { const id = nextId(d), panels = [...d.panels, { ...p, id }]; draft.change({ ...d, panels: put(panels, panels.length - 1, { x: p.x + 2 * p.w <= COLUMNS ? p.x + p.w : p.x, y: p.x + 2 * p.w <= COLUMNS ? p.y : p.y + p.h }) }); };

  const view = (s: Shown, isFull = false) => {
    const p = s.panel, uid = slug(s.key) + (isFull ? '-full' : '');
    return <PanelView key={s.key} uid={uid} p={p} values={values} scope={s.scope} title={d.title} actions={{
      full: isFull, chosen: chosen === p.id, onFull: editing ? undefined : () => full(isFull ? undefined : s.key), onEdit: editing ? () => onEdit(p.id) : undefined, onCopy: editing ? () => twin(p) : undefined, onRemove: editing ? () => remove(p) : undefined,
      handle: editing && !narrow.value ? <button type="button" class="dp-handle" data-arrows aria-label={`Move ${p.title || 'panel'}: arrows move, Shift and arrows change the size`} title="Drag to move; arrows move, Shift and arrows resize" onPointerDown={pull(p, false)} onKeyDown={key(p, false)}><Ico n="menu" s /></button> : undefined,
      corner: editing && !narrow.value ? <button type="button" class="dp-corner" data-arrows aria-label={`Size of ${p.title || 'panel'}: arrows change it`} title="Drag to resize" onPointerDown={pull(p, true)} onKeyDown={key(p, true)} /> : undefined,
    }} />;
  };
  if (one && !editing) return <div class="dp-full">{view(one, true)}</div>;
  if (!d.panels.length) return <section class="panel"><Empty icon="dash" title="No panels yet">{editing ? 'Add the first one with Add panel above.' : 'Edit the dashboard to add the first one.'}</Empty></section>;
  return <>
    {cut > 0 && <p class="stale-note" role="status">{cut} repetitions more are not shown; choose fewer values.</p>}
    <div class={'board' + (editing ? ' editing' : '') + (drag ? ' dragging' : '')} ref={grid}>
      {shown.map((s) => (
        <div key={s.key} class={'cell' + (drag?.id === s.panel.id ? ' moving' : '') + (s.panel.type === 'row' ? ' row' : '')} style={{ gridColumn: `${s.x + 1} / span ${s.w}`, gridRow: `${s.y + 1} / span ${s.h}`, '--h': String(s.h) }}>
          {s.panel.type === 'row' ? <Row s={s} values={values} title={d.title} folded={!editing && isFolded(s.panel)} editing={editing} onFold={() => { const t = new Set(toggled); if (!t.delete(s.panel.id)) t.add(s.panel.id); setParams({ folded: [...t].join(',') || undefined }, true); }} onEdit={() => onEdit(s.panel.id)} onRemove={() => remove(s.panel)} pull={pull(s.panel, false)} keys={key(s.panel, false)} /> : view(s)}
        </div>
      ))}
    </div>
    <span class="vh" role="status" aria-live="polite">{said}</span>
  </>;
}

function Row({ s, values, title, folded, editing, onFold, onEdit, onRemove, pull, keys }: { s: Shown; values: Values | null; title: string; folded: boolean; editing: boolean; onFold: () => void; onEdit: () => void; onRemove: () => void; pull: (e: PointerEvent) => void; keys: (e: KeyboardEvent) => void }) {
  const words = values ? interpolate(s.panel.title, { ...values, ...s.scope }, momentOf(s.panel, 600, title, 0, 3_600_000), 'text') : s.panel.title;
  return (
    <div class="dp-row">
      {editing && !narrow.value && <button type="button" class="dp-handle" data-arrows aria-label={`Move row ${words}`} onPointerDown={pull} onKeyDown={keys}><Ico n="menu" s /></button>}
      {editing ? <h2 class="h2 cut">{words || 'Row'}</h2> : <button type="button" class="dp-fold" aria-expanded={!folded} onClick={onFold}><Ico n={folded ? 'right' : 'down'} s /><span class="h2 cut">{words || 'Row'}</span></button>}
      {editing && s.panel.repeat && <span class="chip line"><span class="k">repeats for</span>{s.panel.repeat}</span>}
      {editing && <><button type="button" class="ctl sm ghost icon" aria-label={`Edit row ${words}`} onClick={onEdit}><Ico n="settings" s /></button><button type="button" class="ctl sm ghost icon" aria-label={`Remove row ${words}`} onClick={onRemove}><Ico n="trash" s /></button></>}
    </div>
  );
}
export type { Dashboard };
