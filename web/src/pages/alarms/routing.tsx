// Routing: Alertmanager's routes as YAML. Empty by default, so that only a definition's own actions count.
import { useRef, useState } from 'preact/hooks';
import { messageOf } from '../../api/http.ts';
import { getRouting, listMethods, saveRouting, type Routing } from '../../api/notify.ts';
import { mayEdit, session } from '../../api/session.ts';
import { Copyable } from '../../parts/copyable.tsx';
import { Empty, Fault } from '../../parts/empty.tsx';
import { useLeaveGuard } from '../../parts/leave.tsx';
import { Chip, Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useKeys } from '../../state/keyboard.ts';
import { useAsk } from '../../state/live.ts';
import { toast } from '../../state/toast.ts';

const EXAMPLE = `route:
  receiver: on-call webhook
  group_by: [alarmname, service]
  group_wait: 10s
  group_interval: 5m
  repeat_interval: 4h
  routes:
  - matchers: [severity="critical"]
    receiver: pager
inhibit_rules:
- source_matchers: [severity="critical"]
  target_matchers: [severity="low"]
  equal: [hostname]
time_intervals:
- name: nights
  time_intervals:
  - times: [{ start_time: "22:00", end_time: "06:00" }]
`;
/** The line an error is about: as the server says it, or as its words do. */
export function lineOf(e: Routing['error'] | string): number | null {
  if (!e) return null;
  if (typeof e !== 'string' && e.line) return e.line;
  const m = /\bline (\d+)|^(\d+):\d+/.exec(typeof e === 'string' ? e : e.message);
  return m ? Number(m[1] ?? m[2]) : null;
}

export function RoutingPanel() {
  const [turn, setTurn] = useState(0), l = useAsk(getRouting, [turn]).value;
  return !l.data ? <section class="panel">{l.error ? <Fault l={l} what="the routing" again={() => setTurn(turn + 1)} /> : <Waiting rows={6} what="the routing" sinceMs={l.sinceMs} />}</section> : <Yaml r={l.data} />;
}

function Yaml({ r }: { r: Routing }) {
  const [text, setText] = useState(r.yaml), [kept, setKept] = useState(r.yaml), [error, setError] = useState<Routing['error']>(r.error), [busy, setBusy] = useState(false), area = useRef<HTMLTextAreaElement>(null), may = mayEdit(session.value), methods = useAsk((s) => listMethods(s), []).value.data ?? [];
  const line = lineOf(error), words = !error ? '' : typeof error === 'string' ? error : error.message, lines = text.split('\n');
  const leave = useLeaveGuard(may && text !== kept, 'the routing');
  const save = (): void => { if (!may || busy) return; setBusy(true); setError(null); saveRouting(text).then((x) => { if (x?.error) { setError(x.error); setBusy(false); } else { toast({ kind: 'ok', text: text.trim() ? 'The routing is in force' : 'Routing is empty again' }); setKept(text); setBusy(false); } }, (e: unknown) => { setError(messageOf(e)); setBusy(false); }); };
  useKeys({ save });
  const jump = (): void => { if (!line || !area.current) return; const at = lines.slice(0, line - 1).reduce((n, x) => n + x.length + 1, 0); area.current.focus(); area.current.setSelectionRange(at, at + (lines[line - 1]?.length ?? 0)); };
  return (
    <section class="panel" aria-labelledby="ro">{leave.dialog}<header class="wrap-h"><h2 id="ro">Routing</h2><span class="sub">as Alertmanager has it: route, inhibit_rules, time_intervals; receivers are names of methods</span><span class="r">{text !== kept && <button type="button" class="ctl sm ghost" onClick={() => { setText(kept); setError(kept === r.yaml ? r.error : null); }}>Undo</button>}<button type="button" class="ctl sm primary" disabled={!may || busy || text === kept} onClick={save}>Save</button></span></header>
      <div class="pbox">
        <div class="yaml"><pre class="ln" aria-hidden="true">{lines.map((_, i) => <span key={i} class={i + 1 === line ? 'bad' : ''}>{i + 1}{'\n'}</span>)}</pre><textarea ref={area} class="mono" rows={Math.max(10, Math.min(40, lines.length + 1))} aria-label="Routing as YAML" aria-invalid={!!error} wrap="off" spellcheck={false} readOnly={!may} value={text} onInput={(e) => setText(e.currentTarget.value)} onKeyDown={(e) => { if ((e.ctrlKey || e.metaKey) && e.key === 's') { e.preventDefault(); e.stopPropagation(); save(); } }} /></div>
        {words && <p class="stale-note bad" role="alert"><Glyph s="alarm" /><span class="break">{words}</span>{line && <button type="button" class="ctl sm ghost" onClick={jump}>Line {line}</button>}</p>}
        {methods.length > 0 && <div class="prow small"><span class="faint">Receivers</span>{methods.map((m) => <Chip key={m.id} v={m.name} />)}</div>}
        {!text.trim() && <><Empty icon="share" title="No routing">Each definition's own methods are told, at once and one by one. With routes, alarms of rule files and from outside reach somebody too, grouped as you like.</Empty><Copyable text={EXAMPLE} what="Example" /></>}
      </div>
    </section>
  );
}
