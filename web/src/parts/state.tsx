// States are always shape, colour and word together.
import type { ComponentChildren } from 'preact';

export type State = 'ok' | 'alarm' | 'undet';
const WORD: Record<State, string> = { ok: 'OK', alarm: 'ALARM', undet: 'UNDETERMINED' };

export const Glyph = ({ s }: { s: State }) => (
  <svg class={`glyph c-${s}`} viewBox="0 0 12 12" aria-hidden="true">
    {s === 'ok' && <><circle cx="6" cy="6" r="5.5" fill="currentColor" /><path class="cut-out" d="M3.6 6.2 5.3 7.9 8.5 4.3" /></>}
    {s === 'alarm' && <><path d="M6 .7 11.6 10.9H.4z" fill="currentColor" stroke="currentColor" stroke-width=".8" stroke-linejoin="round" /><path class="cut-out" d="M6 4.2v3.2M6 9.1v.5" /></>}
    {s === 'undet' && <><path d="M6 .9 11.1 6 6 11.1 .9 6z" fill="none" stroke="currentColor" stroke-width="1.3" stroke-linejoin="round" /><path d="M4.2 6h3.6" stroke="currentColor" stroke-width="1.4" /></>}
  </svg>
);
export const StateBadge = ({ s, word }: { s: State; word?: string }) => <span class={'state ' + s}><Glyph s={s} />{word ?? WORD[s]}</span>;

export const Chip = ({ k, v, on, title, onRemove, onClick }: { k?: string; v: string; on?: boolean; title?: string; onRemove?: () => void; onClick?: (e: MouseEvent) => void }) => (
  <span class={'chip' + (on ? ' on' : '')} title={title}>
    {onClick ? <button type="button" class="chip-b" onClick={onClick}>{k && <span class="k">{k}</span>}{v}</button> : <>{k && <span class="k">{k}</span>}{v}</>}
    {onRemove && <button type="button" class="chip-x" aria-label={`Remove ${k ?? ''}${v}`} onClick={onRemove}>×</button>}
  </span>
);

/** A thin bar; `ratio` is clamped to what can be drawn. */
export const Bar = ({ ratio, tone = '', label }: { ratio: number; tone?: string; label?: string }) => (
  <span class="bar thin" role={label ? 'img' : undefined} aria-label={label} aria-hidden={label ? undefined : true}>
    <i class={tone ? tone + ' fill-c' : ''} style={{ width: `${Math.max(0, Math.min(1, Number.isFinite(ratio) ? ratio : 0)) * 100}%` }} />
  </span>
);

export const Num = ({ children, faint }: { children: ComponentChildren; faint?: boolean }) => <td class={'num' + (faint ? ' faint' : '')}>{children}</td>;
