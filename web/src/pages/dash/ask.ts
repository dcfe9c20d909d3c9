// Panels that ask the same thing ask once: questions by key, at most six under way, given up when nobody wants the answer.
interface Entry { promise: Promise<unknown>; stop: AbortController; wanted: number; done: boolean }
const entries = new Map<string, Entry>(), KEPT_MOST = 200, AT_ONCE = 6;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
  running++;
  try { signal.throwIfAborted(); return await run(); } finally { running--; waiting.shift()?.(); }
}

export function shared<T>(key: string, load: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  let e = entries.get(key);
  if (!e) {
    const stop = new AbortController(), made: Entry = { stop, wanted: 0, done: false, promise: inTurn(() => load(stop.signal), stop.signal) };
    made.promise.then(() => { made.done = true; }, () => { if (entries.get(key) === made) entries.delete(key); });
    entries.set(key, (e = made));
    for (const [k, old] of entries) { if (entries.size <= KEPT_MOST) break; if (old.done) entries.delete(k); }
  }
  const mine = e;
  mine.wanted++;
  return new Promise<T>((good, bad) => {
    const left = (): void => { if (--mine.wanted === 0 && !mine.done) { if (entries.get(key) === mine) entries.delete(key); mine.stop.abort(); } bad(signal.reason as Error); };
    if (signal.aborted) { left(); return; }
    signal.addEventListener('abort', left, { once: true });
    mine.promise.then((v) => { signal.removeEventListener('abort', left); good(v as T); }, (x: unknown) => { signal.removeEventListener('abort', left); bad(x as Error); });
  });
}
