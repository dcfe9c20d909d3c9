import { fmt, raw, type Unit } from '../lib/units.ts';

export interface TipRow { i: number; name: string; colour: number; value: number }
/** The tooltip: docked in the half away from the pointer, sorted by value, nearest series bold. */
export const Tip = ({ rows, more, bold, unit, title, full, right, inset }: { rows: readonly TipRow[]; more: number; bold: number; unit: Unit; title: string; full: string; right: boolean; inset: number }) => (
  <div class="tip" style={right ? { right: '20px', top: '14px' } : { left: `${inset}px`, top: '14px' }}>
    <div class="t" title={full}>{title}</div>
    <ul>{rows.map((r) => <li key={r.i} class={r.i === bold ? 'near' : ''}><span class={`sw s${r.colour || 8}`} /><span class="cut tip-n">{r.name}</span><b title={raw(r.value, unit)}>{fmt(r.value, unit)}</b></li>)}</ul>
    {more > 0 && <div class="t">{more} more below</div>}
  </div>
);
