// Notification methods: where something is told, whether it gets there, and a test of it.
import { useState } from 'preact/hooks';
import { messageOf } from '../../api/http.ts';
import { deleteMethod, listMethods, testMethod, type Method, type Tested } from '../../api/notify.ts';
import { mayEdit, session } from '../../api/session.ts';
import { ago, lasted } from '../../lib/timespec.ts';
import { fmt, plural } from '../../lib/units.ts';
import { Ask } from '../../parts/ask.tsx';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { usePoll } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';
import { toast } from '../../state/toast.ts';
import { href, param, setParams } from '../../state/url.ts';
import { MethodForm } from './method_form.tsx';

const EVERY_MS = 5000;
type Answer = Tested | { failed: string } | 'running';

function HealthOf({ m }: { m: Method }) {
  const h = m.health, t = serverNow();
  if (!h) return <span class="faint">not known</span>;
  if (h.failing_since_ms) return <span class="st c-alarm" title={h.last_error}><Glyph s="alarm" /><span class="cut">fails for {lasted(t - h.failing_since_ms)}{h.pending ? `, ${h.pending} wait` : ''}</span></span>;
  if (h.pending) return <span class="st"><Glyph s="undet" />{h.pending} on the way</span>;
  return h.last_ok_ms ? <span class="st"><Glyph s="ok" />{ago(h.last_ok_ms, t)}</span> : <span class="faint">nothing sent yet</span>;
}

export function Methods() {
  const [turn, setTurn] = useState(0), [gone, setGone] = useState<Method | null>(null), [tests, setTests] = useState<Record<string, Answer>>({}), l = usePoll(listMethods, EVERY_MS, false, [turn]).value, may = mayEdit(session.value), editing = param('new') === 'method' ? 'new' : param('edit');
  const again = (): void => setTurn((n) => n + 1), close = (): void => setParams({ new: undefined, edit: undefined }), chosen = l.data?.find((m) => m.id === editing);
  const test = (m: Method): void => { setTests((x) => ({ ...x, [m.id]: 'running' })); testMethod(m.id).then((r) => setTests((x) => ({ ...x, [m.id]: r })), (e: unknown) => setTests((x) => ({ ...x, [m.id]: { failed: messageOf(e) } }))).finally(again); };
  return (
    <section class="panel oh" aria-labelledby="nm"><header><h2 id="nm">Notification methods</h2><span class="sub">{l.data ? plural(l.data.length, 'method') : ''}{l.error && l.data ? `, not up to date: ${l.error}` : ''}</span><span class="r">{may && editing !== 'new' && <button type="button" class="ctl sm" onClick={() => setParams({ new: 'method', edit: undefined })}><Ico n="add" s />New method</button>}</span></header>
      {may && (editing === 'new' || chosen) && <MethodForm key={editing} before={chosen ?? null} onDone={(saved) => { close(); if (saved) again(); }} />}
      {!l.data ? (l.error ? <Fault l={l} what="the notification methods" again={again} /> : <Waiting rows={4} what="the methods" sinceMs={l.sinceMs} />)
        : !l.data.length ? editing !== 'new' && <Empty icon="share" title="Nobody is told yet" actions={may ? <button type="button" class="ctl sm primary" onClick={() => setParams({ new: 'method' })}>New method</button> : undefined}>{may ? 'A method is an address that alarms are told at: a webhook, e-mail, Slack, PagerDuty and others.' : 'Making one needs a login.'}</Empty>
        : <table class="tbl fixed meths"><thead><tr><th scope="col">Method</th><th scope="col" class="m1">Type</th><th scope="col" class="only-l">Address</th><th scope="col" class="m2 only-l">Repeats</th><th scope="col" class="m3">Last sent</th><th scope="col" class="m4"><span class="vh">Actions</span></th></tr></thead>
          <tbody>{l.data.map((m) => { const t = tests[m.id]; return <>
            <tr key={m.id}><td class="cut"><a class="name" href={href('/alarms/notifications', { tab: 'deliveries', method: m.id })} title="What was sent by it">{m.name}</a></td><td class="dim">{m.type.charAt(0) + m.type.slice(1).toLowerCase()}</td><td class="only-l dim cut mono" title={m.address}>{m.address}</td><td class="only-l dim">{m.period_s ? `every ${lasted(m.period_s * 1000)}` : 'once'}</td><td><HealthOf m={m} /></td>
              <td class="num acts">{may && <><button type="button" class="ctl sm" disabled={t === 'running'} onClick={() => test(m)}>Test</button><button type="button" class="ctl sm ghost icon" aria-label={`Edit ${m.name}`} title="Edit" onClick={() => setParams({ edit: m.id, new: undefined })}><Ico n="settings" s /></button><button type="button" class="ctl sm ghost icon" aria-label={`Delete ${m.name}`} title="Delete" onClick={() => setGone(m)}><Ico n="trash" s /></button></>}</td></tr>
            {(t || m.health?.failing_since_ms) && <tr class="rule-d" key={m.id + 't'}><td colSpan={6}>{t && <TestAnswer t={t} name={m.name} />}{m.health?.failing_since_ms && <p class="small break c-warn">{m.health.last_error}</p>}</td></tr>}
          </>; })}</tbody></table>}
      {gone && <Ask title={`Delete “${gone.name}”?`} verb="Delete the method" danger onClose={() => setGone(null)} run={async () => { await deleteMethod(gone.id); toast({ kind: 'ok', text: `Method “${gone.name}” deleted` }); again(); }}><p class="dim">Nothing more is sent to it. Definitions that name it refuse the deletion until they no longer do.</p></Ask>}
    </section>
  );
}

function TestAnswer({ t, name }: { t: Answer; name: string }) {
  if (t === 'running') return <p class="small dim" role="status">Sending a test to {name}</p>;
  if ('failed' in t) return <p class="st small" role="status"><Glyph s="alarm" /><span class="break">No test was sent: {t.failed}</span></p>;
  return <p class="st small" role="status"><Glyph s={t.ok ? 'ok' : 'alarm'} /><span class="break"><b>{t.ok ? 'The test arrived' : 'The test did not arrive'}</b>{t.status ? `, answered ${t.status}` : ''}, took {fmt(t.took_ms / 1000, 'seconds')}{t.detail ? `: ${t.detail}` : ''}</span></p>;
}
