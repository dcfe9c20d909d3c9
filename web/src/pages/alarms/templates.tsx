import type { Draft } from '../../api/definitions.ts';
import { metrics } from '../../state/catalog.ts';
import { TEMPLATES } from './draft.ts';

/** Conditions to begin with; those whose metric is stored come first and are told apart. */
export function Templates({ onPick }: { onPick: (d: Partial<Draft>) => void }) {
  const stored = new Set(metrics.value?.metrics.map((m) => m.name) ?? []), has = (n: string): boolean => stored.has(n) || stored.has(n + '_bucket');
  const list = [...TEMPLATES].sort((a, b) => Number(has(b.needs)) - Number(has(a.needs)));
  return (
    <section class="panel" aria-labelledby="tp"><header><h2 id="tp">Begin with</h2><span class="sub">or write your own below</span></header>
      <div class="pbox tags tpl">{list.map((t) => <button type="button" key={t.title} class={'chip line' + (has(t.needs) ? '' : ' faint')} title={`${t.why}${has(t.needs) ? '' : `\n${t.needs} is not stored yet`}`} onClick={() => onPick(t.draft)}>{t.title}</button>)}</div></section>
  );
}
