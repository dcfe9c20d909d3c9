// Labelled fields of the drawers; a number field keeps what is typed until it is a number.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export const Field = ({ label, hint, children }: { label: string; hint?: string; children: ComponentChildren }) => <div class="fld"><label class="fld-l"><span class="label">{label}</span>{children}</label>{hint && <span class="faint small">{hint}</span>}</div>;
export const Text = ({ label, value, onInput, hint, placeholder, mono, most }: { label: string; value: string; onInput: (v: string) => void; hint?: string; placeholder?: string; mono?: boolean; most?: number }) => (
  <Field label={label} hint={hint}><input class={'inp' + (mono ? ' mono' : '')} value={value} placeholder={placeholder} maxLength={most} spellcheck={false} autocomplete="off" onInput={(e) => onInput(e.currentTarget.value)} /></Field>
);
export const Area = ({ label, value, onInput, rows = 4, mono, hint }: { label: string; value: string; onInput: (v: string) => void; rows?: number; mono?: boolean; hint?: string }) => <Field label={label} hint={hint}><textarea class={'inp area' + (mono ? ' mono' : '')} rows={rows} value={value} spellcheck={!mono} onInput={(e) => onInput(e.currentTarget.value)} /></Field>;
export function Select<T extends string>({ label, value, options, onPick }: { label: string; value: T; options: readonly (readonly [T, string])[]; onPick: (v: T) => void }) {
  return <Field label={label}><select class="inp" value={value} onChange={(e) => onPick(e.currentTarget.value as T)}>{options.map(([v, t]) => <option key={v} value={v}>{t}</option>)}</select></Field>;
}
export function NumberField({ label, value, onInput, placeholder = 'automatic', whole }: { label: string; value: number | null; onInput: (v: number | null) => void; placeholder?: string; whole?: boolean }) {
  const [draft, setDraft] = useState(value === null ? '' : String(value));
  useEffect(() => { if ((draft.trim() === '' ? null : Number(draft)) !== value) setDraft(value === null ? '' : String(value)); }, [value]);
  const bad = draft.trim() !== '' && !Number.isFinite(Number(draft));
  return <Field label={label}><input class="inp" inputMode="decimal" value={draft} placeholder={placeholder} aria-invalid={bad} autocomplete="off" onInput={(e) => { const t = e.currentTarget.value; setDraft(t); if (t.trim() === '') onInput(null); else if (Number.isFinite(Number(t))) onInput(whole ? Math.round(Number(t)) : Number(t)); }} /></Field>;
}
export const Check = ({ label, on, onPick }: { label: string; on: boolean; onPick: (v: boolean) => void }) => <label class="chk"><input type="checkbox" checked={on} onChange={(e) => onPick(e.currentTarget.checked)} />{label}</label>;
