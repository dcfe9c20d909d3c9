// A notification method: its type says what it wants. Secrets are written, never shown again.
import { useState } from 'preact/hooks';
import { messageOf } from '../../api/http.ts';
import { methodTypes, saveMethod, type Method, type MethodType } from '../../api/notify.ts';
import { durationText, parseDuration } from '../../lib/timespec.ts';
import { Fld } from '../../parts/ask.tsx';
import { Choose } from '../../parts/choose.tsx';
import { Fault } from '../../parts/empty.tsx';
import { Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAsk } from '../../state/live.ts';
import { toast } from '../../state/toast.ts';

const MASK = '***';
const word = (t: string): string => ({ PAGERDUTY: 'PagerDuty', EMAIL: 'E-mail', TEAMS: 'Microsoft Teams', ALERTMANAGER: 'Alertmanager' })[t] ?? t.charAt(0) + t.slice(1).toLowerCase();

export function MethodForm({ before, onDone }: { before: Method | null; onDone: (saved: boolean) => void }) {
  const l = useAsk((s) => methodTypes(s), []).value;
  if (!l.data) return l.error ? <Fault l={l} what="the types of methods" /> : <Waiting rows={3} what="the types of methods" sinceMs={l.sinceMs} />;
  return <Fields types={l.data} before={before} onDone={onDone} />;
}

function Fields({ types, before, onDone }: { types: MethodType[]; before: Method | null; onDone: (saved: boolean) => void }) {
  const [name, setName] = useState(before?.name ?? ''), [type, setType] = useState(before?.type ?? (types.some((t) => t.type === 'WEBHOOK') ? 'WEBHOOK' : types[0]?.type ?? '')), [address, setAddress] = useState(before?.address ?? '');
  const [period, setPeriod] = useState(before?.period_s ? durationText(before.period_s * 1000) : ''), [options, setOptions] = useState(before?.options ?? {}), [busy, setBusy] = useState(false), [error, setError] = useState('');
  const t = types.find((x) => x.type === type), every = period.trim() ? parseDuration(period.trim()) : 0;
  const save = (e: Event): void => {
    e.preventDefault();
    setBusy(true); setError('');
    const kept = Object.fromEntries(Object.entries(options).filter(([k, v]) => v !== '' && t?.options.some((o) => o.name === k)));
    saveMethod({ name: name.trim(), type, address: address.trim(), period_s: Math.round((every ?? 0) / 1000), options: kept }, before?.id).then(() => { toast({ kind: 'ok', text: `Method “${name.trim()}” saved`, detail: 'Test shows whether it arrives.' }); onDone(true); }, (x: unknown) => { setError(messageOf(x)); setBusy(false); });
  };
  return (
    <form class="pbox inset" onSubmit={save} aria-label={before ? `Edit ${before.name}` : 'New notification method'}>
      <div class="fld-3"><Fld label="Name"><input class="inp" data-first value={name} maxLength={250} placeholder="on-call webhook" onInput={(e) => setName(e.currentTarget.value)} /></Fld>
        <div class="fld"><span class="label">Type</span><Choose label="Type" value={type} options={types.map((x) => [x.type, word(x.type)] as const)} onPick={setType} /></div>
        <Fld label="Repeated while it rings"><input class="inp" value={period} placeholder="once" aria-invalid={every === null} onInput={(e) => setPeriod(e.currentTarget.value)} /></Fld></div>
      <Fld label="Address"><input class="inp mono" value={address} maxLength={512} placeholder={t?.address_hint} spellcheck={false} autocomplete="off" onInput={(e) => setAddress(e.currentTarget.value)} /></Fld>
      {t && t.options.length > 0 && <div class="opts">{t.options.map((o) => { const value = options[o.name] ?? '', put = (v: string): void => setOptions({ ...options, [o.name]: v }); return (
        <Fld key={o.name} label={o.name.replace(/_/g, ' ')} hint={o.secret && value === MASK ? 'kept as it is; type to replace' : o.hint}>{o.multiline ? <textarea class="inp area mono" rows={3} value={value} spellcheck={false} onInput={(e) => put(e.currentTarget.value)} /> : o.secret ? <input class="inp" type="password" value={value} autocomplete="new-password" onFocus={(e) => { if (value === MASK) e.currentTarget.select(); }} onInput={(e) => put(e.currentTarget.value)} /> : <input class="inp" value={value} autocomplete="off" spellcheck={false} onInput={(e) => put(e.currentTarget.value)} />}</Fld>); })}</div>}
      {error && <p class="stale-note bad" role="alert"><Glyph s="alarm" />{error}</p>}
      <div class="prow"><button type="submit" class="ctl sm primary" disabled={busy || !name.trim() || !address.trim() || every === null}>Save</button><button type="button" class="ctl sm ghost" onClick={() => onDone(false)}>Cancel</button></div>
    </form>
  );
}
