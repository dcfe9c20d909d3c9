// The history strip: time to state. OK is low and dim, ALARM full height and red, UNDETERMINED hatched, no data empty.
import { useEffect, useRef, useState } from 'preact/hooks';
import { timeLabel, timeTicks } from '../lib/ticks.ts';
import { clock, lasted } from '../lib/timespec.ts';
import type { Stretch } from '../lib/samples.ts';

const LABEL_PX = 72;  // a date needs as much

export function useWidth<T extends Element>(): [{ current: T | null }, number] {
  const box = useRef<T>(null), [w, setW] = useState(0);
  useEffect(() => {
    const seen = new ResizeObserver(() => setW(box.current?.clientWidth ?? 0));
    seen.observe(box.current!);
    return () => seen.disconnect();
  }, []);
  return [box, w];
}

export function Strip({ segs, fromMs, toMs, label, h = 28 }: { segs: readonly Stretch[]; fromMs: number; toMs: number; label: string; h?: number }) {
  const [box, w] = useWidth<HTMLDivElement>();
  const x = (t: number): number => ((t - fromMs) / Math.max(1, toMs - fromMs)) * w;
  const { step, ticks } = timeTicks(fromMs, toMs, w < 500 ? 4 : 8);
  let last = -LABEL_PX;
  return (
    <div ref={box}>
      {w > 0 && (
        <svg class="strip" height={h + 18} viewBox={`0 0 ${w} ${h + 18}`} role="img" aria-label={label}>
          <rect class="none" x={0} y={3} width={w} height={h - 6} rx={1} />
          {segs.map((s) => (
            <rect key={s.fromMs} class={s.state} x={x(s.fromMs)} width={Math.max(s.state === 'ok' ? 1 : 3, x(s.toMs) - x(s.fromMs))} y={s.state === 'alarm' ? 0 : 3} height={s.state === 'alarm' ? h : h - 6} rx={1}>
              <title>{`${clock(s.fromMs, toMs)} – ${clock(s.toMs, toMs)}, ${lasted(s.toMs - s.fromMs)}: ${s.why}`}</title>
            </rect>
          ))}
          {ticks.map((t) => { const at = x(t); if (at - last < LABEL_PX) return null; last = at < 24 ? at + LABEL_PX / 2 : at; return <text key={t} x={Math.min(w - 2, Math.max(0, at))} y={h + 14} text-anchor={at < 24 ? 'start' : at > w - 24 ? 'end' : 'middle'}>{timeLabel(t, step)}</text>; })}
        </svg>
      )}
    </div>
  );
}

/** The strip of a row: no axis, drawn in shares of the width there is. */
export const MiniStrip = ({ segs, fromMs, toMs, label, h = 12 }: { segs: readonly Stretch[]; fromMs: number; toMs: number; label: string; h?: number }) => {
  const span = Math.max(1, toMs - fromMs), x = (t: number): number => Math.max(0, Math.min(100, ((t - fromMs) / span) * 100));
  return (
    <svg class="strip" height={h} role="img" aria-label={label}>
      <rect class="none" x={0} y={h / 4} width="100%" height={h / 2} rx={1} />
      {segs.map((s) => { const w = Math.max(s.state === 'ok' ? 0.2 : 2, x(s.toMs) - x(s.fromMs)), left = Math.max(0, Math.min(100 - w, x(s.fromMs))); return <rect key={s.fromMs} class={s.state} x={`${left}%`} width={`${w}%`} y={s.state === 'alarm' ? 0 : h / 4} height={s.state === 'alarm' ? h : h / 2}><title>{`${clock(s.fromMs, toMs)} – ${clock(s.toMs, toMs)}, ${lasted(s.toMs - s.fromMs)}: ${s.why}`}</title></rect>; })}
    </svg>
  );
};
