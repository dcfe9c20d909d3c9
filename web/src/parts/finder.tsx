// The search bar opened: chips, suggestions, pages, actions, metrics. The palette and the Search page are both this.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { listAlarms } from '../api/alarms.ts';
import { listDashboards } from '../api/dashboards.ts';
import { getLabels } from '../api/metrics.ts';
import { labelNames, labelValues } from '../api/prom.ts';
import { forText, WORD } from '../lib/alarm_words.ts';
import { selector } from '../lib/parse/promql.ts';
import { best, chipOf } from '../lib/rank.ts';
import { plural } from '../lib/units.ts';
import { KEYS } from '../keys.ts';
import { PAGES } from '../routes.ts';
import { metrics, wantMetrics } from '../state/catalog.ts';
import { useAsk } from '../state/live.ts';
import { floating } from '../state/floating.ts';
import { asTables } from '../state/keyboard.ts';
import { flipTheme, recentQueries, savedQueries } from '../state/theme.ts';
import { frozenUrl, paused, range } from '../state/time.ts';
import { copy } from '../state/toast.ts';
import { chips, go, setChips } from '../state/url.ts';
import { Ico } from './icon.tsx';
import { Chip } from './state.tsx';

interface Row { group: string; icon: string; text: string; sub?: string; keys?: string; run: () => void; stay?: boolean; mono?: boolean }
const MOST_METRICS = 12, MOST_VALUES = 30, MOST_BOARDS = 8, MOST_ALARMS = 5;

const ACTIONS: readonly { icon: string; text: string; id: string; run: () => void }[] = [
  { id: 'theme', icon: 'sun', text: 'Change the theme', run: flipTheme },
  { id: 'pause', icon: 'pause', text: 'Pause or go on with live updates', run: () => { paused.value = !paused.value; } },
  { id: 'copy-link', icon: 'share', text: 'Copy a link to this view', run: () => void copy(frozenUrl(), 'Link') },
  { id: 'table', icon: 'table', text: 'Charts as tables, or back', run: () => { asTables.value = !asTables.value; } },
  { id: 'help', icon: 'help', text: 'Keys and help', run: () => { floating.value = 'help'; } },
  { id: 'new-dashboard', icon: 'dash', text: 'New dashboard', run: () => go('/dash/new') },
  { id: 'new-alarm', icon: 'alarms', text: 'New alarm', run: () => go('/alarms/new') },
  { id: 'new-silence', icon: 'mute', text: 'New silence: tell nobody for a while', run: () => go('/alarms/notifications', { tab: 'silences', new: '{}' }) },
  { id: 'methods', icon: 'share', text: 'Notification methods and deliveries', run: () => go('/alarms/notifications') },
  { id: 'new-key', icon: 'key', text: 'New API key', run: () => go('/settings') },
  { id: 'demo', icon: 'play', text: 'Demo data: start or remove', run: () => go('/add', { tab: 'demo' }) },
  { id: 'cardinality', icon: 'table', text: 'Cardinality: which names make the most series', run: () => go('/metrics', { view: 'cardinality', q: undefined }) },
];
const keysFor = (id: string): string | undefined => KEYS.find((k) => k.id === id)?.keys[0];

