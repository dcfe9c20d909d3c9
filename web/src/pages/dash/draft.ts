// The dashboard on the page: what is kept on the server, what has been changed here, and the way back step by step.
import { computed, signal } from '@preact/signals';
import { same, writeDashboard, type Dashboard, type Panel } from '../../lib/dash/model.ts';

const STEPS_MOST = 100, TOGETHER_MS = 1200;

export class Draft {
  readonly d;
  /** The server's copy it was made from; '' for one that was never saved. */
  readonly id;
  readonly version;
  readonly editing = signal(false);
  private readonly kept;
  readonly dirty;
  readonly canUndo = signal(false);
  readonly canRedo = signal(false);
  private past: Dashboard[] = [];
  private future: Dashboard[] = [];
  private lastGroup = '';
  private lastAt = 0;

  /** `unsaved`: made here (an import, a copy), so that leaving loses it from the beginning. */
  constructor(d: Dashboard, id: string, version: number, unsaved = false) {
    this.d = signal(d);
    this.id = signal(id);
    this.version = signal(version);
    this.kept = signal<Dashboard | null>(unsaved ? null : d);
    this.dirty = computed(() => this.kept.value !== this.d.value && (!this.kept.value || text(this.kept.value) !== text(this.d.value)));
  }
  /** Changes of one `group` that follow each other quickly (typing) are one step. */
  change(next: Dashboard, group = ''): void {
    const before = this.d.peek();
    if (same(before, next)) return;
    const now = Date.now();
    if (!group || group !== this.lastGroup || now - this.lastAt > TOGETHER_MS) { this.past = [...this.past.slice(1 - STEPS_MOST), before]; this.future = []; }
    this.lastGroup = group; this.lastAt = now;
    this.d.value = next;
    this.told();
  }
  changePanel(id: number, change: Partial<Panel>, group = ''): void {
    const d = this.d.peek();
    this.change({ ...d, panels: d.panels.map((p) => (p.id === id ? { ...p, ...change } : p)) }, group && `${id}:${group}`);
  }
  undo(): void { const d = this.past.pop(); if (d) { this.future.push(this.d.peek()); this.d.value = d; this.lastGroup = ''; this.told(); } }
  redo(): void { const d = this.future.pop(); if (d) { this.past.push(this.d.peek()); this.d.value = d; this.lastGroup = ''; this.told(); } }
  saved(id: string, version: number): void { this.id.value = id; this.version.value = version; this.kept.value = this.d.peek(); }
  /** Back to what the server has. */
  reset(d: Dashboard, version: number): void { this.past = []; this.future = []; this.d.value = d; this.version.value = version; this.kept.value = d; this.told(); }
  /** Changes since the last save are gone. */
  discard(): void { const k = this.kept.peek(); if (k) this.reset(k, this.version.peek()); }
  private told(): void { this.canUndo.value = this.past.length > 0; this.canRedo.value = this.future.length > 0; }
}
const text = (d: Dashboard): string => JSON.stringify(writeDashboard(d));
