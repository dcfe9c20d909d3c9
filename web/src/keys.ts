// The key table: it feeds the handlers, the help and the hints beside buttons.
import { PAGES } from './routes.ts';
import type { Binding } from './lib/keymatch.ts';

export interface KeyRow extends Binding { does: string; group: 'Everywhere' | 'Time' | 'Lists' | 'Charts and queries' }

export const KEYS: readonly KeyRow[] = [
  { id: 'palette', keys: ['/', 'Ctrl+K'], does: 'Search and palette', group: 'Everywhere' },
  ...PAGES.filter((p) => p.keys).map((p): KeyRow => ({ id: 'go:' + p.id, keys: [p.keys!], does: 'Go to ' + p.title, group: 'Everywhere' })),
  { id: 'rail', keys: ['['], does: 'Narrow or widen the rail', group: 'Everywhere' },
  { id: 'copy-link', keys: ['c'], does: 'Copy a link to this view', group: 'Everywhere' },
  { id: 'theme', keys: ['Ctrl+Alt+T'], does: 'Change the theme', group: 'Everywhere' },
  { id: 'help', keys: ['?'], does: 'This list', group: 'Everywhere' },
  { id: 'time', keys: ['t'], does: 'Choose the time', group: 'Time' },
  { id: 'earlier', keys: ['ArrowLeft'], does: 'Half a range earlier', group: 'Time' },
  { id: 'later', keys: ['ArrowRight'], does: 'Half a range later', group: 'Time' },
  { id: 'zoom-out', keys: ['z'], does: 'Twice the range', group: 'Time' },
  { id: 'now', keys: ['.'], does: 'Back to now', group: 'Time' },
  { id: 'pause', keys: ['Space'], does: 'Pause live updates', group: 'Time' },
  { id: 'down', keys: ['j', 'ArrowDown'], does: 'Next row', group: 'Lists' },
  { id: 'up', keys: ['k', 'ArrowUp'], does: 'Row before', group: 'Lists' },
  { id: 'open', keys: ['Enter'], does: 'Open the row that has the focus', group: 'Lists' },
  { id: 'close', keys: ['Escape'], does: 'Close, back to the list', group: 'Lists' },
  { id: 'editor', keys: ['e'], does: 'Go to the query', group: 'Charts and queries' },
  { id: 'run', keys: ['Ctrl+Enter'], does: 'Run the query', group: 'Charts and queries' },
  { id: 'save', keys: ['Ctrl+S'], does: 'Save the dashboard', group: 'Charts and queries' },
  { id: 'undo', keys: ['Ctrl+Z'], does: 'Undo a change of the dashboard; with Shift redo', group: 'Charts and queries' },
  { id: 'table', keys: ['v'], does: 'Charts as tables', group: 'Charts and queries' },
];
export const keysOf = (id: string): readonly string[] => KEYS.find((k) => k.id === id)?.keys ?? [];
