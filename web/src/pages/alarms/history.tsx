// What happened to an alarm, newest first, and who was told of it.
import type { HistoryEntry, Told } from '../../api/alarms.ts';
import { shortOf } from '../../lib/alarm_words.ts';
import { clock, fullTime } from '../../lib/timespec.ts';
import { Empty, Panel } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Glyph } from '../../parts/state.tsx';
import type { Loaded } from '../../state/live.ts';
import { now } from '../../state/time.ts';

const TITLE: Record<string, string> = { created: 'Began', joined: 'A series joined', changed: 'Changed', deleted: 'Deleted', acknowledged: 'Acknowledged', unacknowledged: 'Acknowledgement taken back', muted: 'Muted' };
const told = (list: readonly Told[]): string => {
  const by = (s: Told['status']): string => list.filter((n) => n.status === s).map((n) => n.method).join(', ');
  return [by('sent') && `sent to ${by('sent')}`, by('failed') && `not sent to ${by('failed')}`, by('pending') && `waits for ${by('pending')}`, by('silenced') && 'silenced'].filter(Boolean).join('; ');
};

export const History = ({ l, onMore, full }: { l: Loaded<{ entries: HistoryEntry[] }>; onMore: () => void; full: boolean }) => (
  <section class="panel oh" aria-labelledby="hi"><header><h2 id="hi">History</h2><span class="r">{l.data && !full && <button type="button" class="ctl sm ghost" onClick={onMore}>Older</button>}</span></header>
    <Panel l={l} what="the history">{({ entries }) => (entries.length === 0 ? <Empty icon="clock" title="Nothing has happened yet" /> : (
      <ul class="feed hist">{entries.map((e) => {
        const moved = e.new && (e.kind === 'transition' || e.old !== e.new), failed = e.notified.some((n) => n.status === 'failed');
        return <li key={e.number} title={[fullTime(e.at_ms), e.reason, ...e.notified.map((n) => `${n.method} (${n.type}): ${n.status}${n.detail ? ', ' + n.detail : ''}`)].filter(Boolean).join('\n')}>
          {moved ? <Glyph s={shortOf(e.new)} /> : <Ico n={e.kind === 'deleted' ? 'trash' : /ack/.test(e.kind + e.reason) ? 'check' : 'clock'} s />}
          <span class="two"><span><b>{moved ? e.new : TITLE[e.kind] ?? e.kind}</b>{e.by && <span class="faint"> by {e.by}</span>}</span><span class={failed ? 'c-warn' : 'faint'}>{[told(e.notified), e.reason].filter(Boolean).join(' · ')}</span></span>
          <span class="when">{clock(e.at_ms, now.value, true)}</span></li>;
      })}</ul>
    ))}</Panel>
  </section>
);
