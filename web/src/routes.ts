// The route table: one row is one page. The rail, the palette, the keys, build.mjs (`path:`) and the server's
// manifest all read it. A path's first segment is the page; the rest is its own.
import type { ComponentType } from 'preact';
import type { RangeSpec } from './lib/timespec.ts';

export interface Page {
  id: string;
  path: string;
  title: string;
  icon: string;
  /** Where it stands in the rail; groups are divided by hairlines, `low` is at the bottom. */
  group: 'top' | 'look' | 'low';
  keys?: string;
  /** Range when the URL names none. Pages without `range` show no time picker. */
  range?: RangeSpec;
  /** How often it asks again while live, in ms; 0 for pages that stand still. */
  refreshMs: number;
  /** In the bottom bar of narrow screens. */
  tab?: boolean;
  /** There are addresses below the path (`/dash/<id>`); the server answers them with the same file. Written before `path`. */
  deep?: boolean;
  load: () => Promise<{ default: ComponentType }>;
}

const HOUR: RangeSpec = { from: 'now-1h', to: 'now' };

export const PAGES: readonly Page[] = [
  {
    id: 'home', title: 'Home', icon: 'home', group: 'top', keys: 'g h', range: { from: 'now-5m', to: 'now' }, refreshMs: 1000, tab: true,
    path: '/',
    load: () => import('./pages/home/home.tsx'),
  },
  {
    id: 'search', title: 'Search', icon: 'search', group: 'top', range: HOUR, refreshMs: 0,
    path: '/search',
    load: () => import('./pages/search/search.tsx'),
  },
  {
    id: 'metrics', title: 'Metrics', icon: 'metrics', group: 'look', keys: 'g m', range: HOUR, refreshMs: 10_000, tab: true,
    path: '/metrics',
    load: () => import('./pages/metrics/metrics.tsx'),
  },
  {
    id: 'alarms', title: 'Alarms', icon: 'alarms', group: 'look', keys: 'g a', range: { from: 'now-1d', to: 'now' }, refreshMs: 5000, tab: true, deep: true,
    path: '/alarms',
    load: () => import('./pages/alarms/alarms.tsx'),
  },
  {
    id: 'dash', title: 'Dashboards', icon: 'dash', group: 'look', keys: 'g d', range: HOUR, refreshMs: 10_000, deep: true,
    path: '/dash',
    load: () => import('./pages/dash/dash.tsx'),
  },
  {
    id: 'targets', title: 'Targets', icon: 'link', group: 'look', keys: 'g e', refreshMs: 5000,
    path: '/targets',
    load: () => import('./pages/targets/targets.tsx'),
  },
  {
    id: 'rules', title: 'Rules', icon: 'code', group: 'look', keys: 'g r', refreshMs: 5000,
    path: '/rules',
    load: () => import('./pages/rules/rules.tsx'),
  },
  {
    id: 'cardinality', title: 'Cardinality', icon: 'filter', group: 'low', keys: 'g c', refreshMs: 5000,
    path: '/cardinality',
    load: () => import('./pages/cardinality/cardinality.tsx'),
  },
  {
    id: 'add', title: 'Add data', icon: 'add', group: 'low', keys: 'g n', refreshMs: 1000,
    path: '/add',
    load: () => import('./pages/add/add.tsx'),
  },
  {
    id: 'status', title: 'Status', icon: 'status', group: 'low', keys: 'g u', refreshMs: 2000,
    path: '/status',
    load: () => import('./pages/status/status.tsx'),
  },
  {
    id: 'settings', title: 'Settings', icon: 'settings', group: 'low', keys: 'g ,', refreshMs: 0,
    path: '/settings',
    load: () => import('./pages/settings/settings.tsx'),
  },
];

export const pageOf = (path: string): Page | undefined => {
  const first = '/' + (path.split('/')[1] ?? '');
  return PAGES.find((p) => p.path === first);
};
