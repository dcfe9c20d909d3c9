// The safe part of Markdown as a tree: headings, paragraphs, lists, code, tables, emphasis, links. HTML is text like any other. Pure.

export type Inline = { t: 'text'; text: string } | { t: 'code'; text: string } | { t: 'strong' | 'em' | 'del'; inside: Inline[] } | { t: 'link'; href: string; inside: Inline[] };
export type Block = { t: 'h'; level: 1 | 2 | 3; inside: Inline[] } | { t: 'p'; lines: Inline[][] } | { t: 'list'; ordered: boolean; items: Inline[][] } | { t: 'code'; text: string } | { t: 'quote'; inside: Inline[] } | { t: 'rule' } | { t: 'table'; head: Inline[][]; rows: Inline[][][] };

const DEPTH_MOST = 8, TEXT_MOST = 100_000;
/** Where a link may lead: to the web or to a page of ours. Anything else is shown as text. */
export const safeLink = (href: string): boolean => /^https?:\/\/[^\s<>"']+$/i.test(href) || /^\/[\w/?=&.,:%~+-]*$/.test(href) && !href.startsWith('//');

const INLINE = /(`+)([^`]+?)\1|\*\*(?=\S)([^*]+?)\*\*|__(?=\S)([^_]+?)__|\*(?=\S)([^*\n]+?)\*|(?<!\w)_(?=\S)([^_\n]+?)_(?!\w)|~~([^~]+?)~~|\[([^\[\]]*)\]\(\s*([^()\s]+)\s*\)|(https?:\/\/[^\s<>"'`)]+)/;
export function inline(text: string, depth = 0): Inline[] {
  const out: Inline[] = [];
  let rest = text;
  for (let m = depth < DEPTH_MOST ? INLINE.exec(rest) : null; m; m = INLINE.exec(rest)) {
    if (m.index) out.push({ t: 'text', text: rest.slice(0, m.index) });
    const [whole, , code, s1, s2, e1, e2, gone, label, href, bare] = m;
    if (code !== undefined) out.push({ t: 'code', text: code.trim() });
    else if (s1 ?? s2) out.push({ t: 'strong', inside: inline((s1 ?? s2)!, depth + 1) });
    else if (e1 ?? e2) out.push({ t: 'em', inside: inline((e1 ?? e2)!, depth + 1) });
    else if (gone) out.push({ t: 'del', inside: inline(gone, depth + 1) });
    else if (href !== undefined) out.push(safeLink(href) ? { t: 'link', href, inside: label ? inline(label, depth + 1) : [{ t: 'text', text: href }] } : { t: 'text', text: whole });
    else if (bare) { const clean = bare.replace(/[.,;:!?]+$/, ''); out.push({ t: 'link', href: clean, inside: [{ t: 'text', text: clean }] }); rest = rest.slice(m.index + clean.length); continue; }
    rest = rest.slice(m.index + whole.length);
  }
  if (rest) out.push({ t: 'text', text: rest });
  return out;
}

const cells = (line: string): string[] => line.trim().replace(/^\||\|$/g, '').split('|').map((c) => c.trim());
export function markdown(text: string): Block[] {
  const lines = text.slice(0, TEXT_MOST).replace(/\r\n?/g, '\n').split('\n'), out: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (!line.trim()) continue;
    const fence = /^\s*(```|~~~)/.exec(line);
    if (fence) { const body: string[] = []; while (++i < lines.length && !lines[i]!.trim().startsWith(fence[1]!)) body.push(lines[i]!); out.push({ t: 'code', text: body.join('\n') }); continue; }
    const h = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    if (h) { out.push({ t: 'h', level: Math.min(3, h[1]!.length) as 1 | 2 | 3, inside: inline(h[2]!) }); continue; }
    if (/^\s{0,3}([-*_])(\s*\1){2,}\s*$/.test(line)) { out.push({ t: 'rule' }); continue; }
    if (line.includes('|') && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[i + 1] ?? '')) {
      const head = cells(line).map((c) => inline(c)), rows: Inline[][][] = [];
      for (i++; lines[i + 1]?.includes('|') && lines[i + 1]!.trim(); i++) rows.push(head.map((_, k) => inline(cells(lines[i + 1]!)[k] ?? '')));
      out.push({ t: 'table', head, rows });
      continue;
    }
    const item = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/.exec(line);
    if (item) {
      const items: Inline[][] = [inline(item[2]!)], ordered = item[1] !== undefined;
      for (let m = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/.exec(lines[i + 1] ?? ''); m; m = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/.exec(lines[i + 1] ?? '')) { items.push(inline(m[2]!)); i++; }
      out.push({ t: 'list', ordered, items });
      continue;
    }
    const quote = /^\s*>\s?(.*)$/.exec(line);
    if (quote) { out.push({ t: 'quote', inside: inline(quote[1]!) }); continue; }
    const para = [inline(line.trim())];
    while (lines[i + 1]?.trim() && !/^\s*(#{1,6}\s|[-*+]\s|\d+[.)]\s|>|```|~~~)/.test(lines[i + 1]!)) para.push(inline(lines[++i]!.trim()));
    out.push({ t: 'p', lines: para });
  }
  return out;
}
