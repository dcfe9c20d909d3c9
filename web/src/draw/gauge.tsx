// A gauge: an arc from lowest to highest with the share that is reached; and bars of the same kind.
import { toneWord } from '../lib/dash/reduce.ts';
import type { Threshold, Tone } from '../lib/dash/model.ts';
import { fixed, type Unit } from '../lib/units.ts';

const START = 0.75 * Math.PI, SWEEP = 1.5 * Math.PI, R = 40, C = 50;
const point = (share: number, r: number): string => { const a = START + SWEEP * share; return `${(C + r * Math.cos(a)).toFixed(2)} ${(C + r * Math.sin(a)).toFixed(2)}`; };
const arc = (from: number, to: number, r: number): string => `M${point(from, r)}A${r} ${r} 0 ${(to - from) * SWEEP > Math.PI ? 1 : 0} 1 ${point(to, r)}`;
export const toneClass = (t: Tone): string => ({ ok: 'c-ok', warn: 'c-warn', alarm: 'c-alarm', info: 'c-info', none: '' })[t];

export interface GaugeProps { name: string; value: number | null; unit: Unit; decimals: number | null; min: number; max: number; tone: Tone; thresholds: readonly Threshold[] }
const share = (v: number, p: { min: number; max: number }): number => Math.min(1, Math.max(0, (v - p.min) / (p.max - p.min || 1)));

export function Gauge(p: GaugeProps) {
  const s = fixed(p.value, p.unit, p.decimals), at = p.value == null || !Number.isFinite(p.value) ? 0 : share(p.value, p);
  const bands = p.thresholds.filter((t) => t.tone !== 'none').map((t) => t.value ?? p.min).sort((a, b) => a - b);
  return (
    <figure class="gauge" role="img" aria-label={`${p.name}: ${s.text} ${s.unit}${toneWord(p.tone) && `, ${toneWord(p.tone)}`}; from ${fixed(p.min, p.unit, null).text} to ${fixed(p.max, p.unit, null).text} ${fixed(p.max, p.unit, null).unit}`}>
      <svg viewBox="6 6 88 76" aria-hidden="true">
        <path class="gauge-0" d={arc(0, 1, R)} />
        {at > 0.002 && <path class={'gauge-1 ' + (toneClass(p.tone) || 's1')} d={arc(0, at, R)} />}
        {bands.map((v) => (share(v, p) > 0 && share(v, p) < 1 ? <path key={v} class="gauge-t" d={`M${point(share(v, p), R - 6)}L${point(share(v, p), R + 6)}`} /> : null))}
        <text class={'gauge-v ' + toneClass(p.tone)} x={C} y={C + 4} text-anchor="middle">{s.text}</text>
        <text class="gauge-u" x={C} y={C + 16} text-anchor="middle">{s.unit}</text>
      </svg>
      <figcaption class="cut" title={p.name}>{p.name}</figcaption>
    </figure>
  );
}

export function BarRow(p: GaugeProps) {
  const s = fixed(p.value, p.unit, p.decimals), at = p.value == null || !Number.isFinite(p.value) ? 0 : share(p.value, p);
  return (
    <li class="barrow"><span class="cut" title={p.name}>{p.name}</span><b class={toneClass(p.tone)}>{s.text}{s.unit && <small> {s.unit}</small>}{toneWord(p.tone) && <span class="vh"> {toneWord(p.tone)}</span>}</b>
      <span class="bar" aria-hidden="true"><i class={(toneClass(p.tone) || 's1') + ' fill-c'} style={{ width: `${at * 100}%` }} /></span></li>
  );
}
