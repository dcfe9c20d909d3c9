// The rest of a definition: its name, who is told in which state, labels and texts.
import type { Draft } from '../../api/definitions.ts';
import { listMethods } from '../../api/notify.ts';
import { SEVERITIES, severityWord, shortOf, STATES } from '../../lib/alarm_words.ts';
import { Fld } from '../../parts/ask.tsx';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Seg } from '../../parts/seg.tsx';
import { Sev } from '../../parts/sev.tsx';
import { Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAsk } from '../../state/live.ts';
import { href } from '../../state/url.ts';
import { PairsField } from './names.tsx';

interface P { d: Draft; set: (c: Partial<Draft>) => void }
const FIELD = { ALARM: 'alarm_actions', OK: 'ok_actions', UNDETERMINED: 'undetermined_actions' } as const;

export const AboutPanel = ({ d, set }: P) => (
  <section class="panel" aria-labelledby="ab"><header><h2 id="ab">Name and severity</h2></header><div class="pbox">
    <Fld label="Name"><input class="inp" value={d.name} maxLength={255} placeholder="Checkout slow" onInput={(e) => set({ name: e.currentTarget.value })} /></Fld>
    <Fld label="Description"><input class="inp" value={d.description} maxLength={255} placeholder="what it means, what to do" onInput={(e) => set({ description: e.currentTarget.value })} /></Fld>
    <div class="fld"><span class="label">Severity</span><Seg label="Severity" value={d.severity} options={SEVERITIES.map((s) => [s, <><Sev s={s} />{severityWord(s)}</>] as const)} onPick={(severity) => set({ severity })} /></div>
  </div></section>
);

export function TellPanel({ d, set }: P) {
  const l = useAsk((s) => listMethods(s), []).value, m = l.data;
  const flip = (state: keyof typeof FIELD, id: string): void => { const f = FIELD[state], had = d[f]; set({ [f]: had.includes(id) ? had.filter((x) => x !== id) : [...had, id] }); };
  return (
    <section class="panel oh" aria-labelledby="tl"><header><h2 id="tl">Who is told</h2><span class="sub">{d.actions_enabled ? 'in which state' : 'switched off: states and history go on'}</span><span class="r"><label class="chk"><input type="checkbox" checked={d.actions_enabled} onChange={(e) => set({ actions_enabled: e.currentTarget.checked })} />tell</label></span></header>
      {!m ? (l.error ? <Fault l={l} what="the notification methods" /> : <Waiting rows={2} what="the methods" sinceMs={l.sinceMs} />) : !m.length ? <Empty icon="share" title="There is nobody to tell yet" actions={<a class="ctl sm" href={href('/alarms/notifications', { new: 'method' })}>Add a notification method</a>}>The alarm can be made now and told later.</Empty> : (
        <table class="tbl fixed tell"><thead><tr><th scope="col">Method</th>{STATES.map((s) => <th scope="col" class="tc" key={s}><span class="prow mid0"><Glyph s={shortOf(s)} />{s === 'ALARM' ? 'rings' : s === 'OK' ? 'OK again' : 'not sure'}</span></th>)}</tr></thead>
          <tbody>{m.map((x) => <tr key={x.id}><td class="cut" title={x.address}><span class="name">{x.name}</span> <span class="faint">{x.type.toLowerCase()}</span></td>{STATES.map((s) => <td class="tc" key={s}><input type="checkbox" aria-label={`Tell ${x.name} when ${s}`} checked={d[FIELD[s]].includes(x.id)} onChange={() => flip(s, x.id)} /></td>)}</tr>)}</tbody></table>)}
    </section>
  );
}

export const TextsPanel = ({ d, set }: P) => (
  <section class="panel" aria-labelledby="tx"><header><h2 id="tx">Labels and texts</h2></header><div class="pbox">
    <PairsField label="Labels" hint="for routes and silences" value={d.labels} known={['team', 'service', 'env']} onChange={(labels) => set({ labels })} />
    <PairsField label="Annotations" hint="told along; may use {{ $value }} and {{ $labels.name }}" value={d.annotations} known={['summary', 'description', 'runbook_url']} onChange={(annotations) => set({ annotations })} />
  </div></section>
);
