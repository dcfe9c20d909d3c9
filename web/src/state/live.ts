// Asking again and again, and asking once per change: the two ways a panel gets its data.
import { signal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { getFrame, type Frame } from '../api/frame.ts';
import { ApiError, isAbort, link, messageOf } from '../api/http.ts';
import { hidden, paused, skewMs } from './time.ts';

export interface Loaded<T> {
  /** The newest answer; stays while the next one is asked for. */
  data: T | null;
  error: string;
  code: string;
  /** HTTP status of the error, 0 when the server was not reached. */
  status: number;
  loading: boolean;
  /** When the running question began, for the progress bar. */
  sinceMs: number;
}
const nothing = <T>(): Loaded<T> => ({ data: null, error: '', code: '', status: -1, loading: false, sinceMs: 0 });

function failed<T>(s: Loaded<T>, e: unknown): Loaded<T> {
  return { ...s, loading: false, error: messageOf(e), code: e instanceof ApiError ? e.code : '', status: e instanceof ApiError ? e.status : -1 };
}

/** Asks every `ms`, and at once when `deps` change; never twice at once, not while hidden, and not while paused unless `always`. */
export function usePoll<T>(load: (signal: AbortSignal) => Promise<T>, ms: number, always = false, deps: readonly unknown[] = []): Signal<Loaded<T>> {
  const state = useRef<Signal<Loaded<T>>>(undefined as never);
  state.current ??= signal(nothing<T>());
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => poll((s) => latest.current(s), state.current, ms, always), [ms, always, ...deps]);
  return state.current;
}

export function poll<T>(load: (signal: AbortSignal) => Promise<T>, into: Signal<Loaded<T>>, ms: number, always = false): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined, over = false, running = false;
  const stop = new AbortController();
  const held = (): boolean => hidden.value || (!always && paused.value);
  const once = async (): Promise<void> => {
    if (over || running || held()) return;
    running = true;
    into.value = { ...into.value, loading: true, sinceMs: Date.now() };
    const began = performance.now();
    try {
      const data = await load(stop.signal);
      if (!over) into.value = { ...nothing<T>(), data };
    } catch (e) {
      if (!over && !isAbort(e)) into.value = failed(into.value, e);
    }
    running = false;
    if (!over && !held()) timer = setTimeout(once, Math.max(100, ms - (performance.now() - began)));
  };
  void once();
  // Wakes up at once when the tab comes back or pause ends.
  const wake = hidden.subscribe(() => { if (!held()) { clearTimeout(timer); void once(); } });
  const unpause = paused.subscribe(() => { if (!held()) { clearTimeout(timer); void once(); } });
  return () => { over = true; clearTimeout(timer); stop.abort(); wake(); unpause(); };
}

/** Asks whenever `deps` change, cancels the question before. */
export function useAsk<T>(load: ((signal: AbortSignal) => Promise<T>) | null, deps: readonly unknown[]): Signal<Loaded<T>> {
  const state = useRef<Signal<Loaded<T>>>(undefined as never);
  state.current ??= signal(nothing<T>());
  useEffect(() => {
    const s = state.current;
    if (!load) { s.value = nothing<T>(); return; }
    const stop = new AbortController();
    s.value = { ...s.value, loading: true, sinceMs: Date.now() };
    load(stop.signal).then(
      (data) => { if (!stop.signal.aborted) s.value = { ...nothing<T>(), data }; },
      (e: unknown) => { if (!stop.signal.aborted && !isAbort(e)) s.value = failed(s.value, e); },
    );
    return () => stop.abort();
  }, deps);
  return state.current;
}

// ---- the frame: what the status line shows, for as long as the page is open ----
const FRAME_MS = 1000;
export const frame = signal<Loaded<Frame>>(nothing<Frame>());
/** The last 60 values of records received each second, for the small curve of Home. */
export const receivedHistory = signal<readonly number[]>([]);

export function startFrame(): void {
  poll(async (s) => {
    const began = Date.now();
    try {
      const f = await getFrame(s);
      skewMs.value = f.now_ms - (began + Date.now()) / 2;
      link.value = 'connected';
      receivedHistory.value = [...receivedHistory.value.slice(-59), f.received_per_s];
      return f;
    } catch (e) {
      if (e instanceof ApiError && e.offline) link.value = 'lost';
      else if (!isAbort(e)) link.value = 'connected';
      throw e;
    }
  }, frame, FRAME_MS, true);
}
