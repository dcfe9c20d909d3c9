// The parsed query as a tree in words, with how many series each selector matches.
import { getLabels } from '../../api/metrics.ts';
import { parse, type AstNode } from '../../api/prom.ts';
import { durationText } from '../../lib/timespec.ts';
import { plural } from '../../lib/units.ts';
import { Panel } from '../../parts/empty.tsx';
import { useAsk } from '../../state/live.ts';
import { range } from '../../state/time.ts';

const COUNTED_MOST = 8;

export function nodeText(n: AstNode): { head: string; detail: string } {
  const by = n.grouping?.length || n.without ? `${n.without ? ' without' : ' by'} (${(n.grouping ?? []).join(', ')})` : '';
  const offset = n.offset ? ` offset ${durationText(n.offset)}` : '', at = n.timestamp != null ? ` @ ${n.timestamp / 1000}` : n.startOrEnd ? ` @ ${n.startOrEnd}()` : '';
  const matching = n.matching ? `${n.matching.on ? ' on' : n.matching.labels.length ? ' ignoring' : ''}${n.matching.on || n.matching.labels.length ? ` (${n.matching.labels.join(', ')})` : ''}${n.matching.card && n.matching.card !== 'one-to-one' ? `, ${n.matching.card}` : ''}` : '';
  switch (n.type) {
    case 'aggregation': return { head: `${n.op}${by}`, detail: 'aggregates' };
    case 'binaryExpr': return { head: `${n.op}${n.bool ? ' bool' : ''}${matching}`, detail: 'for each pair' };
    case 'call': return { head: `${n.func?.name ?? '?'}()`, detail: 'function' };
    case 'matrixSelector': return { head: `${selectorText(n)}[${durationText(n.range ?? 0)}]${offset}${at}`, detail: 'samples of a window' };
    case 'vectorSelector': return { head: selectorText(n) + offset + at, detail: 'newest sample' };
    case 'subquery': return { head: `[${durationText(n.range ?? 0)}:${n.step ? durationText(n.step) : ''}]${offset}${at}`, detail: 'subquery' };
    case 'numberLiteral': case 'stringLiteral': return { head: String(n.val ?? ''), detail: n.type === 'numberLiteral' ? 'number' : 'text' };
    case 'unaryExpr': return { head: n.op ?? '', detail: 'sign' };
    case 'parenExpr': return { head: '( )', detail: '' };
    default: return { head: n.type, detail: '' };
  }
}
function selectorText(n: AstNode): string {
  const inside = (n.matchers ?? []).filter((m) => !(m.name === '__name__' && m.type === '=')).map((m) => `${m.name}${m.type}${JSON.stringify(m.value)}`).join(', ');
  return (n.name ?? '') + (inside ? `{${inside}}` : '');
}
export const childrenOf = (n: AstNode): AstNode[] => [n.param ?? undefined, n.expr, n.lhs, n.rhs, ...(n.args ?? [])].filter((x): x is AstNode => !!x);
export function selectors(n: AstNode): string[] {
  return [...(n.type === 'vectorSelector' || n.type === 'matrixSelector' ? [selectorText(n)] : []), ...childrenOf(n).flatMap(selectors)];
}

function Node({ n, counts }: { n: AstNode; counts: ReadonlyMap<string, number> }) {
  const { head, detail } = nodeText(n), kids = childrenOf(n), count = counts.get(selectorText(n));
  const selects = n.type === 'vectorSelector' || n.type === 'matrixSelector';
  return (
    <li><div class="ex-row"><span class="mono cut" title={head}>{head}</span><span class="faint small">{detail}</span>{selects && <span class="chip">{count === undefined ? '…' : plural(count, 'series', 'series')}</span>}</div>
      {kids.length > 0 && <ul>{kids.map((k, i) => <Node key={i} n={k} counts={counts} />)}</ul>}</li>
  );
}

export function Explain({ query }: { query: string }) {
  const l = useAsk(query ? (s) => parse(query, s) : null, [query]).value;
  const list = l.data ? [...new Set(selectors(l.data))].slice(0, COUNTED_MOST) : [];
  const counts = useAsk(list.length ? async (s) => new Map(await Promise.all(list.map(async (x): Promise<[string, number]> => [x, (await getLabels([x], range.peek().fromMs, range.peek().toMs, 1, s)).series]))) : null, [list.join('\n')]).value.data ?? new Map<string, number>();
  return (
    <section class="panel" aria-labelledby="ex"><header><h2 id="ex">How it is read</h2><span class="sub">from the outside in; selectors with the series they match</span></header>
      <Panel l={l} what="the parsed query" rows={2}>{(ast) => <ul class="explain"><Node n={ast} counts={counts} /></ul>}</Panel>
    </section>
  );
}
