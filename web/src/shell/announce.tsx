// Says a new ALARM to those who do not see the badge: the only assertive words of the interface.
import { useEffect, useRef, useState } from 'preact/hooks';
import { listAlarms } from '../api/alarms.ts';
import { forText } from '../lib/alarm_words.ts';
import { frame } from '../state/live.ts';

const LOOKED_AT = 50;

export function Announce() {
  const ringing = frame.value.data?.alarms_ringing ?? null, before = useRef<number | null>(null), [words, setWords] = useState('');
  useEffect(() => {
    const was = before.current;
    before.current = ringing;
    if (ringing === null || was === null || ringing <= was) { if (!ringing) setWords(''); return; }
    const stop = new AbortController();
    listAlarms({ state: 'ALARM', limit: LOOKED_AT }, stop.signal).then((l) => {
      const newest = [...l.alarms].sort((a, b) => b.since_ms - a.since_ms)[0];
      setWords(newest ? `Alarm: ${newest.name} ${forText(newest.labels)} is ringing. ${ringing - was > 1 ? `${ringing - was} new alarms.` : ''}` : `${ringing} alarms ring.`);
    }, () => setWords(`${ringing} alarms ring.`));
    return () => stop.abort();
  }, [ringing]);
  return <div class="vh" aria-live="assertive" role="alert">{words}</div>;
}
