// Key sequences against a table: `g h`, `Ctrl+K`, `?`. Pure.
export interface Pressed { key: string; ctrl: boolean; alt: boolean; shift: boolean; inText: boolean; atMs: number }
export interface Binding { id: string; keys: readonly string[] }

const SEQUENCE_MS = 1000;  // time between the two keys of `g h`

/** The name of a key press as the table writes it. Shift is part of the character (`?`), not of the name. */
export function nameOf(p: Pressed): string {
  const key = p.key === ' ' ? 'Space' : p.key.length === 1 ? (p.ctrl ? p.key.toUpperCase() : p.key) : p.key;
  return (p.ctrl ? 'Ctrl+' : '') + (p.alt ? 'Alt+' : '') + (p.shift && key.length > 1 ? 'Shift+' : '') + key;
}

export class Keys {
  private prefix = '';
  private prefixAt = 0;
  constructor(private readonly table: readonly Binding[]) {}
  /** The id of the action that this press completes, or null. `single` = single keys are switched on. */
  press(p: Pressed, single = true): string | null {
    const name = nameOf(p);
    const modified = p.ctrl || p.alt;
    // In a text field only chords act (and Escape, which every field wants to leave by).
    if (p.inText && !modified && name !== 'Escape') { this.prefix = ''; return null; }
    if (!modified && !single && !['Escape', 'Enter'].includes(name)) return null;
    const pending = this.prefix && p.atMs - this.prefixAt <= SEQUENCE_MS ? this.prefix + ' ' : '';
    this.prefix = '';
    for (const full of pending ? [pending + name] : [name]) {
      const hit = this.table.find((b) => b.keys.includes(full));
      if (hit) return hit.id;
      if (this.table.some((b) => b.keys.some((k) => k.startsWith(full + ' ')))) { this.prefix = full; this.prefixAt = p.atMs; return null; }
    }
    return null;
  }
}
