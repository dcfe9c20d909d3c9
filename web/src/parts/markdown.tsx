// Text as a tree of elements; nothing of it is ever markup for the browser to read.
import { useMemo } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { markdown, type Inline } from '../lib/dash/markdown.ts';
import { href } from '../state/url.ts';

const spans = (list: readonly Inline[]): ComponentChildren => list.map((n, i) => {
  switch (n.t) {
    case 'text': return n.text;
    case 'code': return <code key={i} class="mono">{n.text}</code>;
    case 'link': return n.href.startsWith('/') ? <a key={i} class="link" href={href(n.href)}>{spans(n.inside)}</a> : <a key={i} class="link" href={n.href} target="_blank" rel="noopener noreferrer nofollow">{spans(n.inside)}</a>;
    case 'strong': return <strong key={i}>{spans(n.inside)}</strong>;
    case 'em': return <em key={i}>{spans(n.inside)}</em>;
    default: return <del key={i}>{spans(n.inside)}</del>;
  }
});

export function Markdown({ text }: { text: string }) {
  const blocks = useMemo(() => markdown(text), [text]);
  return <div class="md">{blocks.map((b, i) => {
    switch (b.t) {
      case 'h': return b.level === 1 ? <h3 key={i} class="md-h1">{spans(b.inside)}</h3> : b.level === 2 ? <h4 key={i}>{spans(b.inside)}</h4> : <h5 key={i}>{spans(b.inside)}</h5>;
      case 'p': return <p key={i}>{b.lines.map((l, k) => <>{k > 0 && <br />}{spans(l)}</>)}</p>;
      case 'list': { const items = b.items.map((it, k) => <li key={k}>{spans(it)}</li>); return b.ordered ? <ol key={i}>{items}</ol> : <ul key={i}>{items}</ul>; }
      case 'code': return <pre key={i} class="mono" tabIndex={0}>{b.text}</pre>;
      case 'quote': return <blockquote key={i}>{spans(b.inside)}</blockquote>;
      case 'rule': return <hr key={i} />;
      case 'table': return <div class="tx" key={i}><table class="tbl"><caption class="vh">Table</caption><thead><tr>{b.head.map((c, k) => <th scope="col" key={k}>{spans(c)}</th>)}</tr></thead><tbody>{b.rows.map((r, k) => <tr key={k}>{r.map((c, j) => <td key={j}>{spans(c)}</td>)}</tr>)}</tbody></table></div>;
    }
  })}</div>;
}
