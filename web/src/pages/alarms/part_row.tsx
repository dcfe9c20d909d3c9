// One condition as a sentence whose words can be exchanged.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Part } from '../../api/definitions.ts';
import { labelNames, labelValues } from '../../api/prom.ts';
import { FUNCTIONS, opOf, OPS, plainNumber } from '../../lib/alarm_words.ts';
import { selector } from '../../lib/parse/promql.ts';
import { best } from '../../lib/rank.ts';
import { Choose } from '../../parts/choose.tsx';
import { Ico } from '../../parts/icon.tsx';
import { Chip } from '../../parts/state.tsx';
import { metrics } from '../../state/catalog.ts';
import { useAsk } from '../../state/live.ts';

const PERIODS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400], OFFERED = 60, VALUES = 200;
let ids = 0;

export function PartRow({ p, first, onChange, onRemove }: { p: Part; first: boolean; onChange: (c: Partial<Part>) => void; onRemove?: () => void }) {
  const [uid] = useState(() => `pr${ids++}`), [limit, setLimit] = useState(plainNumber(p.threshold)), [key, setKey] = useState(''), [value, setValue] = useState('');
  useEffect(() => { if (Number(limit) !== p.threshold) setLimit(plainNumber(p.threshold)); }, [p.threshold]);
  const names = useMemo(() => (p.metric ? best(metrics.value?.metrics ?? [], p.metric, (m) => m.name, OFFERED) : (metrics.value?.metrics ?? []).slice(0, OFFERED)), [p.metric, metrics.value]);
  const known = metrics.value?.metrics.some((m) => m.name === p.metric) ?? false, match = known ? [selector(p.metric)] : [];
  const keys = useAsk(known ? (s) => labelNames(s, match) : null, [p.metric, known]).value.data ?? [], values = useAsk(known && key && keys.includes(key) ? (s) => labelValues(key, match, VALUES, s) : null, [p.metric, key, keys.length]).value.data ?? [];
  const add = (k = key, v = value): void => { if (!k.trim() || !v.trim()) return; onChange({ dimensions: { ...p.dimensions, [k.trim()]: v.trim() } }); setKey(''); setValue(''); };
  const without = (k: string): void => { const { [k]: _gone, ...rest } = p.dimensions; onChange({ dimensions: rest }); };
  return (
    <div class="expr part" role="group" aria-label={first ? 'Condition' : 'Further condition'}>
      {!first && <Choose label="Joined by" value={p.join ?? 'and'} options={[['and', 'and'], ['or', 'or']]} onPick={(v) => onChange({ join: v as 'and' | 'or' })} />}
      the <Choose label="Function" value={p.function.toLowerCase()} options={FUNCTIONS} onPick={(v) => onChange({ function: v })} /> of
      <input class="inp mono metric-in" aria-label="Metric" list={uid + 'm'} value={p.metric} placeholder="metric name" spellcheck={false} autocomplete="off" onInput={(e) => onChange({ metric: e.currentTarget.value })} />
      <datalist id={uid + 'm'}>{names.map((m) => <option key={m.name} value={m.name} />)}</datalist>
      where {Object.entries(p.dimensions).map(([k, v]) => <Chip key={k} k={k + '='} v={v} on onRemove={() => without(k)} />)}
      <span class="join dim-in"><input class="inp" aria-label="Name of a label" list={uid + 'k'} placeholder="label" value={key} onInput={(e) => setKey(e.currentTarget.value)} /><input class="inp" aria-label="Its value" list={uid + 'v'} placeholder="value" value={value} onInput={(e) => { const v = e.currentTarget.value; setValue(v); if (values.includes(v) && (e as InputEvent).inputType === 'insertReplacementText') add(key, v); }} onBlur={() => add()} onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); add(); } }} /></span>
      <datalist id={uid + 'k'}>{keys.filter((k) => k !== '__name__').map((k) => <option key={k} value={k} />)}</datalist><datalist id={uid + 'v'}>{values.map((v) => <option key={v} value={v} />)}</datalist>
      is <Choose label="Comparison" value={opOf(p.op)} options={OPS} onPick={(op) => onChange({ op })} />
      <input class="inp num-in" inputMode="decimal" aria-label="Limit" value={limit} onInput={(e) => { setLimit(e.currentTarget.value); const n = Number(e.currentTarget.value); if (e.currentTarget.value.trim() && Number.isFinite(n)) onChange({ threshold: n }); }} />
      {p.function.toLowerCase() !== 'last' && <>for <input class="inp times-in" type="number" min={1} max={1000} aria-label="How many periods" value={p.times} onInput={(e) => { const n = Math.floor(Number(e.currentTarget.value)); if (n >= 1) onChange({ times: n }); }} /> {p.times === 1 ? 'period' : 'periods'} of <Choose label="Period" value={String(p.period_s || 60)} options={PERIODS.map((s) => [String(s), `${s} s`] as const)} onPick={(v) => onChange({ period_s: Number(v) })} /></>}
      <label class="chk"><input type="checkbox" checked={p.deterministic} onChange={(e) => onChange({ deterministic: e.currentTarget.checked })} />no data is OK</label>
      {onRemove && <button type="button" class="ctl sm ghost icon" aria-label="Remove this condition" onClick={onRemove}><Ico n="x" s /></button>}
    </div>
  );
}
