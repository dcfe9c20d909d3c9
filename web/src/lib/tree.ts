// Metric names as a tree of prefixes. Pure.
export interface Leaf { name: string; rest: string; series: number }
export interface Branch { prefix: string; leaves: Leaf[]; series: number }
export type Row = { kind: 'branch'; branch: Branch; open: boolean } | { kind: 'leaf'; leaf: Leaf; depth: 0 | 1 };

/** Groups by the first part of a name, then lengthens the prefix to what all of the group share. */
export function branches(metrics: readonly { name: string; series: number }[]): Branch[] {
  const groups = new Map<string, { name: string; series: number }[]>();
  for (const m of metrics) {
    const first = /^[^_:]*/.exec(m.name)![0] || m.name;
    const g = groups.get(first);
    if (g) g.push(m); else groups.set(first, [m]);
  }
  return [...groups].map(([first, list]) => {
    let prefix = first;
    if (list.length > 1) {
      const parts = list[0]!.name.split('_');
      for (let n = parts.length - 1; n > 1; n--) { const p = parts.slice(0, n).join('_'); if (list.every((m) => m.name === p || m.name.startsWith(p + '_'))) { prefix = p; break; } }
    }
    const leaves = list.map((m) => ({ name: m.name, rest: list.length > 1 && m.name !== prefix && m.name.startsWith(prefix) ? m.name.slice(prefix.length) : m.name, series: m.series })).sort((a, b) => (a.name < b.name ? -1 : 1));
    return { prefix, leaves, series: leaves.reduce((s, l) => s + l.series, 0) };
  }).sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

/** The rows on screen; a branch of one is its leaf. */
export function rowsOf(list: readonly Branch[], open: (prefix: string) => boolean): Row[] {
  const out: Row[] = [];
  for (const b of list) {
    if (b.leaves.length === 1) { out.push({ kind: 'leaf', leaf: b.leaves[0]!, depth: 0 }); continue; }
    const o = open(b.prefix);
    out.push({ kind: 'branch', branch: b, open: o });
    if (o) for (const leaf of b.leaves) out.push({ kind: 'leaf', leaf, depth: 1 });
  }
  return out;
}
