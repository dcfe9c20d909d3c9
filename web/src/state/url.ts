// The URL is the truth: one signal for where we are, and the only place that touches history.
import { computed, signal } from '@preact/signals';
import { formatChips, formatQuery, parseChips, parseQuery, type Chip, type Params } from '../lib/query_string.ts';
import { pageOf } from '../routes.ts';

// Assets lie in <base>/assets/, wherever the server put them.
export const BASE = new URL('..', import.meta.url).pathname.replace(/\/$/, '');

interface Place { path: string; params: Params }
const read = (): Place => {
  const path = location.pathname.startsWith(BASE) ? location.pathname.slice(BASE.length) : location.pathname;
  return { path: path || '/', params: parseQuery(location.search) };
};

export const place = signal<Place>(read());
export const page = computed(() => pageOf(place.value.path));
export const param = (name: string): string => place.value.params[name] ?? '';

// These go along to the next page; everything else belongs to the page that set it.
const TRAVEL = ['t', 'tenant', 'f'];

/** The address of a page, with what travels. `params` with an undefined value drops it. */
export function href(path: string, params: Record<string, string | undefined> = {}): string {
  const keep: Record<string, string | undefined> = {};
  for (const k of TRAVEL) keep[k] = place.value.params[k];
  return BASE + path + formatQuery({ ...keep, ...params });
}

/** Asked before the path changes (not its parameters). A guard that holds it back keeps `proceed` for when the person agrees. */
export const guard: { ask: ((proceed: () => void) => boolean) | null } = { ask: null };
const held = (path: string, proceed: () => void): boolean => path !== place.value.path && guard.ask !== null && guard.ask(proceed);

export function go(path: string, params: Record<string, string | undefined> = {}): void {
  if (!pageOf(path)) return;  // links lead to known routes only
  if (held(path, () => go(path, params))) return;
  history.pushState(null, '', href(path, params));
  place.value = read();
  document.querySelector('main')?.scrollTo(0, 0);
}

/** Changes parameters of the present page. `replace` for what is not a step worth going back to. */
export function setParams(change: Record<string, string | undefined>, replace = false): void {
  const url = BASE + place.value.path + formatQuery({ ...place.value.params, ...change });
  if (url === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  place.value = read();
}

export const chips = computed(() => parseChips(param('f')));
export const setChips = (list: readonly Chip[]): void => setParams({ f: list.length ? formatChips(list) : undefined });

let shown = location.href;
addEventListener('popstate', () => {
  const next = read(), to = location.href;
  // The browser has moved already; while it is held back the address before stands again.
  if (held(next.path, () => { history.pushState(null, '', to); shown = to; place.value = read(); })) { history.pushState(null, '', shown); return; }
  place.value = next;
});
place.subscribe(() => { shown = location.href; });

// Plain left clicks on our own links stay in the page.
addEventListener('click', (e) => {
  if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
  const a = (e.target as Element | null)?.closest?.('a[href]');
  if (!(a instanceof HTMLAnchorElement) || a.target || a.hasAttribute('download') || a.origin !== location.origin || !a.pathname.startsWith(BASE)) return;
  const path = a.pathname.slice(BASE.length) || '/';
  if (!pageOf(path)) return;
  e.preventDefault();
  if (a.href === location.href) return;
  if (held(path, () => a.click())) return;
  history.pushState(null, '', a.href);
  place.value = read();
  if (!a.dataset.keep) document.querySelector('main')?.scrollTo(0, 0);
});
