// What was sent, when, how often it was tried, and what the other side said.
import { useEffect, useState } from 'preact/hooks';
import { listDeliveries, listMethods, type Delivery } from '../../api/notify.ts';
import { shortOf } from '../../lib/alarm_words.ts';
import { clock, fullTime, lasted } from '../../lib/timespec.ts';
import { fmt, plural } from '../../lib/units.ts';
import { Choose } from '../../parts/choose.tsx';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Seg } from '../../parts/seg.tsx';
import { Chip, Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAsk, usePoll } from '../../state/live.ts';
import { serverNow } from '../../state/time.ts';
import { href, param, setParams } from '../../state/url.ts';

const EVERY_MS = 5000, FIRST = 100, STATUS = [['', 'All'], ['sent', 'Sent'], ['pending', 'On the way'], ['failed', 'Failed'], ['silenced', 'Silenced']] as const;
const WORD: Record<Delivery['status'], string> = { sent: 'sent', pending: 'on the way', failed: 'failed', silenced: 'silenced' };

export function Deliveries() {
  const status = STATUS.find(([s]) => s === param('status'))?.[0] ?? '', method = param('method'), alarm = param('alarm'), [limit, setLimit] = useState(FIRST), methods = useAsk((s) => listMethods(s), []).value.data ?? [];
  useEffect(() => setLimit(FIRST), [status, method, alarm]);
  const l = usePoll((s) => listDeliveries({ alarm_id: alarm || undefined, method_id: method || undefined, status: status || undefined, limit }, s), EVERY_MS, false, [status, method, alarm, limit]).value, t = serverNow(), filtered = !!(status || method || alarm);
  return (
    <section class="panel oh" aria-labelledby="dv"><header class="wrap-h"><h2 id="dv">Deliveries</h2><span class="sub">{l.data ? `the newest ${plural(l.data.length, 'delivery', 'deliveries')}` : ''}{l.error && l.data ? `, not up to date: ${l.error}` : ''}</span><span class="r">{alarm && <Chip k="alarm=" v={l.data?.[0]?.alarm_name ?? alarm} on onRemove={() => setParams({ alarm: undefined })} />}<Choose label="Method" value={method} options={[['', 'every method'], ...methods.map((m) => [m.id, m.name] as const)]} onPick={(v) => setParams({ method: v || undefined })} /><Seg label="Status" value={status} options={STATUS} onPick={(v) => setParams({ status: v || undefined })} /></span></header>
      {!l.data ? (l.error ? <Fault l={l} what="the deliveries" /> : <Waiting rows={5} what="the deliveries" sinceMs={l.sinceMs} />)
        : !l.data.length ? <Empty icon="share" title={filtered ? 'No delivery is like this' : 'Nothing was sent yet'} actions={filtered ? <button type="button" class="ctl sm" onClick={() => setParams({ status: undefined, method: undefined, alarm: undefined })}>Show all</button> : <a class="ctl sm" href={href('/alarms/notifications')}>Methods</a>}>{filtered ? '' : 'Each transition that somebody is told of is kept here, with the answer of the other side.'}</Empty>
        : <table class="tbl fixed dels"><thead><tr><th scope="col" class="v1">When</th><th scope="col">Alarm</th><th scope="col" class="v2">To</th><th scope="col" class="v3">Delivery</th><th scope="col" class="only-l">Answer</th><th scope="col" class="num v4 only-l">Took</th></tr></thead>
          <tbody>{l.data.map((d) => <tr key={d.id}><td class="dim" title={fullTime(d.at_ms)}>{clock(d.at_ms, t, true)}</td><td class="cut"><a class="st" href={href(`/alarms/${encodeURIComponent(d.alarm_id)}`)}><Glyph s={shortOf(d.state)} /><span class="name cut">{d.alarm_name}</span></a></td><td class="cut" title={d.type}>{d.method}</td>
            <td><span class={'st ' + (d.status === 'failed' ? 'c-alarm' : 'dim')}><Glyph s={d.status === 'sent' ? 'ok' : d.status === 'failed' ? 'alarm' : 'undet'} />{WORD[d.status]}{d.attempts > 1 && <span class="faint only-l"> {d.attempts} tries</span>}</span></td>
            <td class="only-l faint cut" title={d.detail}>{d.code ? `${d.code} ` : ''}{d.detail}{d.status === 'pending' && d.next_ms ? `, again in ${lasted(d.next_ms - t)}` : ''}</td><td class="num only-l faint">{d.took_ms == null ? '' : fmt(d.took_ms / 1000, 'seconds')}</td></tr>)}</tbody></table>}
      {l.data && l.data.length >= limit && <div class="more-row"><button type="button" class="ctl sm" onClick={() => setLimit(limit * 4)}>Older</button></div>}
    </section>
  );
}
