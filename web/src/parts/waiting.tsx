// A skeleton at once, words from 300 ms, a way out from 2 s.
import { useEffect, useState } from 'preact/hooks';

const SAY_AFTER_MS = 300;

export function Waiting({ rows = 3, what, sinceMs, stop }: { rows?: number; what: string; sinceMs: number; stop?: () => void }) {
  const [waitedMs, setWaited] = useState(0);
  useEffect(() => {
    const t = setInterval(() => setWaited(sinceMs ? Date.now() - sinceMs : 0), SAY_AFTER_MS);
    return () => clearInterval(t);
  }, [sinceMs]);
  return (
    <div class="waiting" aria-busy="true">
      {Array.from({ length: rows }, (_, i) => <i key={i} class="skel" />)}
      {waitedMs >= SAY_AFTER_MS && <span class="faint small" role="status">Loading {what}{waitedMs > 2000 && `, ${Math.round(waitedMs / 1000)} s so far`}</span>}
      {stop && waitedMs > 2000 && <button type="button" class="ctl sm" onClick={stop}>Stop</button>}
    </div>
  );
}
