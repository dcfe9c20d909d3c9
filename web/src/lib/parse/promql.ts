// A PromQL tokenizer for colouring and for careful edits of a query's text (adding a matcher). Not a parser: the server is. Pure.

export type Kind = 'space' | 'comment' | 'string' | 'number' | 'duration' | 'function' | 'keyword' | 'metric' | 'label' | 'op' | 'open' | 'close' | 'bad';
export interface Token { kind: Kind; text: string; at: number }

const KEYWORDS = new Set('by without on ignoring group_left group_right bool and or unless offset start end smoothed anchored'.split(' '));
const AGGREGATES = new Set('sum avg min max count group stddev stdvar topk bottomk quantile count_values limitk limit_ratio'.split(' '));
const SPLIT = /(\s+)|(#[^\n]*)|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`)|((?:\d+(?:\.\d+)?(?:ms|[smhdwy]))+(?![\w.]))|(0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|([a-zA-Z_:][\w:.]*)|(=~|!~|!=|==|<=|>=|[-+*/%^=<>@,:])|([({[])|([)}\]])|([\s\S])/giy;

export function tokenize(text: string): Token[] {
  const out: Token[] = [];
  const stack: string[] = [];       // open brackets; `b` for the list of by(...), on(...)
  let labelList = false;            // a keyword that takes a label list came just before
  SPLIT.lastIndex = 0;
  for (let m = SPLIT.exec(text); m && m[0]; m = SPLIT.exec(text)) {
    const t = m[0], at = m.index, top = stack[stack.length - 1];
    let kind: Kind;
    if (m[1]) kind = 'space';
    else if (m[2]) kind = 'comment';
    else if (m[3]) kind = 'string';
    else if (m[4]) kind = 'duration';
    else if (m[5]) kind = 'number';
    else if (m[6]) {
      const low = t.toLowerCase();
      const call = /^\s*\(/.test(text.slice(at + t.length));
      if (top === '{' || top === 'b') kind = 'label';
      else if (KEYWORDS.has(low) && !(call && (low === 'start' || low === 'end') && out.at(-1)?.text !== '@')) kind = 'keyword';
      else if (AGGREGATES.has(low) && /^\s*(\(|by\b|without\b)/i.test(text.slice(at + t.length))) kind = 'keyword';
      else if (call) kind = 'function';
      else if (/^(inf|nan)$/i.test(t)) kind = 'number';
      else kind = 'metric';
      labelList = kind === 'keyword' && /^(by|without|on|ignoring|group_left|group_right)$/.test(low);
    } else if (m[7]) kind = 'op';
    else if (m[8]) { kind = 'open'; stack.push(t === '(' && labelList ? 'b' : t); labelList = false; }
    else if (m[9]) { kind = 'close'; stack.pop(); }
    else kind = 'bad';
    out.push({ kind, text: t, at });
  }
  return out;
}

/** A double-quoted PromQL string. */
export const quote = (s: string): string => '"' + s.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n') + '"';
const escapeRegex = (s: string): string => s.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
const plainName = (s: string): boolean => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(s);
const matcher = (name: string, op: string, value: string): string => (plainName(name) ? name : quote(name)) + op + quote(value);

/** A selector of one metric; names outside the classic alphabet go in quotes. */
export function selector(metric: string, matchers: readonly { name: string; value: string; not?: boolean }[] = []): string {
  const inside = matchers.map((m) => matcher(m.name, m.not ? '!=' : '=', m.value));
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric)) inside.unshift(quote(metric));
  const braces = inside.length ? `{${inside.join(', ')}}` : '';
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric) ? metric + braces : braces;
}

