// A PromQL alert in two halves: what is measured, and the limit it is held against. Pure.
import { tokenize } from './promql.ts';

export interface Condition { query: string; op: string; threshold: number }
const COMPARE = new Set(['>', '<', '>=', '<=', '==', '!=']);

/** Splits `query op number` at the last comparison outside of brackets; null when the text does not end that way. */
export function splitCondition(text: string): Condition | null {
  const t = tokenize(text).filter((x) => x.kind !== 'comment');
  let depth = 0, at = -1;
  t.forEach((x, i) => { if (x.kind === 'open') depth++; else if (x.kind === 'close') depth--; else if (depth === 0 && x.kind === 'op' && COMPARE.has(x.text)) at = i; });
  if (at < 1) return null;
  const right = t.slice(at + 1).map((x) => x.text).join('').trim(), left = t.slice(0, at).map((x) => x.text).join('').trim();
  if (!left || !/^[-+]?\s*(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(right)) return null;
  // `and`, `or`, `unless` at the top bind weaker than the comparison: the limit is not for all of it.
  depth = 0;
  for (const x of t.slice(0, at)) { if (x.kind === 'open') depth++; else if (x.kind === 'close') depth--; else if (depth === 0 && x.kind === 'keyword' && /^(and|or|unless)$/i.test(x.text)) return null; }
  return { query: left, op: t[at]!.text, threshold: Number(right.replace(/\s/g, '')) };
}
export const joinCondition = (c: Condition): string => `${c.query} ${c.op} ${c.threshold}`;
