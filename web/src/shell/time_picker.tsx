import { useState } from 'preact/hooks';
import { Pop } from '../parts/pop.tsx';
import { fullTime, parseFree, PRESETS, rangeText, resolveRange, clock } from '../lib/timespec.ts';
import { live, range, serverNow, setAbsolute, setRange, spec } from '../state/time.ts';
import { Ico } from '../parts/icon.tsx';

const local = (ms: number): string => { const d = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000); return d.toISOString().slice(0, 16); };

/** Presets, free text, two calendars; always says the absolute range it would give. */
export function TimePicker({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const r = range.value, now = serverNow();
  const [from, setFrom] = useState(local(r.fromMs)), [to, setTo] = useState(local(r.toMs));
  const free = text ? parseFree(text, now) : null, freeRange = free && resolveRange(free, now);
  const fromMs = new Date(from).getTime(), toMs = new Date(to).getTime(), ordered = fromMs < toMs;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const here = rangeText(spec.value);
  return (
    <Pop label="Choose the time" onClose={onClose} right wide>
      <form class="tp-free" onSubmit={(e) => { e.preventDefault(); if (free) { setRange(free); onClose(); } }}>
        <label class="field"><Ico n="clock" s /><input data-first value={text} placeholder="3h, yesterday 14:00 to 16:00, 2026-11-22 09:00" aria-label="Time in words" aria-describedby="tp-says" autocomplete="off" spellcheck={false} onInput={(e) => setText(e.currentTarget.value)} /></label>
        <p class="pop-p" id="tp-says" role="status">{!text ? `Now: ${clock(r.fromMs, now, true)} – ${clock(r.toMs, now, true)}${live.value ? ', moving' : ''}` : freeRange ? `${fullTime(freeRange.fromMs)} to ${fullTime(freeRange.toMs)}` : 'Not understood yet. A length, one start, or “a to b”.'}</p>
      </form>
      <div class="tp-cols">
        <div role="group" aria-label="Presets" class="tp-presets">{PRESETS.map(([name, s]) => <button type="button" key={name} class="pi" aria-pressed={rangeText(s) === here} onClick={() => { setRange(s); onClose(); }}>{name}{rangeText(s) === here && <Ico n="check" s />}</button>)}</div>
        <form class="tp-cal" onSubmit={(e) => { e.preventDefault(); if (ordered) { setAbsolute(fromMs, toMs); onClose(); } }}>
          <label>From<input type="datetime-local" value={from} onInput={(e) => setFrom(e.currentTarget.value)} /></label>
          <label>To<input type="datetime-local" value={to} onInput={(e) => setTo(e.currentTarget.value)} /></label>
          {!ordered && <p class="c-warn small">“From” lies after “To”.</p>}
          <button type="submit" class="ctl sm" disabled={!ordered}>Show</button>
          <p class="pop-p">Times are in {zone}. <span class="key">←</span> <span class="key">→</span> move by half, <span class="key">z</span> doubles, <span class="key">.</span> is now.</p>
        </form>
      </div>
    </Pop>
  );
}