/** Names of the metrics a query reads, in order, once each. */
export function metricsOf(text: string): string[] {
  const tokens = tokenize(text).filter((t) => t.kind !== 'space' && t.kind !== 'comment');
  const names: string[] = [];
  tokens.forEach((t, i) => {
    if (t.kind === 'metric') names.push(t.text);
    const prev = tokens[i - 1];
    if (t.kind === 'label' && t.text === '__name__' && tokens[i + 1]?.text === '=' && tokens[i + 2]?.kind === 'string') names.push(unquote(tokens[i + 2]!.text));
    if (t.kind === 'string' && (prev?.text === '{' || prev?.text === ',') && (tokens[i + 1]?.text === '}' || tokens[i + 1]?.text === ',')) names.push(unquote(t.text));
  });
  return [...new Set(names)];
}
export function unquote(s: string): string {
  if (s.startsWith('`')) return s.slice(1, -1);
  return s.slice(1, -1).replace(/\\(n|t|\\|"|')/g, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : c));
}

/** The selectors of a query as text, `a{b="c"}`, without range, offset or @. */
export function selectorsOf(text: string): string[] {
  return [...new Set(spans(text).map((s) => text.slice(s.from, s.to)))];
}
interface Span { from: number; to: number; open: number; close: number }  // open and close are -1 without braces
function spans(text: string): Span[] {
  const tokens = tokenize(text), out: Span[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const t = tokens[i]!;
    if (t.kind !== 'metric' && t.text !== '{') continue;
    let j = t.kind === 'metric' ? i + 1 : i;
    while (tokens[j]?.kind === 'space') j++;
    if (tokens[j]?.text !== '{') { out.push({ from: t.at, to: t.at + t.text.length, open: -1, close: -1 }); continue; }
    let k = j;
    while (k < tokens.length && tokens[k]!.text !== '}') k++;
    if (k === tokens.length) break;
    out.push({ from: t.at, to: tokens[k]!.at + 1, open: tokens[j]!.at, close: tokens[k]!.at });
    i = k;
  }
  return out;
}

/**
 * The query with `name op value` in every selector. A matcher on the same label and operator is widened instead
 * (`a="x"` and then `y` gives `a=~"x|y"`), and taken away when it is already there.
 */
export function toggleMatcher(text: string, name: string, value: string, not = false): string {
  let out = text;
  for (const s of spans(text).reverse()) {
    const op = not ? '!=' : '=';
    if (s.open < 0) { out = out.slice(0, s.to) + `{${matcher(name, op, value)}}` + out.slice(s.to); continue; }
    const parts = splitMatchers(text.slice(s.open + 1, s.close));
    const mine = parts.findIndex((p) => p.name === name && (p.op === op || p.op === op.replace(/=$/, not ? '~' : '=~')));
    if (mine < 0) parts.push({ name, op, value, text: matcher(name, op, value) });
    else {
      const p = parts[mine]!, many = p.op.endsWith('~');
      const values = many ? p.value.split('|') : [escapeRegex(p.value)];
      const mineAt = values.indexOf(escapeRegex(value));
      if (mineAt >= 0) values.splice(mineAt, 1); else values.push(escapeRegex(value));
      if (!values.length) parts.splice(mine, 1);
      else if (values.length === 1 && !/[^\\][.*+?()[\]{}^$]/.test(' ' + values[0]!)) { const v = values[0]!.replace(/\\(.)/g, '$1'); parts[mine] = { name, op, value: v, text: matcher(name, op, v) }; }
      else { const v = values.join('|'), o = not ? '!~' : '=~'; parts[mine] = { name, op: o, value: v, text: matcher(name, o, v) }; }
    }
    out = out.slice(0, s.open) + (parts.length ? `{${parts.map((p) => p.text).join(', ')}}` : '') + out.slice(s.close + 1);
  }
  return out;
}
interface Matcher { name: string; op: string; value: string; text: string }
function splitMatchers(inside: string): Matcher[] {
  const tokens = tokenize('{' + inside + '}').slice(1, -1).filter((t) => t.kind !== 'space' && t.kind !== 'comment'), out: Matcher[] = [];
  let part: Token[] = [];
  const push = (): void => {
    if (!part.length) return;
    const [n, o, v] = part;
    if (part.length === 3 && n && o && v) out.push({ name: n.kind === 'string' ? unquote(n.text) : n.text, op: o.text, value: unquote(v.text), text: n.text + o.text + v.text });
    else out.push({ name: '', op: '', value: '', text: part.map((t) => t.text).join('') });
    part = [];
  };
  for (const t of tokens) if (t.text === ',' && t.kind === 'op') push(); else part.push(t);
  push();
  return out;
}
