// Strips of the rows on screen: asked for in batches as rows appear, again when they grow old.
import { signal } from '@preact/signals';
import { getStrips } from '../../api/alarms.ts';
import { segsOf } from '../../lib/alarm_words.ts';
import type { Stretch } from '../../lib/samples.ts';
import { serverNow } from '../../state/time.ts';

const DAY_MS = 86_400_000, FRESH_MS = 30_000, BATCH = 100, WAIT_MS = 60, KEPT = 2000;
export interface Held { segs: Stretch[]; fromMs: number; toMs: number; askedMs: number }
export const strips = signal<ReadonlyMap<string, Held>>(new Map());
const wanted = new Set<string>(), asked = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says that the row of this alarm is on screen. Cheap; to be called when it is drawn. */
export function wantStrip(id: string): void {
  const had = strips.peek().get(id);
  if (asked.has(id) || wanted.has(id) || (had && Date.now() - had.askedMs < FRESH_MS)) return;
  wanted.add(id);
  timer ??= setTimeout(flush, WAIT_MS);
}
export function forgetStrips(): void { strips.value = new Map(); }

async function flush(): Promise<void> {
  timer = undefined;
  const ids = [...wanted].slice(0, BATCH), toMs = serverNow(), fromMs = toMs - DAY_MS;
  for (const id of ids) { wanted.delete(id); asked.add(id); }
  try {
    const r = await getStrips(fromMs, toMs, ids), next = new Map(strips.peek());
    for (const id of ids) { next.delete(id); next.set(id, { segs: segsOf(r.strips[id]), fromMs: r.from_ms, toMs: r.to_ms, askedMs: Date.now() }); }
    while (next.size > KEPT) next.delete(next.keys().next().value!);
    strips.value = next;
  } catch { /* the rows stay without a strip; the next drawing asks again */ }
  for (const id of ids) asked.delete(id);
  if (wanted.size) timer ??= setTimeout(flush, WAIT_MS);
}
