// Theme and the few choices a browser remembers.
import { computed, effect, signal } from '@preact/signals';

export type Theme = 'system' | 'dark' | 'light';
function recall<T>(key: string, fallback: T): T {
  try { const v = localStorage.getItem('belfry.' + key); return v == null ? fallback : (JSON.parse(v) as T); } catch { return fallback; }
}
export function remember(key: string, value: unknown): void {
  try { localStorage.setItem('belfry.' + key, JSON.stringify(value)); } catch { /* storage is off: it lasts until the tab closes */ }
}
function stored<T>(key: string, fallback: T) {
  const s = signal<T>(recall(key, fallback));
  let first = true;
  effect(() => { const v = s.value; if (first) { first = false; return; } remember(key, v); });
  return s;
}

const early = (() => { try { return localStorage.getItem('belfry.theme'); } catch { return null; } })();
export const theme = signal<Theme>(early === 'dark' || early === 'light' ? early : 'system');
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const system = signal(systemDark.matches);
systemDark.addEventListener('change', (e) => { system.value = e.matches; });
export const dark = computed(() => (theme.value === 'system' ? system.value : theme.value === 'dark'));

effect(() => {
  const t = theme.value;
  if (t === 'system') delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = t;
  // Written bare, not as JSON: theme_early.ts reads it before any of this is loaded.
  try { if (t === 'system') localStorage.removeItem('belfry.theme'); else localStorage.setItem('belfry.theme', t); } catch { /* as above */ }
});
export const flipTheme = (): void => { theme.value = dark.value ? 'light' : 'dark'; };

export const singleKeys = stored('single_keys', true);
export const railNarrow = stored('rail_narrow', false);
export const recentQueries = stored<string[]>('recent_queries', []);
export const savedQueries = stored<{ name: string; query: string }[]>('saved_queries', []);
export const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
const narrowMedia = matchMedia('(max-width: 720px)');
export const narrow = signal(narrowMedia.matches);
narrowMedia.addEventListener('change', (e) => { narrow.value = e.matches; });

export function noteQuery(q: string): void {
  recentQueries.value = [q, ...recentQueries.value.filter((r) => r !== q)].slice(0, 20);
}

const tokens = computed(() => { void dark.value; const css = getComputedStyle(document.documentElement); return { css, cache: new Map<string, string>() }; });
let probe: HTMLElement | undefined;
/** The present value of a colour token, for canvases. `light-dark()` is resolved by painting it onto a hidden element. */
export function token(name: string): string {
  const { cache } = tokens.value;
  let v = cache.get(name);
  if (v === undefined) {
    probe ??= document.body.appendChild(Object.assign(document.createElement('i'), { hidden: true }));
    probe.style.color = `var(--${name})`;
    v = getComputedStyle(probe).color;
    cache.set(name, v);
  }
  return v;
}
