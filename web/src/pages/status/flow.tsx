// Received → Log → Consumers → Stores → Alarms.
import { Fragment } from 'preact';
import type { Status } from '../../api/status.ts';
import { bigParts, fmt, plural, show, whole, type Shown } from '../../lib/units.ts';
import { Spark } from '../../parts/spark.tsx';

interface Stage { label: string; big: Shown | { text: string; unit: string }; lines: string[]; colour: string; history?: (number | null)[] }
const s1 = (v: number, unit: 'per_s' | 'bytes_per_s' | 'seconds', word = ''): Shown => { const [text, rest] = bigParts(show(v, unit)); return { text, unit: `${rest} ${word}`.trim() }; };

export function stages(s: Status): Stage[] {
  const { received: r, log, consumers: c, stores, alarms } = s.pipeline;
  return [
    { label: 'Received', big: s1(r.per_s, 'per_s'), lines: [`${fmt(r.bytes_per_s, 'bytes_per_s')} from ${plural(r.senders, 'sender')}`, `${whole(r.refused_last_hour)} refused in the last hour`], colour: 's1', history: r.history },
    { label: 'Log', big: s1(log.oldest_waiting_ms / 1000, 'seconds', 'oldest waiting'), lines: [`${fmt(log.bytes_per_s, 'bytes_per_s')} on disk, ${fmt(log.syncs_per_s, 'count')} syncs/s`, log.sync_p50_ms == null ? 'no sync measured yet' : `sync ${fmt(log.sync_p50_ms / 1000, 'seconds')}, p99 ${log.sync_p99_ms == null ? '–' : fmt(log.sync_p99_ms / 1000, 'seconds')}`], colour: 's2', history: log.history },
    { label: 'Consumers', big: { text: whole(c.behind_records), unit: 'records behind' }, lines: [`${c.keep_up} of ${c.count} keep up`, c.from_memory_ratio == null ? 'nothing served yet' : `served from memory ${fmt(c.from_memory_ratio, 'ratio')}`], colour: 's3', history: c.history },
    { label: 'Stores', big: s1(stores.bytes_per_s, 'bytes_per_s'), lines: [!stores.bytes_per_sample ? 'nothing sealed yet' : `${fmt(stores.bytes_per_sample, 'bytes')} a sample`, stores.days_to_full == null ? 'no trend to a full disk' : `${plural(Math.floor(stores.days_to_full), 'day')} until full`], colour: 's5', history: stores.history },
    ...(alarms ? [{ label: 'Alarms', big: s1(alarms.round_ms / 1000, 'seconds', 'a round'), lines: [`${plural(alarms.count, 'alarm')}, ${alarms.ringing} ringing`], colour: 's4', history: alarms.history }] : []),
  ];
}

export const Flow = ({ s }: { s: Status }) => (
  <div class="flowbox flow-x">
    {stages(s).map((x, i) => (
      <Fragment key={x.label}>
        {i > 0 && <span class="arrow" aria-hidden="true">→</span>}
        <div class="stage"><span class="label">{x.label}</span><span class="big">{x.big.text}<small> {x.big.unit}</small></span>{x.lines.map((d) => <span class="d" key={d} title={d}>{d}</span>)}
          <span class="stage-c">{x.history?.length ? <Spark v={x.history} w={200} h={22} c={x.colour} fluid /> : null}</span></div>
      </Fragment>
    ))}
  </div>
);
