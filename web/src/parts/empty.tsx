// What a panel says when it has nothing to show: what would be here, why it is not, what to do.
import type { ComponentChildren } from 'preact';
import type { Loaded } from '../state/live.ts';
import { Glyph } from './state.tsx';
import { Ico } from './icon.tsx';
import { Waiting } from './waiting.tsx';

export const Empty = ({ icon, title, children, actions }: { icon: string; title: string; children?: ComponentChildren; actions?: ComponentChildren }) => (
  <div class="empty"><Ico n={icon} /><b>{title}</b>{children && <span>{children}</span>}{actions && <div class="prow mid">{actions}</div>}</div>
);

/** An error inside its panel: what happened, in the server's words, and a way on. */
export const Fault = ({ l, again, what }: { l: Loaded<unknown>; again?: () => void; what: string }) => (
  <div class="empty fault" role="alert">
    <span class="fault-g"><Glyph s={l.status === 0 ? 'undet' : 'alarm'} /></span>
    <b>{l.status === 0 ? 'Not connected' : l.status === 401 ? 'Not signed in' : l.status === 403 ? 'Not allowed' : l.status === 404 ? `This server does not offer ${what}` : `No answer for ${what}`}</b>
    <span class="break">{l.error}{l.code && <span class="faint mono"> {l.code}</span>}</span>
    {again && <div class="prow mid"><button type="button" class="ctl sm" onClick={again}>Ask again</button></div>}
  </div>
);

/** The four states of a panel around its content. Old data stays, dimmed by `stale`, until new data is there. */
export function Panel<T>({ l, what, again, rows = 3, children }: { l: Loaded<T>; what: string; again?: () => void; rows?: number; children: (data: T) => ComponentChildren }) {
  if (l.data !== null) {
    return <>
      {l.error && <p class="stale-note" role="status"><Glyph s="undet" /> Not up to date: {l.error}</p>}
      {children(l.data)}
    </>;
  }
  if (l.error) return <Fault l={l} what={what} again={again} />;
  return <Waiting rows={rows} what={what} sinceMs={l.sinceMs} />;
}
