// One panel: its title, what can be done with it, its four states, its content.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Panel } from '../../lib/dash/model.ts';
import { interpolate, type Values } from '../../lib/dash/vars.ts';
import { fullName } from '../../lib/series.ts';
import { clock } from '../../lib/timespec.ts';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Markdown } from '../../parts/markdown.tsx';
import { Pop } from '../../parts/pop.tsx';
import { Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { asTables } from '../../state/keyboard.ts';
import { now } from '../../state/time.ts';
import { copy } from '../../state/toast.ts';
import { href } from '../../state/url.ts';
import { momentOf, usePanelData, type PanelData } from './panel_data.ts';
import { HeatBody, SeriesBody } from './series_body.tsx';
import { TableBody, ValueBody } from './value_body.tsx';

/** The size of an element, and whether it is near the view. */
function useBox(): [{ current: HTMLDivElement | null }, { w: number; h: number }, boolean] {
  const box = useRef<HTMLDivElement>(null), [size, setSize] = useState({ w: 0, h: 0 }), [near, setNear] = useState(false);
  useEffect(() => {
    const el = box.current!, seen = new ResizeObserver(() => setSize((s) => (s.w === el.clientWidth && s.h === el.clientHeight ? s : { w: el.clientWidth, h: el.clientHeight })));
    const view = new IntersectionObserver((e) => setNear(e.at(-1)!.isIntersecting), { root: document.getElementById('main'), rootMargin: '200px' });
    seen.observe(el); view.observe(el);
    return () => { seen.disconnect(); view.disconnect(); };
  }, []);
  return [box, size, near];
}

export interface PanelActions { onFull?: () => void; full?: boolean; onEdit?: () => void; onCopy?: () => void; onRemove?: () => void; handle?: ComponentChildren; corner?: ComponentChildren; chosen?: boolean; /** Asked for wherever it stands: a preview. */ always?: boolean }

export function PanelView({ p, values, scope, title, uid, actions }: { p: Panel; values: Values | null; scope: Values; title: string; uid: string; actions: PanelActions }) {
  const [box, size, seen] = useBox(), near = seen || actions.always === true, [menu, setMenu] = useState(false);
  const all = values && { ...values, ...scope }, table = asTables.value && (p.type === 'timeseries' || p.type === 'heatmap'), shownAs: Panel = table ? { ...p, type: 'table' } : p;
  const { l, again } = usePanelData(shownAs, p.type === 'text' ? null : all, size.w, near, title), data = l.data;
  const words = all && /[$[]/.test(p.title) ? interpolate(p.title, all, momentOf(p, 600, title, 0, 3_600_000), 'text') : p.title;
  const close = (): void => setMenu(false), act = (run?: () => void) => (): void => { close(); run?.(); };
  return (
    <section class={'panel dp' + (actions.chosen ? ' chosen' : '')} aria-labelledby={`dp-${uid}`}>
      <header>
        {actions.handle}
        <h2 id={`dp-${uid}`} class="cut" title={[words, p.description].filter(Boolean).join('\n')}>{words || <span class="faint">{p.type === 'text' ? '' : 'No title'}</span>}</h2>
        {p.description && <span class="dp-info" title={p.description}><Ico n="help" s /><span class="vh">{p.description}</span></span>}
        {data && data.m.notes.length > 0 && <span class="dp-info" title={data.m.notes.join('\n')}><Glyph s="undet" /><span class="vh">{data.m.notes.join('. ')}</span></span>}
        {(l.error && data || data?.partial) && <span class="dp-info c-warn" title={l.error ? `Not up to date: ${l.error}` : data!.partial} role="status"><Ico n="alert" s /><span class="vh">{l.error ? `Not up to date: ${l.error}` : data!.partial}</span></span>}
        <span class="r dp-tools">
          {actions.onEdit && <button type="button" class="ctl sm ghost icon" aria-label={`Edit panel ${words}`} title="Edit" onClick={actions.onEdit}><Ico n="settings" s /></button>}
          {actions.onFull && <button type="button" class="ctl sm ghost icon" aria-label={actions.full ? 'Back to all panels' : `Panel ${words} alone`} title={actions.full ? 'Back to all panels (Esc)' : 'This panel alone'} onClick={actions.onFull}><Ico n={actions.full ? 'x' : 'expand'} s /></button>}
          {p.type !== 'row' && <span class="anchor"><button type="button" class="ctl sm ghost icon" aria-haspopup="dialog" aria-expanded={menu} aria-label={`More about panel ${words}`} onClick={() => setMenu(!menu)}><Ico n="more" s /></button>
            {menu && <Pop label={`Panel ${words}`} onClose={close} right>
              {data?.exprs[0] && <a class="pi" href={href('/metrics', { q: data.exprs[0], view: p.stack ? 'stacked' : p.type === 'heatmap' ? 'heatmap' : undefined })}><Ico n="metrics" s />Open in Metrics</a>}
              {data?.exprs[0] && p.type !== 'heatmap' && <a class="pi" href={href('/alarms/new', { q: data.exprs[0], name: words || undefined, limit: p.thresholds.at(-1) && Number.isFinite(p.thresholds.at(-1)!.value) ? String(p.thresholds.at(-1)!.value) : undefined })}><Ico n="alarms" s />Alarm on this</a>}
              {data && p.type !== 'text' && <button type="button" class="pi" onClick={act(() => void copy(toTsv(data), 'Values'))}><Ico n="copy" s />Copy the values</button>}
              {data && p.type !== 'text' && <button type="button" class="pi" onClick={act(again)}><Ico n="play" s />Ask again</button>}
              {actions.onCopy && <button type="button" class="pi" onClick={act(actions.onCopy)}><Ico n="add" s />Make another like it</button>}
              {actions.onRemove && <button type="button" class="pi" onClick={act(actions.onRemove)}><Ico n="trash" s />Remove</button>}
              {p.type === 'text' && !actions.onRemove && <p class="pop-p">A text; nothing is asked for it.</p>}
            </Pop>}</span>}
        </span>
      </header>
      <div class={'dp-body' + (p.type === 'text' ? ' text' : '')} ref={box}>
        {p.type === 'text' ? (p.text.trim() ? <Markdown text={all ? interpolate(p.text, all, momentOf(p, 600, title, 0, 3_600_000), 'text') : p.text} /> : <Empty icon="logs" title="No text yet" />)
          : !p.queries.some((q) => q.expr.trim() && !q.hidden) ? <Empty icon="metrics" title="No query yet">{actions.onEdit ? 'Edit the panel to write one.' : ''}</Empty>
          : l.error && !data ? <Fault l={l} what="this panel" again={again} />
          : !data || !size.h ? (near ? <Waiting rows={Math.max(1, Math.min(5, Math.floor(size.h / 48)))} what={words || 'the panel'} sinceMs={l.sinceMs} /> : null)
          : <Content p={shownAs} data={data} width={size.w} height={size.h} />}
      </div>
      {actions.corner}
    </section>
  );
}

function Content({ p, data, width, height }: { p: Panel; data: PanelData; width: number; height: number }) {
  if (p.type === 'table') return data.table ? <TableBody p={p} data={data} /> : <Waiting rows={3} what="the table" sinceMs={0} />;
  const values = data.m.series.some((s) => s.values.some((v) => v != null && !Number.isNaN(v)));
  if (!values && !data.heat) {
    if (data.native) return <Empty icon="metrics" title="Native histograms">Take a quantile, or show the panel as a heatmap.</Empty>;
    return <Empty icon="clock" title="No values in this time">{height > 110 && `Nothing matches between ${clock(data.fromMs, now.value)} and ${clock(data.toMs, now.value)}.`}</Empty>;
  }
  if (p.type === 'timeseries') return <SeriesBody p={p} data={data} width={width} height={height} />;
  if (p.type === 'heatmap') return <HeatBody p={p} data={data} height={height} />;
  return <ValueBody p={p} data={data} width={width} height={height} />;
}

function toTsv(d: PanelData): string {
  const cell = (s: string): string => s.replace(/[\t\n\r]/g, ' ');
  if (d.table) return [[...d.table.columns, ...d.table.values].map(cell).join('\t'), ...d.table.rows.map((r) => [...d.table!.columns.map((c) => cell(Object.hasOwn(r.labels, c) ? r.labels[c]! : '')), ...r.values.map((v) => String(v ?? ''))].join('\t'))].join('\n');
  return [['time', ...d.m.series.map((s) => cell(fullName(s.labels)))].join('\t'), ...d.m.timesMs.map((t, i) => [new Date(t).toISOString(), ...d.m.series.map((s) => String(s.values[i] ?? ''))].join('\t'))].join('\n');
}
