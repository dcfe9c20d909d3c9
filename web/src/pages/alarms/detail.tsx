// One alarm: what and since when, value against limit, what makes it ring, when it would have rung, what happened.
import { useState } from 'preact/hooks';
import { deleteAlarm, getAlarm, getHistory, getStrips, unackAlarm, unmuteAlarm, type Alarm, type AlarmDetail } from '../../api/alarms.ts';
import { messageOf } from '../../api/http.ts';
import { forText, segsOf, shortOf, valueText } from '../../lib/alarm_words.ts';
import { clock, fullTime, lasted } from '../../lib/timespec.ts';
import { Ask } from '../../parts/ask.tsx';
import { Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Pop } from '../../parts/pop.tsx';
import { Sev } from '../../parts/sev.tsx';
import { Chip, Glyph, StateBadge } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAsk, usePoll } from '../../state/live.ts';
import { narrow } from '../../state/theme.ts';
import { now, range, refreshMs, serverNow } from '../../state/time.ts';
import { copy, toast } from '../../state/toast.ts';
import { go, href } from '../../state/url.ts';
import { AckDialog, MuteDialog } from './dialogs.tsx';
import { History } from './history.tsx';
import { Moment } from './moment.tsx';
import { metricsOf } from '../../lib/parse/promql.ts';
import { fmt } from '../../lib/units.ts';
import { RingsWhen } from './rings_when.tsx';
import { Tried } from './tried.tsx';
import { chartUnit, ValueChart } from './value_chart.tsx';

type Open = '' | 'ack' | 'mute' | 'more' | 'delete';
const HISTORY_FIRST = 50;

export function Detail({ id, onClose }: { id: string; onClose: () => void }) {
  const [open, setOpen] = useState<Open>(''), [turn, setTurn] = useState(0), [most, setMost] = useState(HISTORY_FIRST);
  const l = usePoll((s) => getAlarm(id, s), Math.max(1000, refreshMs.value), false, [id, turn]).value, d = l.data, a = d?.alarm;
  const history = useAsk(a ? (s) => getHistory(id, most, s) : null, [id, a?.state, a?.since_ms, a?.updated_ms, most, turn, d?.notified.map((n) => n.method + n.status).join()]).value;
  const r = range.value, due = Math.floor(r.toMs / 15_000);
  const strip = useAsk((s) => getStrips(r.fromMs, r.toMs, [id], s), [id, r.toMs - r.fromMs, due, a?.state]).value.data, segs = segsOf(strip?.strips[id]);
  const again = (): void => setTurn((n) => n + 1);
  const quick = (what: Promise<void>, done: string): void => { setOpen(''); what.then(() => { toast({ kind: 'ok', text: done }); again(); }, (e: unknown) => toast({ kind: 'error', text: 'Nothing was changed', detail: messageOf(e) })); };
  const back = <button type="button" class="ctl sm ghost icon" aria-label="Close the alarm" title="Close (Esc)" onClick={onClose}><Ico n={narrow.value ? 'left' : 'x'} s /></button>;
  if (!d || !a) return <aside class="adetail" aria-label="Selected alarm"><div class="head"><h2 class="dt">Alarm</h2><span class="grow" />{back}</div><section class="panel">{l.error ? <Fault l={l} what="this alarm" again={again} /> : <Waiting rows={6} what="the alarm" sinceMs={l.sinceMs} />}</section></aside>;
  return (
    <aside class="adetail" aria-label={`Alarm ${a.name}`}>
      <div class="head dhead">{narrow.value && back}<h2 class="dt cut" title={a.name}>{a.name}</h2><StateBadge s={shortOf(a.state)} /><Sev s={a.severity} word /><span class="grow" />
        <span class="dacts">
          {a.acknowledged ? <button type="button" class="ctl sm" onClick={() => quick(unackAlarm(id), 'Acknowledgement taken back')}><Ico n="x" s />Take back</button> : a.state !== 'OK' && <button type="button" class="ctl sm primary" onClick={() => setOpen('ack')}><Ico n="check" s />Acknowledge</button>}
          {a.muted_until_ms ? <button type="button" class="ctl sm" onClick={() => quick(unmuteAlarm(id), `“${a.name}” may be heard again`)}><Ico n="mute" s />Unmute</button> : <button type="button" class="ctl sm" onClick={() => setOpen('mute')}><Ico n="mute" s />Mute…</button>}
          <span class="anchor"><button type="button" class="ctl sm icon" aria-label="More about this alarm" aria-haspopup="dialog" aria-expanded={open === 'more'} onClick={() => setOpen(open === 'more' ? '' : 'more')}><Ico n="more" s /></button>
            {open === 'more' && <Pop label="More" right onClose={() => setOpen('')}>
              {d.definition && <a class="pi" href={href(`/alarms/definitions/${encodeURIComponent(d.definition.id)}`)}><Ico n="settings" s />Edit the definition</a>}
              {d.chart && <a class="pi" href={href('/metrics', { q: d.chart.query })}><Ico n="metrics" s />Open in Metrics</a>}
              <a class="pi" href={href('/alarms/notifications', { tab: 'silences', new: JSON.stringify(a.labels), for: a.name })}><Ico n="mute" s />Silence alarms like this</a>
              <a class="pi" href={href('/alarms/notifications', { tab: 'deliveries', alarm: a.id })}><Ico n="share" s />What was sent for it</a>
              <button type="button" class="pi" onClick={() => { setOpen(''); void copy(a.id, 'Id'); }}><Ico n="copy" s />Copy its id</button>
              <button type="button" class="pi" onClick={() => setOpen('delete')}><Ico n="trash" s />Delete…</button>
            </Pop>}</span>
          {!narrow.value && back}
        </span>
      </div>
      <Sentence d={d} a={a} stale={l.error} />
      <ValueChart d={d} segs={segs} />
      <RingsWhen d={d} />
      {d.definition && <Tried definition={d.definition} chart={d.chart} />}
      <div class="cols2"><History l={history} onMore={() => setMost(most * 4)} full={(history.data?.entries.length ?? 0) < most} /><Moment d={d} entries={history.data?.entries ?? []} /></div>
      {open === 'ack' && <AckDialog a={a} onClose={() => { setOpen(''); again(); }} />}
      {open === 'mute' && <MuteDialog a={a} onClose={() => { setOpen(''); again(); }} />}
      {open === 'delete' && <Ask title={`Delete “${a.name}”?`} verb="Delete the alarm" danger onClose={() => setOpen('')} run={async () => { await deleteAlarm(id); toast({ kind: 'ok', text: `Alarm “${a.name}” deleted` }); go('/alarms'); }}>
        <p class="dim">Its state and history go. If its series still arrive, the definition makes it anew.</p></Ask>}
    </aside>
  );
}

