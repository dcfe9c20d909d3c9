// A short list of names with completion, and name–value pairs.
import { useState } from 'preact/hooks';
import { labelNames } from '../../api/prom.ts';
import type { Names as Pairs } from '../../api/alarms.ts';
import { selector } from '../../lib/parse/promql.ts';
import { Ico } from '../../parts/icon.tsx';
import { Chip } from '../../parts/state.tsx';
import { useAsk } from '../../state/live.ts';

let ids = 0;
export function Names({ label, value, metrics, onChange }: { label: string; value: readonly string[]; metrics: readonly string[]; onChange: (v: string[]) => void }) {
  const [uid] = useState(() => `nm${ids++}`), [text, setText] = useState(''), l = useAsk(metrics.length ? (s) => labelNames(s, metrics.map((m) => selector(m))) : null, [metrics.join()]).value.data ?? [];
  const add = (): void => { const t = text.trim(); if (t && !value.includes(t)) onChange([...value, t]); setText(''); };
  return (
    <div class="expr"><span class="dim">{label}</span>{value.map((v) => <Chip key={v} v={v} on onRemove={() => onChange(value.filter((x) => x !== v))} />)}
      <input class="inp name-in" aria-label={label} list={uid} placeholder={value.length ? 'and each' : 'label, e.g. hostname'} value={text} onInput={(e) => setText(e.currentTarget.value)} onBlur={add} onKeyDown={(e) => { if (e.key === 'Enter' || e.key === ',') { e.preventDefault(); add(); } }} />
      <datalist id={uid}>{l.filter((n) => n !== '__name__' && !value.includes(n)).map((n) => <option key={n} value={n} />)}</datalist>{!value.length && <span class="faint small">without one there is a single alarm for all</span>}</div>
  );
}

export function PairsField({ label, hint, value, onChange, known = [] }: { label: string; hint: string; value: Pairs; onChange: (v: Pairs) => void; known?: readonly string[] }) {
  const [rows, setRows] = useState<[string, string][]>(Object.entries(value)), [uid] = useState(() => `pf${ids++}`);
  const put = (next: [string, string][]): void => { setRows(next); onChange(Object.fromEntries(next.filter(([k, v]) => k.trim() && v).map(([k, v]) => [k.trim(), v]))); };
  return (
    <div class="fld" role="group" aria-label={label}><span class="label">{label}</span>
      {rows.map(([k, v], i) => <div class="pair" key={i}><input class="inp" aria-label={`${label}: name ${i + 1}`} list={uid} value={k} placeholder="name" onInput={(e) => put(rows.map((r, j) => (j === i ? [e.currentTarget.value, r[1]] : r)))} /><input class="inp" aria-label={`${label}: value ${i + 1}`} value={v} placeholder="value" onInput={(e) => put(rows.map((r, j) => (j === i ? [r[0], e.currentTarget.value] : r)))} /><button type="button" class="ctl sm ghost icon" aria-label={`Remove ${k || 'this pair'}`} onClick={() => put(rows.filter((_, j) => j !== i))}><Ico n="x" s /></button></div>)}
      <datalist id={uid}>{known.map((k) => <option key={k} value={k} />)}</datalist>
      <div class="prow"><button type="button" class="ctl sm ghost" onClick={() => setRows([...rows, ['', '']])}><Ico n="add" s />{rows.length ? 'Another' : 'Add'}</button><span class="faint small">{hint}</span></div></div>
  );
}
