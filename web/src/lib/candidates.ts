// Which metrics to compare with a selection, when not all can be: near names first, then one of each family in turn. Pure.
export function candidates(all: readonly { name: string; type: string; series: number }[], near: readonly string[], most: number, seriesMost: number): { name: string; type: string }[] {
  const first = (n: string): string => n.split('_')[0]!;
  const prefixes = new Set(near.map(first)), skip = new Set(near.flatMap((n) => [n, n.replace(/_(bucket|sum|count)$/, '')]));
  const families = new Map<string, { name: string; type: string }[]>();
  for (const m of all) {
    if (skip.has(m.name) || m.series > seriesMost || m.series === 0 || /_info$|_created$/.test(m.name)) continue;
    const f = first(m.name), list = families.get(f);
    if (list) list.push(m); else families.set(f, [m]);
  }
  const mine = [...families].filter(([f]) => prefixes.has(f)).flatMap(([, l]) => l), others = [...families].filter(([f]) => !prefixes.has(f)).map(([, l]) => [...l]);
  const out = mine.slice(0, Math.ceil(most / 2));
  while (out.length < most && others.some((l) => l.length)) for (const l of others) { const m = l.shift(); if (m && out.length < most) out.push(m); }
  for (const m of mine.slice(Math.ceil(most / 2))) if (out.length < most) out.push(m);
  return out;
}