function Sentence({ d, a, stale }: { d: AlarmDetail; a: Alarm; stale: string }) {
  const t = now.value, told = d.notified.filter((n) => n.status === 'sent' || n.status === 'pending');
  const unit = d.chart ? chartUnit(d.chart.query, a.unit) : 'count', value = a.value == null ? '' : a.unit ? valueText(a) : fmt(a.value, unit);
  return <>
    <p class="dim small dsay" title={d.words || a.reason}>{a.state === 'ALARM' ? 'Ringing' : a.state === 'OK' ? 'OK' : 'Not sure'} since {clock(a.since_ms, t)}, {lasted(serverNow() - a.since_ms)}. {value && <>{d.chart ? metricsOf(d.chart.query)[0] ?? 'The value' : 'The value'} is <b>{value}</b>{d.chart?.threshold != null ? `, the limit is ${fmt(d.chart.threshold, unit)}` : ''}. </>}{(!value || !d.chart) && a.reason && <span class="break">{a.reason} </span>}{told.length > 0 && <>Sent to {told.slice(0, 3).map((n, i) => <span key={i}>{i > 0 && (i === Math.min(3, told.length) - 1 ? ' and ' : ', ')}<a class="link" href={href('/alarms/notifications', { tab: 'deliveries', alarm: a.id })} title={`${n.type}, ${fullTime(n.at_ms)}`}>{n.method}</a></span>)}{told.length > 3 && ` and ${told.length - 3} more`} at {clock(told[0]!.at_ms, t, true)}.</>}{d.notified.length === 0 && a.state === 'ALARM' && <span class="faint"> Nobody was told.</span>}</p>
    <div class="tags">{forText(a.labels) && Object.entries(a.labels).filter(([k]) => k !== 'alertname').map(([k, v]) => <Chip key={k} k={k + '='} v={v} title={`${k}=${v}`} />)}{a.link && /^https?:\/\//.test(a.link) && <a class="link small" href={a.link} target="_blank" rel="noreferrer noopener">Runbook</a>}</div>
    {Object.entries(a.annotations).filter(([, v]) => v).map(([k, v]) => <p key={k} class="small break dann"><span class="faint">{k}</span> {v}</p>)}
    {a.acknowledged && <p class="dnote"><Ico n="check" s /><span><b>Acknowledged</b> by {a.acknowledged.by || 'somebody'}: “{a.acknowledged.reason}”{a.acknowledged.until_ms ? `, until ${clock(a.acknowledged.until_ms, t)}` : ''}</span></p>}
    {a.muted_until_ms && <p class="dnote"><Ico n="mute" s /><span><b>Muted</b> until {clock(a.muted_until_ms, t)}: nobody is told; state and history go on.</span></p>}
    {!a.muted_until_ms && a.silenced_by.length > 0 && <p class="dnote"><Ico n="mute" s /><span>{a.silenced_by.length === 1 ? 'A silence holds' : `${a.silenced_by.length} silences hold`} its notifications. <a class="link" href={href('/alarms/notifications', { tab: 'silences' })}>Silences</a></span></p>}
    {!a.actions_enabled && <p class="dnote"><Ico n="mute" s /><span>Its notifications are switched off in the definition.</span></p>}
    {stale && <p class="stale-note" role="status"><Glyph s="undet" /> Not up to date: {stale}</p>}
  </>;
}
