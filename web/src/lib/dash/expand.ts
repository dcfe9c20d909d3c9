// From the panels that are kept to those that are shown: repeats made, folded rows taken away, the rest moved up. Pure.
import { compact, type Box } from './layout.ts';
import { COLUMNS, type Panel } from './model.ts';
import type { Values } from './vars.ts';

/** A panel on the page. `scope` has the variables that a repeat has narrowed to one value. */
export interface Shown extends Box { key: string; panel: Panel; scope: Values }
const ACROSS_MOST = 4, COPIES_MOST = 50;

interface Section { row: Panel | null; panels: Panel[] }
/** Rows divide: a row holds what stands below it up to the next row. */
export function sections(panels: readonly Panel[]): Section[] {
  const sorted = [...panels].sort((a, b) => a.y - b.y || Number(b.type === 'row') - Number(a.type === 'row') || a.x - b.x), out: Section[] = [{ row: null, panels: [] }];
  for (const p of sorted) if (p.type === 'row') out.push({ row: p, panels: [] }); else out[out.length - 1]!.panels.push(p);
  return out[0]!.panels.length ? out : out.slice(1);
}

/** The values a repeat runs over, at most COPIES_MOST; null when the variable is not there or has none. */
function valuesOf(name: string, values: Values, scope: Values): string[] | null {
  const v = (Object.hasOwn(scope, name) ? scope : values)[name];
  return v && Object.hasOwn(Object.hasOwn(scope, name) ? scope : values, name) && v.values.length ? v.values.slice(0, COPIES_MOST) : null;
}
const scoped = (scope: Values, values: Values, name: string, value: string): Values => ({ ...scope, [name]: { ...values[name]!, values: [value], texts: [value], all: false } });

export function expand(panels: readonly Panel[], values: Values, isFolded: (row: Panel) => boolean): { shown: Shown[]; cut: number } {
  const out: Shown[] = [];
  let y = 0, cut = 0;
  for (const s of sections(panels)) {
    const rowValues = s.row?.repeat ? valuesOf(s.row.repeat, values, {}) : null;
    const total = s.row?.repeat ? (values[s.row.repeat]?.values.length ?? 0) : 0;
    if (total > COPIES_MOST) cut += total - COPIES_MOST;
    for (const rv of rowValues ?? [null]) {
      const scope: Values = rv === null ? {} : scoped({}, values, s.row!.repeat, rv), suffix = rv === null ? '' : `:${rv}`;
      if (s.row) { out.push({ key: s.row.id + suffix, panel: s.row, scope, x: 0, y, w: COLUMNS, h: 1 }); y++; if (isFolded(s.row)) continue; }
      const top = Math.min(...s.panels.map((p) => p.y)), boxes: Shown[] = [];
      let shift = 0;
      for (const p of s.panels) {
        const copies = p.repeat ? valuesOf(p.repeat, values, scope) : null, all = p.repeat && !Object.hasOwn(scope, p.repeat) ? (values[p.repeat]?.values.length ?? 0) : 0;
        if (all > COPIES_MOST) cut += all - COPIES_MOST;
        const at = p.y - top + shift;
        if (!copies || copies.length === 1) { boxes.push({ key: p.id + suffix, panel: p, scope: copies ? scoped(scope, values, p.repeat, copies[0]!) : scope, x: p.x, y: at, w: p.w, h: p.h }); continue; }
        const across = p.repeatDown ? 1 : Math.min(copies.length, ACROSS_MOST), w = p.repeatDown ? p.w : Math.floor(COLUMNS / across);
        copies.forEach((v, i) => boxes.push({ key: `${p.id}${suffix}:${v}`, panel: p, scope: scoped(scope, values, p.repeat, v), x: p.repeatDown ? p.x : (i % across) * w, y: at + Math.floor(i / across) * p.h, w, h: p.h }));
        shift += (Math.ceil(copies.length / across) - 1) * p.h;
      }
      const placed = compact(boxes);
      for (const b of placed) out.push({ ...b, y: b.y + y });
      y += Math.max(0, ...placed.map((b) => b.y + b.h));
    }
  }
  return { shown: out, cut };
}
