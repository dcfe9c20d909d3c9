// The variables above the panels: each a button with what is chosen, its list in a popover.
import { useState } from 'preact/hooks';
import type { Variable } from '../../lib/dash/model.ts';
import { ALL, type Option } from '../../lib/dash/vars.ts';
import { best } from '../../lib/rank.ts';
import { plural } from '../../lib/units.ts';
import { Ico } from '../../parts/icon.tsx';
import { Pop } from '../../parts/pop.tsx';
import { setVariable, type Resolved } from './values.ts';

const SHOWN_MOST = 200, NAMED_MOST = 2, FIND_FROM = 8;

export function VariableBar({ variables, r }: { variables: readonly Variable[]; r: Resolved | null }) {
  const [open, setOpen] = useState('');
  const shown = variables.filter((v) => !v.hidden && v.type !== 'constant');
  if (!shown.length) return null;
  return (
    <div class="vars" role="group" aria-label="Variables">
      {shown.map((v) => (v.type === 'textbox' ? <TextBox key={v.name} v={v} value={r?.values[v.name]?.values[0] ?? ''} /> : (
        <span class="anchor" key={v.name}>
          <button type="button" class="ctl sm" aria-haspopup="dialog" aria-expanded={open === v.name} aria-label={`${v.label || v.name}: ${chosenText(v, r)}`} title={r?.faults[v.name]} onClick={() => setOpen(open === v.name ? '' : v.name)}>
            <span class="faint">{v.label || v.name}</span><b class="cut var-v">{chosenText(v, r)}</b>{r?.faults[v.name] ? <span class="c-warn"><Ico n="alert" s /></span> : <Ico n="down" s />}
          </button>
          {open === v.name && r && <Choice v={v} options={r.options[v.name] ?? []} r={r} onClose={() => setOpen('')} />}
        </span>)))}
    </div>
  );
}

function chosenText(v: Variable, r: Resolved | null): string {
  const value = r?.values[v.name];
  if (!value) return '…';
  if (value.all) return 'All';
  if (!value.values.length) return 'none';
  return value.texts.length <= NAMED_MOST ? value.texts.join(' + ') || '(empty)' : `${value.texts.length} chosen`;
}

function TextBox({ v, value }: { v: Variable; value: string }) {
  const [draft, setDraft] = useState<string | null>(null);
  const done = (): void => { if (draft !== null && draft !== value) setVariable(v, [draft]); setDraft(null); };
  return <label class="field var-t"><span class="faint">{v.label || v.name}</span><input value={draft ?? value} aria-label={v.label || v.name} spellcheck={false} autocomplete="off" onInput={(e) => setDraft(e.currentTarget.value)} onBlur={done} onKeyDown={(e) => { if (e.key === 'Enter') { done(); e.currentTarget.blur(); } else if (e.key === 'Escape') { setDraft(null); e.currentTarget.blur(); } }} /></label>;
}

function Choice({ v, options, r, onClose }: { v: Variable; options: readonly Option[]; r: Resolved; onClose: () => void }) {
  const [text, setText] = useState(''), value = r.values[v.name]!, found = text ? best(options, text, (o) => o.text, SHOWN_MOST) : options.slice(0, SHOWN_MOST), chosen = new Set(value.all ? [] : value.values);
  const pick = (o: Option): void => {
    if (!v.multi) { setVariable(v, [o.value]); onClose(); return; }
    const next = new Set(chosen);
    if (!next.delete(o.value)) next.add(o.value);
    // What is left: with none chosen it is all again, where all is allowed.
    if (next.size || v.all) setVariable(v, next.size ? options.filter((x) => next.has(x.value)).map((x) => x.value) : [ALL]);
  };
  const only = (o: Option): void => { setVariable(v, [o.value]); onClose(); };
  return (
    <Pop label={v.label || v.name} onClose={onClose}>
      {options.length >= FIND_FROM && <label class="field pop-find"><Ico n="search" s /><input data-first value={text} aria-label={`Find a value of ${v.label || v.name}`} placeholder={`Find among ${plural(options.length, 'value')}`} autocomplete="off" spellcheck={false} onInput={(e) => setText(e.currentTarget.value)} onKeyDown={(e) => { if (e.key === 'Enter' && found[0]) only(found[0]); }} /></label>}
      <div class="pop-list">
        {v.all && !text && <button type="button" class="pi" aria-pressed={value.all} onClick={() => { setVariable(v, [ALL]); if (!v.multi) onClose(); }}><Box on={value.all} many={v.multi} />All</button>}
        {found.map((o) => <button type="button" class="pi" key={o.value} aria-pressed={chosen.has(o.value)} title={v.multi ? `${o.text}\nDouble click: only this one` : o.text} onClick={() => pick(o)} onDblClick={() => only(o)}><Box on={chosen.has(o.value)} many={v.multi} /><span class="cut">{o.text || '(empty)'}</span></button>)}
        {!found.length && <p class="pop-p">{r.faults[v.name] ? `Its values could not be read: ${r.faults[v.name]}` : options.length ? 'No value has this in it.' : 'There are no values in this time.'}</p>}
        {options.length > found.length && !text && <p class="pop-p">{SHOWN_MOST} of {plural(options.length, 'value')}; type to find others.</p>}
        {(r.cut[v.name] ?? 0) > 0 && <p class="pop-p">{plural(r.cut[v.name]!, 'value')} more are left out; narrow its query.</p>}
      </div>
    </Pop>
  );
}
const Box = ({ on, many }: { on: boolean; many: boolean }) => <span class={'tick' + (many ? ' box' : '')} aria-hidden="true">{on && <Ico n="check" s />}</span>;
