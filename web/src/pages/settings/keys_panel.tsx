import { useState } from 'preact/hooks';
import { createKey, listKeys, revokeKey, type ApiKey, type Scope } from '../../api/keys.ts';
import { messageOf } from '../../api/http.ts';
import { session } from '../../api/session.ts';
import { ago, clock } from '../../lib/timespec.ts';
import { Copyable } from '../../parts/copyable.tsx';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Modal } from '../../parts/pop.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAsk } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';
import { toast } from '../../state/toast.ts';

const SCOPES: readonly (readonly [Scope, string])[] = [['ingest', 'may only write'], ['read', 'may only read'], ['admin', 'may do everything']];
const ENDS: readonly (readonly [string, number | null])[] = [['never', null], ['in 30 days', 30], ['in 90 days', 90], ['in a year', 365]];
const DAY_MS = 86_400_000;

export function KeysPanel({ may }: { may: boolean }) {
  const [turn, setTurn] = useState(0), [made, setMade] = useState<{ name: string; key: string } | null>(null), [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [name, setName] = useState(''), [scope, setScope] = useState<Scope>('ingest'), [end, setEnd] = useState('never'), [busy, setBusy] = useState(false);
  const l = useAsk(may ? listKeys : null, [turn, may]).value, now = serverNow();
  const make = (e: Event): void => {
    e.preventDefault();
    const days = ENDS.find(([t]) => t === end)?.[1];
    setBusy(true);
    createKey(name.trim(), scope, days ? serverNow() + days * DAY_MS : undefined).then((k) => { setMade({ name: name.trim(), key: k.key }); setName(''); setTurn((n) => n + 1); }, (x) => toast({ kind: 'error', text: 'No key was made', detail: messageOf(x) })).finally(() => setBusy(false));
  };
  const revoke = (k: ApiKey): void => { setRevoking(null); revokeKey(k.id).then(() => { toast({ kind: 'ok', text: `Key “${k.name}” revoked` }); setTurn((n) => n + 1); }, (x) => toast({ kind: 'error', text: 'The key was not revoked', detail: messageOf(x) })); };
  return (
    <section class="panel" aria-labelledby="ky"><header><h2 id="ky">API keys</h2><span class="sub">for senders and readers that are not on this machine; only their hashes are stored</span></header>
      {!may ? <Empty icon="key" title={session.value ? 'Keys need a login' : 'Not known who you are'}>Run <code class="mono">belfry open</code> on the server and follow the link it prints.</Empty> : <>
        <form class="key-form" onSubmit={make}>
          <label class="field"><input value={name} aria-label="Name of the key" placeholder="What it is for, e.g. edge-3" maxLength={100} onInput={(e) => setName(e.currentTarget.value)} /></label>
          <select class="inp" aria-label="What the key may do" value={scope} onChange={(e) => setScope(e.currentTarget.value as Scope)}>{SCOPES.map(([v, t]) => <option key={v} value={v}>{t}</option>)}</select>
          <label class="small faint">ends <select class="inp" value={end} onChange={(e) => setEnd(e.currentTarget.value)}>{ENDS.map(([t]) => <option key={t} value={t}>{t}</option>)}</select></label>
          <button type="submit" class="ctl primary" disabled={busy || !name.trim()}>Make key</button>
        </form>
        {made && <div class="pbox" role="status"><span class="small"><b>{made.name}</b> <span class="c-bronze">This is the only time the key is shown.</span></span><Copyable text={made.key} what="Key" /></div>}
        {l.error && !l.data ? <Fault l={l} what="the keys" again={() => setTurn((n) => n + 1)} /> : !l.data ? <Waiting rows={2} what="the keys" sinceMs={l.sinceMs} /> : l.data.length === 0 ? <Empty icon="key" title="No keys yet">On this machine none is needed; for other machines make one above.</Empty> : (
          <div class="tx"><table class="tbl keys-t"><thead><tr><th scope="col">Name</th><th scope="col">May</th><th scope="col" class="only-l">Made</th><th scope="col">Last used</th><th scope="col" class="only-l">Ends</th><th scope="col"><span class="vh">Actions</span></th></tr></thead>
            <tbody>{l.data.map((k) => <tr key={k.id}><td class="why name" title={k.name}>{k.name}</td><td class="dim">{SCOPES.find(([v]) => v === k.scope)?.[1].replace(/^may /, '') ?? k.scope}</td><td class="dim only-l">{k.created_ms ? ago(k.created_ms, now) : '–'}</td><td class="dim">{k.last_used_ms ? ago(k.last_used_ms, now) : 'never'}</td><td class={'only-l ' + (k.expires_ms && k.expires_ms < now ? 'c-warn' : 'dim')}>{k.expires_ms ? clock(k.expires_ms, now) : 'never'}</td><td class="num"><button type="button" class="ctl sm danger" onClick={() => setRevoking(k)}><Ico n="trash" s />Revoke…</button></td></tr>)}</tbody></table></div>
        )}
      </>}
      {revoking && <Modal label="Revoke a key" onClose={() => setRevoking(null)}><div class="pbox ask"><h2 class="h2">Revoke “{revoking.name}”?</h2><p class="dim">Whoever uses it is refused from now on. This cannot be undone.</p><div class="prow"><button type="button" class="ctl danger" onClick={() => revoke(revoking)}>Revoke</button><button type="button" class="ctl ghost" data-first onClick={() => setRevoking(null)}>Keep it</button></div></div></Modal>}
    </section>
  );
}
