import { link } from '../api/http.ts';
import { fmt, show, THIN } from '../lib/units.ts';
import { clock, fullTime } from '../lib/timespec.ts';
import { frame } from '../state/live.ts';
import { paused, skewMs } from '../state/time.ts';

const LINK = { connecting: ['quiet', 'Connecting'], connected: ['ok', 'Connected'], lost: ['lost', 'Not connected, trying again'] } as const;
const SKEW_WORTH_SAYING_MS = 500;

export function StatusLine() {
  const f = frame.value.data, [tone, word] = LINK[link.value];
  const skew = Math.round(skewMs.value);
  const rate = f ? show(f.received_per_s, 'per_s') : null;
  return (
    <footer class="foot">
      <span><i class={`dot ${tone}${link.value === 'connected' && !paused.value ? ' live-dot' : ''}`} /><b>{word}</b></span>
      {f && <>
        <span>In <b>{rate!.text}{THIN}{rate!.unit}</b></span>
        <span title="Age of the oldest record that is accepted and not yet in its store">Queue <b>{f.queue_age_ms == null ? '–' : fmt(f.queue_age_ms / 1000, 'seconds')}</b></span>
        <span title={f.stored_to_ms == null ? undefined : fullTime(f.stored_to_ms)}>Stored to <b>{f.stored_to_ms == null ? '–' : clock(f.stored_to_ms, f.now_ms, true)}</b></span>
        <span title="The server's clock minus this browser's" class={Math.abs(skew) > SKEW_WORTH_SAYING_MS ? 'c-warn' : ''}>Clock <b>{skew >= 0 ? '+' : '−'}{fmt(Math.abs(skew) / 1000, 'seconds').replace(/^0\u2009s$/, '0\u2009ms')}</b></span>
      </>}
      {paused.value && <span class="c-bronze">Paused</span>}
      <span class="sep" />
      {f?.demo && <span class="c-bronze">Demo data</span>}
      {f && <><span>{f.node}{f.role && f.role !== 'single' ? ` · ${f.role}` : ''}</span><span>Belfry {f.version}</span></>}
    </footer>
  );
}
