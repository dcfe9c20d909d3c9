import { useState } from 'preact/hooks';
import { getDemo, removeDemo, startDemo } from '../../api/demo.ts';
import { messageOf } from '../../api/http.ts';
import { mayChange, session } from '../../api/session.ts';
import { ago } from '../../lib/timespec.ts';
import { plural } from '../../lib/units.ts';
import { Panel } from '../../parts/empty.tsx';
import { Glyph } from '../../parts/state.tsx';
import { usePoll } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';
import { toast } from '../../state/toast.ts';
import { Copyable } from '../../parts/copyable.tsx';

export function DemoTab() {
  const l = usePoll(getDemo, 2000).value, [busy, setBusy] = useState(false), may = mayChange(session.value);
  const act = (what: () => Promise<void>, done: string) => (): void => { setBusy(true); what().then(() => toast({ kind: 'ok', text: done }), (e) => toast({ kind: 'error', text: 'That did not work', detail: messageOf(e) })).finally(() => setBusy(false)); };
  return <>
    <header><h2>Demo data</h2><span class="sub">a believable small fleet, so that every page is full</span></header>
    <div class="pbox">
      <Panel l={l} what="the demo" rows={2}>{(d) => <>
        <div class={'light' + (d.running ? ' on' : '')} role="status">{d.running ? <Glyph s="ok" /> : <i class="dot-w" />}<span>{d.running ? <><b>Running with {plural(d.series, 'series', 'series')}</b>{d.since_ms ? <span class="dim">, since {ago(d.since_ms, serverNow())}.</span> : '.'}</> : d.series ? <><b>Stopped; {plural(d.series, 'series', 'series')} are still stored.</b></> : <b>Not running.</b>}</span></div>
        <p class="small dim">Everything it makes carries the label demo="true". Removing takes away exactly that.</p>
        <div class="prow">
          {!d.running && <button type="button" class="ctl primary" disabled={busy || !may} onClick={act(startDemo, 'Demo data comes in')}>Start</button>}
          {(d.running || d.series > 0) && <button type="button" class="ctl danger" disabled={busy || !may} onClick={act(removeDemo, 'Demo data removed')}>Remove all of it</button>}
          {!may && <span class="small dim">Needs a login: belfry open prints a link.</span>}
        </div>
      </>}</Panel>
      <div class="step"><span class="small dim">The same from a shell:</span><Copyable text={'belfry demo\nbelfry demo --remove'} what="Demo commands" /></div>
    </div>
  </>;
}
