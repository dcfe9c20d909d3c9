// What an import took over, changed and left, thing by thing; shown before saving and kept with the dashboard. Pure.
export type Verdict = 'taken' | 'changed' | 'left';
export interface Item { kind: 'panel' | 'variable' | 'dashboard'; name: string; verdict: Verdict; notes: string[] }
export interface Report { source: 'grafana'; title: string; schema: number | null; at_ms: number; items: Item[] }

/** Gathers the notes of one thing. A note of what is missing makes it `changed`; `leave` says that nothing of it is there. */
export class Notes {
  readonly list: string[] = [];
  private gone = false;
  private differs = false;
  constructor(readonly kind: Item['kind'], readonly name: string) {}
  /** Something is not as it was. */
  change(text: string): void { this.differs = true; if (!this.list.includes(text)) this.list.push(text); }
  /** Worth knowing, nothing is lost. */
  say(text: string): void { if (!this.list.includes(text)) this.list.push(text); }
  leave(text: string): void { this.gone = true; this.change(text); }
  get left(): boolean { return this.gone; }
  item(): Item { return { kind: this.kind, name: this.name, verdict: this.gone ? 'left' : this.differs ? 'changed' : 'taken', notes: this.list }; }
}
export const countOf = (r: Report, v: Verdict, kind?: Item['kind']): number => r.items.filter((i) => i.verdict === v && (!kind || i.kind === kind)).length;

// Reading JSON of unknown make without believing any of it.
export type Json = Record<string, unknown>;
export const isObject = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v);
export const obj = (v: unknown): Json => (isObject(v) ? v : {});
export const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : []);
export const objects = (v: unknown): Json[] => list(v).filter(isObject);
export const str = (v: unknown): string => (typeof v === 'string' ? v : '');
export const num = (v: unknown): number | null => { const n = typeof v === 'string' && v.trim() !== '' ? Number(v) : v; return typeof n === 'number' && Number.isFinite(n) ? n : null; };