export function Finder({ onDone, autofocus }: { onDone: () => void; autofocus?: boolean }) {
  const [text, setText] = useState(''), [at, setAt] = useState(0);
  const box = useRef<HTMLInputElement>(null), list = useRef<HTMLDivElement>(null);
  useEffect(() => { void wantMetrics(); }, []);
  useLayoutEffect(() => { if (autofocus) box.current?.focus(); }, []);
  const held = chips.value, typed = chipOf(text);
  const names = useAsk((s) => labelNames(s), []).value.data ?? [];
  const values = useAsk(typed ? (s) => labelValues(typed.name, [], 1000, s) : null, [typed?.name]).value.data ?? [];
  const boards = useAsk((s) => listDashboards(s), []).value.data ?? [];
  const alarms = useAsk(text.trim().length > 1 && !typed ? async (s) => { await new Promise((r) => setTimeout(r, 150)); return s.aborted ? [] : (await listAlarms({ q: text.trim(), limit: MOST_ALARMS }, s)).alarms; } : null, [text.trim(), !typed]).value.data ?? [];
  const match = held.length ? selectorOfChips(held) : '';
  const counted = useAsk(match ? (s) => getLabels([match], range.value.fromMs, range.value.toMs, 1, s) : null, [match]).value.data;

  const addChip = (name: string, value: string, not: boolean): void => { setChips([...held.filter((c) => c.name !== name || c.value !== value), { name, value, not }]); setText(''); setAt(0); };
  const rows = useMemo((): Row[] => {
    const out: Row[] = [];
    if (typed) {
      if (typed.value) out.push({ group: 'Add a filter', icon: 'filter', text: `${typed.name}${typed.not ? '≠' : '='}${typed.value}`, stay: true, run: () => addChip(typed.name, typed.value, typed.not) });
      for (const v of best(values, typed.value, (x) => x, MOST_VALUES)) if (v !== typed.value) out.push({ group: `Values of ${typed.name}`, icon: 'filter', text: v, stay: true, mono: true, run: () => addChip(typed.name, v, typed.not) });
      return out;
    }
    if (held.length) out.push({ group: 'Go on with these filters', icon: 'metrics', text: 'Metrics', sub: counted ? `${plural(counted.series, 'series', 'series')} match` : undefined, keys: 'g m', run: () => go('/metrics', { q: match }) });
    const t = text.trim();
    if (t) {
      for (const m of best(metrics.value?.metrics ?? [], t, (x) => x.name, MOST_METRICS)) out.push({ group: `Names that contain “${t}”`, icon: 'metrics', text: m.name, mono: true, sub: [m.type !== 'unknown' ? m.type : '', m.unit, plural(m.series, 'series', 'series')].filter(Boolean).join(', '), run: () => go('/metrics', { q: metricQuery(m.name, m.type, held) }) });
      for (const d of best(boards, t, (x) => `${x.title} ${x.folder} ${x.tags.join(' ')}`, MOST_BOARDS)) out.push({ group: 'Dashboards', icon: 'dash', text: d.title, sub: d.folder, run: () => go(`/dash/${d.id}`) });
      for (const a of alarms) out.push({ group: 'Alarms', icon: 'alarms', text: a.name, sub: `${WORD[a.state]}${forText(a.labels) ? ', ' + forText(a.labels) : ''}`, run: () => go(`/alarms/${encodeURIComponent(a.id)}`) });
      for (const n of best(names, t, (x) => x, 6)) out.push({ group: 'Filter by', icon: 'filter', text: n + '=', stay: true, mono: true, run: () => setText(n + '=') });
      if (/[({\[]/.test(t)) out.unshift({ group: 'Run as a query', icon: 'play', text: t, mono: true, run: () => go('/metrics', { q: t }) });
    }
    for (const p of t ? best(PAGES, t, (x) => x.title, 6) : PAGES) out.push({ group: 'Pages', icon: p.icon, text: p.title, keys: p.keys, run: () => go(p.path) });
    for (const a of t ? best(ACTIONS, t, (x) => x.text, 6) : ACTIONS) out.push({ group: 'Actions', icon: a.icon, text: a.text, keys: keysFor(a.id), run: a.run });
    for (const s of best(savedQueries.value, t, (x) => x.name + ' ' + x.query, 5)) out.push({ group: 'Saved queries', icon: 'save', text: s.name, sub: s.query, run: () => go('/metrics', { q: s.query }) });
    for (const q of best(recentQueries.value, t, (x) => x, 5)) out.push({ group: 'Recent queries', icon: 'clock', text: q, mono: true, run: () => go('/metrics', { q }) });
    return out;
  }, [text, values, names, boards, alarms, held, counted, metrics.value, recentQueries.value, savedQueries.value]);
  const here = Math.min(at, rows.length - 1);

  const pick = (r: Row | undefined): void => {
    if (!r) return;
    if (!r.stay) onDone();
    r.run();
    if (r.stay) box.current?.focus();
  };
  const move = (to: number): void => {
    const i = (to + rows.length) % Math.max(1, rows.length);
    setAt(i);
    list.current?.querySelector(`[data-i="${i}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  const key = (e: KeyboardEvent): void => {
    if (e.key === 'ArrowDown') { e.preventDefault(); move(here + 1); } else if (e.key === 'ArrowUp') { e.preventDefault(); move(here - 1); }
    else if (e.key === 'Enter') { e.preventDefault(); pick(rows[here]); }
    else if (e.key === 'Tab' && !e.shiftKey && typed?.value) { e.preventDefault(); pick(rows[here]); }
    else if (e.key === 'Backspace' && !text && held.length) setChips(held.slice(0, -1));
  };
  let group = '';
  return (
    <div class="finder">
      <div class="omni finder-in">
        <Ico n="search" />
        {held.map((c, i) => <Chip key={i} k={c.name + (c.not ? '≠' : '=')} v={c.value} on onRemove={() => setChips(held.filter((_, j) => j !== i))} />)}
        <input ref={box} data-first role="combobox" aria-expanded="true" aria-controls="finder-list" aria-autocomplete="list" aria-activedescendant={rows.length ? `fi-${here}` : undefined} aria-label="Search everything"
          placeholder={held.length ? 'Add a filter, or a name' : 'A name, a filter like job=node, a page, an action'} autocomplete="off" spellcheck={false} value={text} onInput={(e) => { setText(e.currentTarget.value); setAt(0); }} onKeyDown={key} />
        <span class="key">Esc</span>
      </div>
      <div class="finder-list" id="finder-list" role="listbox" aria-label="Results" ref={list}>
        {rows.map((r, i) => {
          const head = r.group !== group; group = r.group;
          return [
            head && <div class="label pop-h" role="presentation" key={'g' + r.group}>{r.group}</div>,
            <div key={i} id={`fi-${i}`} data-i={i} class={'pi' + (i === here ? ' on' : '')} role="option" aria-selected={i === here} onPointerMove={() => { if (at !== i) setAt(i); }} onClick={() => pick(r)}>
              <Ico n={r.icon} /><span class={r.mono ? 'mono cut' : 'cut'}>{r.text}</span>{r.sub && <span class="faint small cut">{r.sub}</span>}<span class="grow" />{r.keys?.split(' ').map((k) => <span class="key" key={k}>{k.replace(/\+/g, ' ')}</span>)}
            </div>,
          ];
        })}
        {!rows.length && <p class="pop-p">Nothing has this in its name. Filters are written <span class="mono">label=value</span>.</p>}
      </div>
    </div>
  );
}

const selectorOfChips = (list: readonly { name: string; value: string; not: boolean }[]): string => `{${list.map((c) => selector('x', [c]).slice(2, -1)).join(', ')}}`;

/** What the explorer asks first about a metric, by its type. */
export function metricQuery(name: string, type: string, filters: readonly { name: string; value: string; not: boolean }[] = []): string {
  if (type === 'histogram') return `histogram_quantile(0.95, sum by (le) (rate(${selector(name + '_bucket', filters)}[5m])))`;
  const s = selector(name, filters);
  if (type === 'counter' || (type !== 'gauge' && /_total$/.test(name))) return `rate(${s}[5m])`;
  return s;
}
