// How well a name answers what was typed. Pure.

/** 0 for no match; higher is better. Every word must occur; beginnings of words and of the whole count more. */
export function score(name: string, typed: string): number {
  const low = name.toLowerCase();
  let total = 0;
  for (const word of typed.toLowerCase().split(/\s+/)) {
    if (!word) continue;
    const at = low.indexOf(word);
    if (at >= 0) {
      const before = at > 0 ? low[at - 1]! : '';
      total += 100 - Math.min(40, low.length / 3) + (at === 0 ? 60 : /[^a-z0-9]/.test(before) ? 30 : 0) + (low.length === word.length ? 100 : 0);
      continue;
    }
    // Letters in order, each at the start of a part: `hrds` finds http_request_duration_seconds.
    let i = 0;
    for (const part of low.split(/[^a-z0-9]+/)) { let j = 0; while (i < word.length && j < part.length && part[j] === word[i]) { i++; j++; } }
    if (i < word.length || word.length < 2) return 0;
    total += 20;
  }
  return total || 1;
}

/** The best `most` of `items`, stable among equals. */
export function best<T>(items: readonly T[], typed: string, nameOf: (t: T) => string, most: number): T[] {
  const scored: { t: T; s: number; i: number }[] = [];
  items.forEach((t, i) => { const s = score(nameOf(t), typed); if (s > 0) scored.push({ t, s, i }); });
  scored.sort((a, b) => b.s - a.s || a.i - b.i);
  return scored.slice(0, most).map((x) => x.t);
}

export interface TypedChip { name: string; value: string; not: boolean; open: boolean }
/** `service=cart`, `service!=cart`, `service="two words"`; `open` while the value is still being typed. */
export function chipOf(text: string): TypedChip | null {
  const m = /^\s*([a-zA-Z_][\w.]*)\s*(!=|=)\s*(.*)$/s.exec(text);
  if (!m) return null;
  const value = m[3]!.trim(), quoted = /^"([^"]*)"$/.exec(value);
  return { name: m[1]!, not: m[2] === '!=', value: quoted ? quoted[1]! : value.replace(/^"/, ''), open: !value };
}
