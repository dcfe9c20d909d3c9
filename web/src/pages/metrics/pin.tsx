// The chart onto a dashboard: a list to choose from; the dashboard opens with the new panel, to be looked at and saved.
import { useState } from 'preact/hooks';
import { listDashboards } from '../../api/dashboards.ts';
import { mayChange, session } from '../../api/session.ts';
import { best } from '../../lib/rank.ts';
import { Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Pop } from '../../parts/pop.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAsk } from '../../state/live.ts';
import { href } from '../../state/url.ts';

const SHOWN_MOST = 30;

export function Pin({ query, view, title }: { query: string; view: string; title: string }) {
  const [open, setOpen] = useState(false), [text, setText] = useState('');
  if (!mayChange(session.value)) return null;
  return (
    <span class="anchor"><button type="button" class="ctl sm opt" disabled={!query} aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}><Ico n="dash" s />Add to dashboard</button>
      {open && <Pop label="Add to dashboard" onClose={() => setOpen(false)} right><Choice query={query} view={view} title={title} text={text} onText={setText} /></Pop>}</span>
  );
}

function Choice({ query, view, title, text, onText }: { query: string; view: string; title: string; text: string; onText: (t: string) => void }) {
  const l = useAsk((s) => listDashboards(s), []).value, to = (id: string): string => href(`/dash/${id}`, { add: query, as: view === 'lines' ? undefined : view, title });
  const found = !l.data ? [] : text ? best(l.data, text, (d) => `${d.title} ${d.folder}`, SHOWN_MOST) : [...l.data].sort((a, b) => b.updated_ms - a.updated_ms).slice(0, SHOWN_MOST);
  return <>
    <a class="pi" data-first href={to('new')}><Ico n="add" s />New dashboard</a>
    {l.error && !l.data ? <Fault l={l} what="the dashboards" /> : !l.data ? <Waiting rows={2} what="the dashboards" sinceMs={l.sinceMs} /> : <>
      {l.data.length > 8 && <label class="field pop-find"><Ico n="search" s /><input value={text} aria-label="Find a dashboard" placeholder="Find a dashboard" autocomplete="off" onInput={(e) => onText(e.currentTarget.value)} /></label>}
      <div class="pop-list">{found.map((d) => <a class="pi" key={d.id} href={to(d.id)}><Ico n="dash" s /><span class="cut">{d.title}</span>{d.folder && <span class="faint small cut">{d.folder}</span>}</a>)}</div></>}
  </>;
}
