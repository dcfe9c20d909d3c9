// Silences: nobody is told of alarms whose labels match, until an end. States and history go on.
import { useState } from 'preact/hooks';
import { messageOf } from '../../api/http.ts';
import { expireSilence, listSilences, saveSilence, type Matcher, type Silence } from '../../api/notify.ts';
import { mayEdit, session } from '../../api/session.ts';
import { clock, fullTime, lasted, resolveTime } from '../../lib/timespec.ts';
import { plural, whole } from '../../lib/units.ts';
import { Fld } from '../../parts/ask.tsx';
import { Choose } from '../../parts/choose.tsx';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Seg } from '../../parts/seg.tsx';
import { Chip, Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { usePoll } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';
import { toast } from '../../state/toast.ts';
import { param, setParams } from '../../state/url.ts';
import { EndField, untilOf } from './dialogs.tsx';

const EVERY_MS = 5000, OPS = [['=', 'is'], ['!=', 'is not'], ['=~', 'like'], ['!~', 'not like']] as const, RANK = { active: 0, pending: 1, expired: 2 };

export function Silences() {
  const [turn, setTurn] = useState(0), [again, setAgain] = useState<Silence | null>(null), l = usePoll(listSilences, EVERY_MS, false, [turn]).value, may = mayEdit(session.value), show = (['active', 'pending', 'expired'] as const).find((s) => s === param('status')) ?? 'all', making = !!param('new') || !!again;
  const reload = (): void => setTurn((n) => n + 1), t = serverNow(), list = (l.data ?? []).filter((s) => show === 'all' || s.status === show).sort((a, b) => RANK[a.status] - RANK[b.status] || a.ends_ms - b.ends_ms);
  const expire = (s: Silence): void => { expireSilence(s.id).then(() => { toast({ kind: 'ok', text: 'The silence has ended' }); reload(); }, (e: unknown) => toast({ kind: 'error', text: 'The silence goes on', detail: messageOf(e) })); };
  const count = (st: string): number => l.data?.filter((s) => st === 'all' || s.status === st).length ?? 0;
  return (
    <section class="panel oh" aria-labelledby="si"><header class="wrap-h"><h2 id="si">Silences</h2><span class="sub">{l.error && l.data ? `not up to date: ${l.error}` : 'nobody is told; states and history go on'}</span><span class="r"><Seg label="Show" value={show} options={[['all', `All ${count('all')}`], ['active', `Active ${count('active')}`], ['pending', `To come ${count('pending')}`], ['expired', `Ended ${count('expired')}`]] as const} onPick={(v) => setParams({ status: v === 'all' ? undefined : v })} />{may && !making && <button type="button" class="ctl sm" onClick={() => setParams({ new: '{}' })}><Ico n="add" s />New silence</button>}</span></header>
      {may && making && <SilenceForm key={again?.id ?? param('new')} like={again} onDone={(saved) => { setAgain(null); setParams({ new: undefined, for: undefined }); if (saved) reload(); }} />}
      {!l.data ? (l.error ? <Fault l={l} what="the silences" again={reload} /> : <Waiting rows={3} what="the silences" sinceMs={l.sinceMs} />)
        : !l.data.length ? !making && <Empty icon="mute" title="Nothing is silenced">A silence holds the notifications of all alarms whose labels match, until its end.</Empty>
        : !list.length ? <Empty icon="filter" title="None of them" actions={<button type="button" class="ctl sm" onClick={() => setParams({ status: undefined })}>Show all</button>} />
        : <table class="tbl fixed sils"><thead><tr><th scope="col">Alarms whose</th><th scope="col" class="s1w">Ends</th><th scope="col" class="only-l">Reason</th><th scope="col" class="s2w num only-l">Alarms</th><th scope="col" class="s3w"><span class="vh">Actions</span></th></tr></thead>
          <tbody>{list.map((s) => <tr key={s.id} class={s.status === 'expired' ? 'past' : ''}><td><span class="prow nowrap">{s.status === 'active' ? <Ico n="mute" s /> : s.status === 'pending' ? <Ico n="clock" s /> : null}{s.matchers.map((m, i) => <Chip key={i} k={m.name + m.op} v={m.value} on={s.status === 'active'} title={`${m.name}${m.op}${m.value}`} />)}</span></td>
            <td class="dim" title={`${fullTime(s.starts_ms)} –\n${fullTime(s.ends_ms)}`}>{s.status === 'active' ? `in ${lasted(s.ends_ms - t)}` : s.status === 'pending' ? `begins ${clock(s.starts_ms, t)}` : clock(s.ends_ms, t)}</td><td class="only-l cut" title={s.comment}>{s.comment} {s.created_by && <span class="faint">by {s.created_by}</span>}</td><td class="num only-l">{whole(s.alarms)}</td>
            <td class="num acts">{may && (s.status === 'expired' ? <button type="button" class="ctl sm ghost" onClick={() => setAgain(s)}>Again…</button> : <button type="button" class="ctl sm" onClick={() => expire(s)}>{s.status === 'active' ? 'End now' : 'Take back'}</button>)}</td></tr>)}</tbody></table>}
    </section>
  );
}

function begun(): Matcher[] {
  try { const o = JSON.parse(param('new')) as Record<string, unknown>; const m = Object.entries(o).filter(([, v]) => typeof v === 'string').map(([name, v]): Matcher => ({ name, op: '=', value: v as string })); if (param('for')) m.unshift({ name: 'alarmname', op: '=', value: param('for') }); return m; } catch { return []; }
}

function SilenceForm({ like, onDone }: { like: Silence | null; onDone: (saved: boolean) => void }) {
  const [rows, setRows] = useState<Matcher[]>(() => { const r = like?.matchers ?? begun(); return r.length ? r : [{ name: '', op: '=', value: '' }]; }), [reason, setReason] = useState(like?.comment ?? ''), [end, setEnd] = useState('2h'), [start, setStart] = useState(''), [busy, setBusy] = useState(false), [error, setError] = useState('');
  const now = serverNow(), from = start.trim() ? resolveTime(start, now) : now, ends = from == null ? null : untilOf(end, from), good = rows.filter((r) => r.name.trim()), ready = good.length > 0 && !!reason.trim() && ends !== null && from !== null;
  const put = (i: number, c: Partial<Matcher>): void => setRows(rows.map((r, j) => (j === i ? { ...r, ...c } : r)));
  const save = (e: Event): void => { e.preventDefault(); if (!ready) return; setBusy(true); setError(''); saveSilence({ matchers: good.map((m) => ({ ...m, name: m.name.trim() })), starts_ms: Math.round(from), ends_ms: Math.round(ends), comment: reason.trim() }).then(() => { toast({ kind: 'ok', text: `Silenced until ${clock(ends, now)}` }); onDone(true); }, (x: unknown) => { setError(messageOf(x)); setBusy(false); }); };
  return (
    <form class="pbox inset" onSubmit={save} aria-label="New silence">
      <div class="fld" role="group" aria-label="Matchers"><span class="label">Alarms whose</span>
        {rows.map((m, i) => <div class="pair three" key={i}><input class="inp" aria-label={`Label ${i + 1}`} list="sil-names" value={m.name} placeholder="label" onInput={(e) => put(i, { name: e.currentTarget.value })} /><Choose label={`Comparison ${i + 1}`} value={m.op} options={OPS} onPick={(op) => put(i, { op: op as Matcher['op'] })} /><input class="inp" aria-label={`Value ${i + 1}`} value={m.value} placeholder={m.op.includes('~') ? 'a pattern, e.g. edge-.*' : 'value'} onInput={(e) => put(i, { value: e.currentTarget.value })} /><button type="button" class="ctl sm ghost icon" aria-label="Remove this matcher" disabled={rows.length === 1} onClick={() => setRows(rows.filter((_, j) => j !== i))}><Ico n="x" s /></button></div>)}
        <datalist id="sil-names">{['alarmname', 'severity', 'state', 'alarm_id', 'hostname', 'service', 'instance', 'job'].map((n) => <option key={n} value={n} />)}</datalist>
        <div class="prow"><button type="button" class="ctl sm ghost" onClick={() => setRows([...rows, { name: '', op: '=', value: '' }])}><Ico n="add" s />and</button><span class="faint small">{plural(good.length, 'condition')}, all must hold</span></div></div>
      <div class="fld-2"><Fld label="Begins"><input class="inp" value={start} placeholder="now" aria-invalid={from === null} onInput={(e) => setStart(e.currentTarget.value)} /></Fld><EndField value={end} onPick={setEnd} /></div>
      <Fld label="Reason"><input class="inp" value={reason} maxLength={500} placeholder="maintenance of edge-3" onInput={(e) => setReason(e.currentTarget.value)} /></Fld>
      {error && <p class="stale-note bad" role="alert"><Glyph s="alarm" />{error}</p>}
      <div class="prow"><button type="submit" class="ctl sm primary" disabled={busy || !ready}>Silence</button><button type="button" class="ctl sm ghost" onClick={() => onDone(false)}>Cancel</button></div>
    </form>
  );
}
