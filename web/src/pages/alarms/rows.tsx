import { useEffect } from 'preact/hooks';
import type { Alarm } from '../../api/alarms.ts';
import { forText, shortOf, valueText } from '../../lib/alarm_words.ts';
import { fullTime, lasted } from '../../lib/timespec.ts';
import { whole } from '../../lib/units.ts';
import { Ico } from '../../parts/icon.tsx';
import { Sev } from '../../parts/sev.tsx';
import { Glyph, StateBadge } from '../../parts/state.tsx';
import { MiniStrip } from '../../parts/strip.tsx';
import { now, serverNow } from '../../state/time.ts';
import { href } from '../../state/url.ts';
import { keep } from './alarms.tsx';
import { strips, wantStrip } from './strips.ts';

const to = (a: Alarm): string => href(`/alarms/${encodeURIComponent(a.id)}`, keep());
const since = (a: Alarm): string => lasted(serverNow() - a.since_ms);
const WORD = { ok: 'OK', alarm: 'ALARM', undet: 'UNDETERMINED' } as const;

function RowStrip({ a }: { a: Alarm }) {
  const held = strips.value.get(a.id), tick = now.value;
  useEffect(() => wantStrip(a.id), [a.id, a.state, Math.floor(tick / 30_000)]);
  const toMs = held?.toMs ?? tick;
  return <MiniStrip segs={held?.segs ?? []} fromMs={held?.fromMs ?? toMs - 86_400_000} toMs={toMs} label={`Last 24 hours: ${held ? held.segs.filter((s) => s.state === 'alarm').length : 'unknown how many'} times in ALARM`} />;
}
const Marks = ({ a }: { a: Alarm }) => <>
  {a.acknowledged && <span class="mark-i" title={`Acknowledged by ${a.acknowledged.by}: ${a.acknowledged.reason}`}><Ico n="check" s /><span class="vh">acknowledged</span></span>}
  {a.muted_until_ms || a.silenced_by.length > 0 || !a.actions_enabled ? <span class="mark-i" title={a.muted_until_ms ? `Muted until ${fullTime(a.muted_until_ms)}` : a.silenced_by.length ? 'A silence holds its notifications' : 'Its notifications are switched off'}><Ico n="mute" s /><span class="vh">muted</span></span> : null}
</>;

export const AlarmRow = ({ a, on, index }: { a: Alarm; on: boolean; index: number }) => (
  <div class={'arow' + (on ? ' sel' : '')} role="row" aria-rowindex={index} aria-selected={on}>
    <span role="cell" class="cut"><a class="name" data-id={a.id} href={to(a)} title={[a.name, a.description, a.reason].filter(Boolean).join('\n')}><Glyph s={shortOf(a.state)} /><span class="vh">{WORD[shortOf(a.state)]}</span><span class="cut">{a.name}</span><Marks a={a} /></a></span>
    <span role="cell" class="faint cut" title={forText(a.labels)}>{forText(a.labels)}</span>
    <span role="cell"><Sev s={a.severity} /></span>
    <span role="cell" class="astrip"><RowStrip a={a} /></span>
    <span role="cell" class="num cut" title={a.value == null ? a.reason : String(a.value)}>{valueText(a)}</span>
    <span role="cell" class="num faint" title={fullTime(a.since_ms)}>{since(a)}</span>
  </div>
);
export const GroupRow = ({ head, n, index }: { head: string; n: number | null; index: number }) => <div class="arow agrp" role="row" aria-rowindex={index}><span role="cell">{head}{n == null ? '' : `, ${whole(n)}`}</span></div>;

export const AlarmCard = ({ a }: { a: Alarm }) => (
  <div role="listitem" class="acard"><a class="card" data-id={a.id} href={to(a)}>
    <div class="r1"><StateBadge s={shortOf(a.state)} /><Sev s={a.severity} /><Marks a={a} /><span class="when faint small">{since(a)}</span></div>
    <div class="r1"><span class="nm cut">{a.name}</span><span class="grow" /><b>{valueText(a)}</b></div>
    <div class="small faint cut">{forText(a.labels) || a.source}</div>
    <RowStrip a={a} />
  </a></div>
);
