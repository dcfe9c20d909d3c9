// Add data: a tab for each way in, filled with this server's address, and a light that goes on when something arrives.
import { useState } from 'preact/hooks';
import { createKey } from '../../api/keys.ts';
import { messageOf } from '../../api/http.ts';
import { mayChange, session } from '../../api/session.ts';
import { getReceivers, type Receiver } from '../../api/status.ts';
import { ago } from '../../lib/timespec.ts';
import { fmt, plural, whole } from '../../lib/units.ts';
import { Copyable } from '../../parts/copyable.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Glyph } from '../../parts/state.tsx';
import { usePoll } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';
import { toast } from '../../state/toast.ts';
import { BASE, href, param, setParams } from '../../state/url.ts';
import { DemoTab } from './demo.tsx';
import { WAYS } from './ways.ts';

const FRESH_MS = 60_000;
const loopback = (host: string): boolean => /^(localhost|127\.|\[?::1)/.test(host);

/** Grey and waiting, green and counting, or what was refused and why. */
function Light({ r, error }: { r: Receiver | undefined; error: string }) {
  const now = serverNow();
  if (error && !r) return <div class="light" role="status"><Glyph s="undet" /><span><b>Not known</b> <span class="dim">{error}</span></span></div>;
  if (!r) return <div class="light" role="status"><i class="dot-w" /><span class="dim">This server has no such receiver.</span></div>;
  const refused = r.last_refusal && (r.last_ms == null || r.last_refusal.ms >= r.last_ms);
  if (refused && r.last_refusal) return <div class="light bad" role="status"><Glyph s="undet" /><span><b>Refused {ago(r.last_refusal.ms, now)}: {r.last_refusal.reason.replace(/_/g, ' ')}.</b> <span class="dim break">{r.last_refusal.message}</span>{r.last_refusal.sample && <code class="mono break blk">{r.last_refusal.sample}</code>}</span></div>;
  if (r.last_ms == null) return <div class="light" role="status"><i class="dot-w live-dot" /><span><b>Waiting for the first record.</b> <span class="dim">This light goes on by itself.</span></span></div>;
  const live = now - r.last_ms < FRESH_MS;
  return <div class={'light' + (live ? ' on' : '')} role="status">{live ? <Glyph s="ok" /> : <i class="dot-w" />}<span><b>{plural(r.records_total, 'record')}, {ago(r.last_ms, now)}.</b> <span class="dim">{fmt(r.per_s, 'per_s')} from {plural(r.senders, 'sender')}{r.refused_total ? `, ${whole(r.refused_total)} refused` : ''}.</span> <a class="link" href={href('/metrics')}>Look at it</a></span></div>;
}

export default function Add() {
  const l = usePoll(getReceivers, 1000).value, [key, setKey] = useState<string | null>(null), [busy, setBusy] = useState(false);
  const tab = param('tab'), way = tab === 'demo' ? null : WAYS.find((w) => w.id === tab) ?? WAYS[0]!;
  const c = { address: l.data?.address ?? location.host, origin: location.origin + BASE, key, tenant: param('tenant') || session.value?.tenant || 'default' };
  const light = (id: string): Receiver | undefined => l.data?.receivers.find((r) => r.id === id);
  const make = (): void => {
    setBusy(true);
    createKey('Add data ' + new Date().toISOString().slice(0, 16).replace('T', ' '), 'ingest').then((k) => { setKey(k.key); toast({ kind: 'ok', text: 'Key made and filled in', detail: 'It may only write. It is shown this once; Settings revokes it.' }); }, (e) => toast({ kind: 'error', text: 'No key was made', detail: messageOf(e) })).finally(() => setBusy(false));
  };
  const tabs = [...WAYS.map((w) => ({ id: w.id, title: w.title, icon: w.icon, receiver: w.receiver })), { id: 'demo', title: 'Demo data', icon: 'play', receiver: '' }];
  const current = way?.id ?? 'demo';
  const arrows = (e: KeyboardEvent): void => {
    const d = e.key === 'ArrowDown' || e.key === 'ArrowRight' ? 1 : e.key === 'ArrowUp' || e.key === 'ArrowLeft' ? -1 : 0;
    if (!d) return;
    e.preventDefault(); e.stopPropagation();
    const i = (tabs.findIndex((t) => t.id === current) + d + tabs.length) % tabs.length;
    setParams({ tab: tabs[i]!.id }, true);
    ((e.currentTarget as HTMLElement).children[i] as HTMLElement | undefined)?.focus();
  };
  return (
    <div class="page add">
      <div class="head"><h1>Add data</h1><span class="sub">this server is {c.address}{c.tenant !== 'default' ? `, tenant ${c.tenant}` : ''}</span></div>
      <div class="add-cols">
        <div class="panel ways" role="tablist" aria-orientation="vertical" aria-label="Ways in" onKeyDown={arrows}>
          {tabs.map((t) => { const r = t.receiver ? light(t.receiver) : undefined, on = r?.last_ms != null && serverNow() - r.last_ms < FRESH_MS; return (
            <button type="button" role="tab" key={t.id} id={'tab-' + t.id} aria-controls="way" aria-selected={current === t.id} tabIndex={current === t.id ? 0 : -1} class={'pi' + (current === t.id ? ' on' : '')} onClick={() => setParams({ tab: t.id === WAYS[0]!.id ? undefined : t.id })}>
              <Ico n={t.icon} /><span class="grow cut">{t.title}</span>{t.receiver && (on ? <><Glyph s="ok" /><span class="vh">receiving</span></> : <><i class="dot-w" /><span class="vh">waiting</span></>)}
            </button>
          ); })}
        </div>
        <section class="panel way" role="tabpanel" id="way" aria-labelledby={'tab-' + current} tabIndex={-1}>
          {!way ? <DemoTab /> : <>
            <header><h2>{way.title}</h2><span class="sub">{way.says}</span></header>
            <div class="pbox">
              {way.receiver ? <Light r={light(way.receiver)} error={l.error} /> : <p class="small dim">This way reads, so there is no light.</p>}
              {way.steps(c).map((s, i) => <div key={i} class="step"><span class="small dim">{s.text}</span>{s.code && <Copyable text={s.code} what={`${way.title}, step ${i + 1}`} />}</div>)}
              {way.id !== 'host' && <div class="prow small">{loopback(location.hostname) ? <span class="dim">On this machine no key is needed. From another one, a key is, and the server has to listen there (server.listen).</span> : <span class="dim">This server is not on your machine, so senders need a key.</span>}
                {key ? <span class="c-bronze">The key is filled in above and shown this once.</span> : <button type="button" class="ctl sm" disabled={busy || !mayChange(session.value)} title={mayChange(session.value) ? '' : 'Making a key needs a login: belfry open prints a link'} onClick={make}><Ico n="key" s />Make a key that may only write</button>}</div>}
            </div>
          </>}
        </section>
      </div>
    </div>
  );
}
