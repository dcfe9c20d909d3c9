// The list: ringing first. On wide screens the chosen alarm stands beside it.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { listAlarms, type AlarmList as Answer, type AlarmState } from '../../api/alarms.ts';
import { GROUPS, listRows, SEVERITIES, severityWord, shortOf, STATES, WORD, type GroupBy } from '../../lib/alarm_words.ts';
import { plural } from '../../lib/units.ts';
import { Empty, Fault } from '../../parts/empty.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Pop } from '../../parts/pop.tsx';
import { Rows } from '../../parts/rows.tsx';
import { Glyph } from '../../parts/state.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useKeys } from '../../state/keyboard.ts';
import { usePoll, type Loaded } from '../../state/live.ts';
import { narrow } from '../../state/theme.ts';
import { refreshMs } from '../../state/time.ts';
import { href, param, setParams } from '../../state/url.ts';
import { Detail } from './detail.tsx';
import { Head } from './alarms.tsx';
import { AlarmCard, AlarmRow, GroupRow } from './rows.tsx';

const FIRST = 200, MOST = 10_000, ROW_PX = 28, CARD_PX = 105, MANY = 2000, SLOW_MS = 15_000;

export function AlarmList({ chosen, onChoose }: { chosen: string; onChoose: (id: string) => void }) {
  const q = param('q'), show = param('show').split(',').filter((s): s is AlarmState => STATES.includes(s as AlarmState)), sev = param('sev'), group = (GROUPS.find(([g]) => g === param('group'))?.[0] ?? 'state') as GroupBy;
  const [limit, setLimit] = useState(FIRST);
  const every = Math.max(limit > MANY ? SLOW_MS : 1000, refreshMs.value);
  const l = usePoll((s): Promise<Answer> => listAlarms({ q, state: show.length ? show.join(',') : undefined, severity: sev || undefined, limit }, s), every, false, [q, show.join(), sev, limit]).value;
  useEffect(() => setLimit(FIRST), [q, param('show'), sev]);
  const d = l.data, filtered = !!q || show.length > 0 || !!sev;
  const rows = useMemo(() => (d ? listRows(d.alarms, narrow.value ? 'none' : group, filtered && show.length !== 1 ? null : d.counts) : []), [d, group, narrow.value]);
  const ids = rows.flatMap((r) => ('alarm' in r ? [r.alarm.id] : [])), at = rows.findIndex((r) => 'alarm' in r && r.alarm.id === chosen), list = useRef<HTMLElement>(null);
  const step = (n: 1 | -1) => (): void | false => {
    // With an alarm open the choice moves; otherwise the frame moves the focus from row to row.
    if (!chosen || !ids.length || narrow.value) return false;
    const i = ids.indexOf(chosen), to = ids[Math.max(0, Math.min(ids.length - 1, i + n))]!;
    if (to !== chosen) onChoose(to);
  };
  useKeys({ down: step(1), up: step(-1), close: () => { if (!chosen) return false; onChoose(''); requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`a[data-id="${CSS.escape(chosen)}"]`)?.focus()); } });
  if (chosen && narrow.value) return <div class="page"><h1 class="vh">Alarms</h1><Detail id={chosen} onClose={() => onChoose('')} /></div>;
  const more = d && d.alarms.length < d.total;
  return (
    <div class={'page split alarms' + (chosen ? ' open' : '')}>
      <section class="col alist" aria-label="List of alarms" ref={list}>
        <div class="thead row1"><Head tab="alarms" /><Filter l={l} q={q} show={show} sev={sev} group={group} /></div>
        {!d ? (l.error ? <Fault l={l} what="the alarms" /> : <Waiting rows={8} what="the alarms" sinceMs={l.sinceMs} />)
          : !d.alarms.length ? <Nothing filtered={filtered} all={d.counts} />
          : narrow.value ? <Rows count={rows.length} rowPx={CARD_PX} class="acards" label="Alarms" role="list" render={(i) => { const r = rows[i]; return r && 'alarm' in r ? <AlarmCard key={r.alarm.id} a={r.alarm} /> : null; }} />
          : <div class={'atable grow' + (chosen ? ' slim' : '')} role="table" aria-label="Alarms" aria-rowcount={rows.length + 1}>
              <div role="rowgroup"><div class="arow ahead" role="row"><span role="columnheader">Alarm</span><span role="columnheader">For</span><span role="columnheader">Severity</span><span role="columnheader">Last 24 hours</span><span role="columnheader" class="num">Value</span><span role="columnheader" class="num">Since</span></div></div>
              <Rows count={rows.length} rowPx={ROW_PX} role="rowgroup" label="Alarms" class="abody" keepInView={at} render={(i) => { const r = rows[i]; return !r ? null : 'alarm' in r ? <AlarmRow key={r.alarm.id} a={r.alarm} on={r.alarm.id === chosen} index={i + 2} /> : <GroupRow key={'g' + r.head} head={r.head} n={r.n} index={i + 2} />; }} />
            </div>}
        <div class="wlegend"><span class="faint small cut" role="status">{!d ? '' : `${plural(d.total, 'alarm')}${filtered ? ' like this' : ''}${more ? `, the first ${d.alarms.length} are loaded${limit >= MOST ? ', more cannot be shown at once: find or filter' : ''}${group !== 'state' ? ', groups count those' : ''}` : ''}`}{l.error && d ? ` · not up to date: ${l.error}` : ''}</span><span class="grow" />{more && limit < MOST && <button type="button" class="ctl sm" onClick={() => setLimit(Math.min(MOST, limit * 4))}>Load more</button>}</div>
      </section>
      {chosen && <Detail key={chosen} id={chosen} onClose={() => onChoose('')} />}
    </div>
  );
}

