// Who makes the new series, in one sentence and as a relabelling rule. Pure.
import type { Cardinality, LabelGrowth, MetricGrowth, Minutes } from '../../api/cardinality.ts';

export const sum = (m: Minutes): number => m.reduce((a, b) => a + b, 0);
/** Of the last whole minute, or of the running one when that is more. */
export const perMinute = (m: Minutes): number => Math.max(m.at(-1) ?? 0, m.at(-2) ?? 0);

const GROWTH_TO_MENTION = 100;  // new series in ten minutes; less is what any restart makes
const SHARE_TO_BLAME = 0.3;

/** Plain names stand alone, others in quotes as RE2 wants them. */
export const regexQuote = (s: string): string => s.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
const yaml = (s: string): string => `'${s.replace(/'/g, "''")}'`;

export const dropMetric = (name: string): string => `metric_relabel_configs:  # in remote_write: write_relabel_configs
- source_labels: [__name__]
  regex: ${yaml(regexQuote(name))}
  action: drop
`;
export const dropLabel = (name: string): string => `metric_relabel_configs:  # in remote_write: write_relabel_configs
- regex: ${yaml(regexQuote(name))}
  action: labeldrop
`;

export interface Culprit { metric: MetricGrowth | null; label: LabelGrowth | null; sentence: string; state: 'ok' | 'undet' | 'alarm' }

export function culprit(d: Cardinality): Culprit {
  const created = sum(d.created), refusedNow = sum(d.refused), growing = [...d.growing, ...d.refused_metrics];
  const weight = (m: MetricGrowth): number => sum(m.created) + sum(m.refused_lately);
  const metric = growing.reduce<MetricGrowth | null>((best, m) => (weight(m) > (best ? weight(best) : 0) ? m : best), null);
  const label = d.growing_labels.reduce<LabelGrowth | null>((best, l) => (l.name !== '__name__' && sum(l.new_values) > (best ? sum(best.new_values) : 0) ? l : best), null);
  const blamed = metric && weight(metric) >= Math.max(1, (created + refusedNow) * SHARE_TO_BLAME) ? metric : null;
  const by = label && sum(label.new_values) >= GROWTH_TO_MENTION * SHARE_TO_BLAME ? ` by new values of ${label.name}` : '';
  if (refusedNow > 0) return { metric: blamed, label: by ? label : null, state: 'alarm', sentence: blamed ? `New series of ${blamed.name} are refused: a limit is reached${by ? `,${by}` : ''}.` : 'New series are refused: a limit is reached.' };
  if (created < GROWTH_TO_MENTION) return { metric: null, label: null, state: 'ok', sentence: 'The number of series stands still.' };
  return { metric: blamed, label: by ? label : null, state: 'undet', sentence: blamed ? `${blamed.name} grows${by}.` : 'Many metrics grow at once.' };
}
