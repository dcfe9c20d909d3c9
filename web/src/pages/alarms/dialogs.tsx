// Acknowledge and mute: both want a reason and an end.
import { useState } from 'preact/hooks';
import { ackAlarm, muteAlarm, unmuteAlarm, type Alarm } from '../../api/alarms.ts';
import { clock, parseDuration, resolveTime } from '../../lib/timespec.ts';
import { Ask, Fld } from '../../parts/ask.tsx';
import { Seg } from '../../parts/seg.tsx';
import { serverNow } from '../../state/time.ts';
import { toast } from '../../state/toast.ts';

const ENDS = [['30m', '30 min'], ['2h', '2 h'], ['8h', '8 h'], ['1d', '1 day'], ['7d', '7 days'], ['', 'other']] as const;

/** The end of something that begins now: a preset, a duration, or a time. Null while it cannot be understood or is past. */
export function untilOf(text: string, nowMs: number): number | null {
  const d = parseDuration(text.trim());
  if (d) return nowMs + d;
  const t = resolveTime(text.trim().replace(/^until\s+/i, ''), nowMs);
  return t != null && t > nowMs ? t : null;
}

export function EndField({ value, onPick }: { value: string; onPick: (v: string) => void }) {
  const known = ENDS.some(([v]) => v && v === value), end = untilOf(value, serverNow());
  return (
    <div class="fld"><span class="label">Until</span>
      <Seg label="How long" value={known ? value : ''} options={ENDS} onPick={onPick} />
      {!known && <input class="inp" aria-label="How long, or until when" placeholder="90m, 18:00, 2026-12-01 09:00" value={value} onInput={(e) => onPick(e.currentTarget.value)} />}
      <span class="faint small" role="status">{end ? `ends ${clock(end, serverNow())}` : value ? 'not understood, or past' : 'an end is needed'}</span>
    </div>
  );
}

export function AckDialog({ a, onClose }: { a: Alarm; onClose: () => void }) {
  const [reason, setReason] = useState(''), [end, setEnd] = useState('2h'), until = untilOf(end, serverNow());
  return (
    <Ask title={`Acknowledge “${a.name}”`} verb="Acknowledge" ready={!!reason.trim() && until !== null} onClose={onClose} run={async () => { await ackAlarm(a.id, reason.trim(), untilOf(end, serverNow())!); toast({ kind: 'ok', text: `“${a.name}” acknowledged` }); }}>
      <p class="dim small">Says that somebody looks after it. It stays in the list and is not repeated until the end.</p>
      <Fld label="Reason"><input class="inp" data-first value={reason} maxLength={500} placeholder="looking into it" onInput={(e) => setReason(e.currentTarget.value)} /></Fld>
      <EndField value={end} onPick={setEnd} />
    </Ask>
  );
}

export function MuteDialog({ a, onClose }: { a: Alarm; onClose: () => void }) {
  const [reason, setReason] = useState(''), [end, setEnd] = useState('2h'), until = untilOf(end, serverNow());
  return (
    <Ask title={`Mute “${a.name}”`} verb="Mute" ready={!!reason.trim() && until !== null} onClose={onClose} run={async () => {
      const ends = untilOf(end, serverNow())!;
      await muteAlarm(a.id, reason.trim(), ends);
      toast({ kind: 'ok', text: `Alarm “${a.name}” muted until ${clock(ends, serverNow())}`, action: { label: 'Undo', run: () => void unmuteAlarm(a.id) } });
    }}>
      <p class="dim small">Nobody is told of this one alarm until the end; its state and history go on.</p>
      <Fld label="Reason"><input class="inp" data-first value={reason} maxLength={500} placeholder="planned work on the database" onInput={(e) => setReason(e.currentTarget.value)} /></Fld>
      <EndField value={end} onPick={setEnd} />
    </Ask>
  );
}