function Filter({ l, q, show, sev, group }: { l: Loaded<Answer>; q: string; show: AlarmState[]; sev: string; group: GroupBy }) {
  const [open, setOpen] = useState(false), counts = l.data?.counts;
  const flip = (s: AlarmState): void => { const next = show.includes(s) ? show.filter((x) => x !== s) : [...show, s]; setParams({ show: next.length && next.length < 3 ? next.join(',') : undefined }); };
  return (
    <div class="head afilter">
      <label class="field"><Ico n="search" s /><input value={q} placeholder="Find an alarm" aria-label="Find an alarm" autocomplete="off" spellcheck={false} onInput={(e) => setParams({ q: e.currentTarget.value || undefined }, true)} /></label>
      <span class="chips" role="group" aria-label="States">{STATES.map((s) => <button type="button" key={s} class={'chip line state-c' + (show.includes(s) ? ' on' : '')} aria-pressed={show.includes(s)} onClick={() => flip(s)}><Glyph s={shortOf(s)} />{WORD[s]} <span class="faint">{counts?.[s] ?? ''}</span></button>)}</span>
      <span class="grow hide-s" />
      <span class="anchor hide-s"><button type="button" class="ctl sm" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>Group by {GROUPS.find(([g]) => g === group)![1]}{sev && `, ${severityWord(sev)}`}<Ico n="down" s /></button>
        {open && <Pop label="Groups and severity" right onClose={() => setOpen(false)}>
          <div class="label pop-h">Group by</div>{GROUPS.map(([g, word]) => <button type="button" class="pi" key={g} aria-pressed={g === group} onClick={() => { setOpen(false); setParams({ group: g === 'state' ? undefined : g }); }}><span class="tick">{g === group && <Ico n="check" s />}</span>{word}</button>)}
          <div class="label pop-h">Severity</div>{['', ...SEVERITIES].map((s) => <button type="button" class="pi" key={s} aria-pressed={s === sev} onClick={() => { setOpen(false); setParams({ sev: s || undefined }); }}><span class="tick">{s === sev && <Ico n="check" s />}</span>{s ? severityWord(s) : 'all'}</button>)}
        </Pop>}</span>
    </div>
  );
}

function Nothing({ filtered, all }: { filtered: boolean; all: Record<AlarmState, number> }) {
  const n = all.ALARM + all.OK + all.UNDETERMINED;
  if (filtered) return <Empty icon="filter" title={n ? `None of ${plural(n, 'alarm')} is like this` : 'No alarm is like this'} actions={<button type="button" class="ctl sm" onClick={() => setParams({ q: undefined, show: undefined, sev: undefined })}>Show all</button>} />;
  return <Empty icon="alarms" title="No alarms yet" actions={<><a class="ctl sm primary" href={href('/alarms/new')}>New alarm</a><a class="ctl sm" href={href('/alarms/definitions')}>Definitions</a></>}>An alarm appears when a definition meets its first series. Definitions are kept under Definitions; rule files under Rules.</Empty>;
}
