// Status: one sentence of judgement, then the way of a record from left to right, then everything in tables.
import { getStatus, type Status } from '../../api/status.ts';
import { Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { StateBadge } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { usePoll } from '../../state/live.ts';
import { refreshMs } from '../../state/time.ts';
import { frame } from '../../state/live.ts';
import { copy } from '../../state/toast.ts';
import { plural } from '../../lib/units.ts';
import { Flow } from './flow.tsx';
import { Consumers, Receivers, Refusals } from './pipeline_tables.tsx';
import { Config, Disk, Limits, Memory, OwnLog, Stores, Work } from './store_tables.tsx';

const STATE = { ok: ['ok', 'OK'], warn: ['undet', 'LOOK'], error: ['alarm', 'TROUBLE'] } as const;

export default function StatusPage() {
  const l = usePoll(getStatus, Math.max(1000, refreshMs.value)).value, s = l.data;
  if (!s) return <div class="page"><div class="head"><h1>Status</h1></div><section class="panel">{l.error ? <Fault l={l} what="the status" /> : <Waiting rows={8} what="the status" sinceMs={l.sinceMs} />}</section></div>;
  const [state, word] = STATE[s.judgement.state], refused = s.pipeline.received.refused_last_hour;
  return (
    <div class="page fit">
      <div class="head">
        <h1>Status</h1><StateBadge s={state} word={word} />
        <span class="sub" role="status">{s.judgement.sentence}{refused > 0 && !/refused/.test(s.judgement.sentence) ? ` ${plural(refused, 'record was', 'records were')} refused in the last hour, see Receivers.` : ''}{l.error ? ` Not up to date: ${l.error}` : ''}</span>
        <span class="grow" />
        <button type="button" class="ctl sm" onClick={() => copy(report(s), 'Report')}><Ico n="copy" s />Copy report</button>
      </div>
      <section class="panel" aria-labelledby="pl"><header><h2 id="pl">Pipeline</h2><span class="sub">{frame.value.data?.node ?? ''}, last minute</span></header><Flow s={s} /></section>
      <div class="cols-s grow">
        <div class="stack"><Receivers s={s} /><Refusals s={s} /><Consumers s={s} /><Memory s={s} /><Limits s={s} /></div>
        <div class="stack"><Stores s={s} /><Disk s={s} /><Work s={s} /><Config s={s} /><OwnLog s={s} /></div>
      </div>
    </div>
  );
}

/** What to paste when asking for help: every number of this page and nothing else. */
function report(s: Status): string {
  const f = frame.value.data;
  return [`Belfry ${f?.version ?? '?'} on ${f?.node ?? '?'} (${f?.role ?? '?'}), ${new Date(s.now_ms).toISOString()}`, s.judgement.sentence, '', JSON.stringify({ ...s, own_log: s.own_log.slice(0, 50) }, null, 1)].join('\n');
}
