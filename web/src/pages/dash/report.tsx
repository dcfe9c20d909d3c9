import { countOf, type Report, type Verdict } from '../../lib/grafana/report.ts';
import { plural } from '../../lib/units.ts';
import { Glyph } from '../../parts/state.tsx';

const WORDS: Record<Verdict, string> = { taken: 'as it was', changed: 'differs', left: 'not converted' };
const KINDS = { panel: 'Panel', variable: 'Variable', dashboard: 'Dashboard' } as const;
const ORDER: Record<Verdict, number> = { left: 0, changed: 1, taken: 2 };

export const reportLine = (r: Report): string => [`${countOf(r, 'taken')} as they were`, countOf(r, 'changed') && `${countOf(r, 'changed')} differ`, countOf(r, 'left') && `${countOf(r, 'left')} not converted`].filter(Boolean).join(', ');

/** What was taken over, what differs and what is missing, the worst first. */
export const ReportTable = ({ r }: { r: Report }) => (
  <section class="report" aria-label="Report of the import">
    <p class="dim small">{r.schema === null ? 'Grafana' : `Grafana, schema ${r.schema}`}: {plural(countOf(r, 'taken', 'panel') + countOf(r, 'changed', 'panel') + countOf(r, 'left', 'panel'), 'panel')}, {plural(countOf(r, 'taken', 'variable') + countOf(r, 'changed', 'variable') + countOf(r, 'left', 'variable'), 'variable')}; {reportLine(r)}.</p>
    <ul class="rep">{[...r.items].sort((a, b) => ORDER[a.verdict] - ORDER[b.verdict]).map((i, k) => (
      <li key={k}><Glyph s={i.verdict === 'taken' ? 'ok' : i.verdict === 'left' ? 'alarm' : 'undet'} /><span class="rep-t"><span class="rep-n"><span class="faint">{KINDS[i.kind]}</span> <b>{i.name}</b> <span class="faint small">{WORDS[i.verdict]}</span></span>{i.notes.map((n, j) => <span class="dim small" key={j}>{n}</span>)}</span></li>
    ))}</ul>
  </section>
);
