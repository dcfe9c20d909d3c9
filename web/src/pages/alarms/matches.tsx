// What a condition matches now: how many series, which alarms, in which state each would be.
import type { Check } from '../../api/definitions.ts';
import { forText, shortOf } from '../../lib/alarm_words.ts';
import { fmt, plural, type Unit } from '../../lib/units.ts';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import type { Loaded } from '../../state/live.ts';

export function Matches({ l, empty, match, unit }: { l: Loaded<Check>; empty: boolean; match: readonly string[]; unit: Unit }) {
  const c = l.data;
  return (
    <section class="panel oh" aria-labelledby="mt"><header><h2 id="mt">Matches now</h2><span class="sub" role="status">{c?.valid ? `${plural(c.matching_series, 'series', 'series')}, ${plural(c.alarms, 'alarm')}${match.length ? `, one for each ${match.join(' and ')}` : ''}` : ''}</span></header>
      {empty ? <Empty icon="metrics" title="No condition yet">Choose a metric and a limit, or a template.</Empty> : l.error ? <Fault l={l} what="what matches" /> : !c ? <Waiting rows={3} what="what matches" sinceMs={l.sinceMs} /> : !c.valid ? <Empty icon="alert" title="The condition is not understood yet">{c.error?.message}</Empty>
        : !c.preview.length ? <Empty icon="clock" title="Nothing matches now">It may be saved all the same; an alarm appears with the first series.</Empty>
        : <table class="tbl fixed mt"><thead><tr><th scope="col">For</th><th scope="col" class="num mv">Value</th><th scope="col" class="ms">Would be</th></tr></thead><tbody>{c.preview.map((p, i) => <tr key={i}><td class="cut" title={forText(p.labels)}>{forText(p.labels) || 'all together'}</td><td class="num">{p.value == null ? '–' : fmt(p.value, unit)}</td><td><span class="st"><Glyph s={shortOf(p.state)} /><span class={p.state === 'ALARM' ? 'c-alarm' : 'dim'}>{p.state === 'ALARM' ? 'ringing' : p.state === 'OK' ? 'OK' : 'not sure'}</span></span></td></tr>)}</tbody></table>}
      {c && c.alarms > c.preview.length && c.preview.length > 0 && <p class="note">{c.preview.length} of {plural(c.alarms, 'alarm')} are shown.</p>}
    </section>
  );
}
