// Where Grafana's panels stand: rows of spans (before schema 16), a grid of 24 columns since, folded rows that hold their panels. Pure.
import { COLUMNS } from '../dash/model.ts';
import { num, obj, objects, str, type Json } from './report.ts';

export interface Placed { panel: Json; x: number; y: number; w: number; h: number; collapsed?: boolean }
const CELL_PX = 38, SPANS = 12, ROW_PX = 250;

const pixels = (v: unknown): number => num(typeof v === 'string' ? v.replace(/px$/, '') : v) ?? ROW_PX;
const clamp = (v: number, low: number, high: number): number => Math.min(high, Math.max(low, Math.round(v)));

/** Schema below 16: rows with a height, panels with a span of 12. */
function fromRows(rows: readonly Json[]): Placed[] {
  const out: Placed[] = [];
  let y = 0;
  for (const row of rows) {
    const folded = row['collapse'] === true, titled = row['showTitle'] === true || folded || str(row['repeat']) !== '';
    if (titled) out.push({ panel: { type: 'row', title: str(row['title']), repeat: str(row['repeat']) }, x: 0, y: y++, w: COLUMNS, h: 1, collapsed: folded });
    let x = 0, lineTop = y, lineHeight = 0;
    for (const panel of objects(row['panels'])) {
      const w = clamp((num(panel['span']) ?? SPANS) * (COLUMNS / SPANS), 1, COLUMNS), h = clamp(pixels(panel['height'] ?? row['height']) / CELL_PX, 3, 60);
      if (x + w > COLUMNS) { x = 0; lineTop += lineHeight; lineHeight = 0; }
      out.push({ panel, x, y: lineTop, w, h });
      x += w; lineHeight = Math.max(lineHeight, h);
    }
    y = lineTop + lineHeight;
  }
  return out;
}

function fromGrid(panels: readonly Json[]): Placed[] {
  const at = (p: Json): Placed => { const g = obj(p['gridPos']), w = clamp(num(g['w']) ?? 12, 1, COLUMNS); return { panel: p, w, h: clamp(num(g['h']) ?? 8, 1, 200), x: clamp(num(g['x']) ?? 0, 0, COLUMNS - w), y: clamp(num(g['y']) ?? 0, 0, 50_000) }; };
  const out: Placed[] = [];
  let shift = 0;
  for (const p of panels.map(at).sort((a, b) => a.y - b.y || a.x - b.x)) {
    const row = str(p.panel['type']) === 'row', inside = row ? objects(p.panel['panels']).map(at) : [];
    out.push({ ...p, y: p.y + shift, ...(row ? { x: 0, w: COLUMNS, h: 1, collapsed: p.panel['collapsed'] === true } : {}) });
    if (!inside.length) continue;
    // The panels of a folded row lie over what follows it; here they stand below the row, and the rest moves down.
    const top = Math.min(...inside.map((c) => c.y)), height = Math.max(...inside.map((c) => c.y + c.h)) - top;
    for (const c of inside) out.push({ ...c, y: p.y + shift + 1 + c.y - top });
    shift += height;
  }
  return out;
}

export function places(dashboard: Json): Placed[] {
  const rows = objects(dashboard['rows']), panels = objects(dashboard['panels']);
  if (rows.length && !panels.length) return fromRows(rows);
  return fromGrid(panels);
}
