// A value in a sentence that can be exchanged: looks like a word in a box, is a select.
export const Choose = ({ label, value, options, onPick, disabled }: { label: string; value: string; options: readonly (readonly [string, string])[]; onPick: (v: string) => void; disabled?: boolean }) => (
  <select class="inp choose" aria-label={label} value={value} disabled={disabled} onChange={(e) => onPick(e.currentTarget.value)}>
    {!options.some(([v]) => v === value) && <option value={value}>{value}</option>}
    {options.map(([v, t]) => <option key={v} value={v}>{t}</option>)}
  </select>
);
