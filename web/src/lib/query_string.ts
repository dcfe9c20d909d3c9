// The URL's query part, kept readable: `?t=now-1h..now&q=rate(up[5m])`. Pure.

export type Params = Readonly<Record<string, string>>;
// Order in which parameters are written, so that equal states have equal URLs; others follow by name.
const ORDER = ['q', 't', 'refresh', 'tenant', 'f', 'cols', 'view', 'tab', 'sel'];

export function parseQuery(search: string): Params {
  const out: Record<string, string> = Object.create(null);
  for (const part of search.replace(/^\?/, '').split('&')) {
    if (!part) continue;
    const at = part.indexOf('=');
    const key = decode(at < 0 ? part : part.slice(0, at));
    if (key) out[key] = at < 0 ? '' : decode(part.slice(at + 1));
  }
  return out;
}

// A query is pasted into chats and shells, so everything a URL may hold unescaped stays as it is.
const encode = (s: string): string => encodeURIComponent(s.toWellFormed ? s.toWellFormed() : s).replace(/%(2F|3A|2C|40|5B|5D|7B|7D|3D|24|3B|20)/g, (_, h: string) => (h === '20' ? '+' : h === '5B' || h === '5D' || h === '7B' || h === '7D' ? '%' + h : String.fromCharCode(parseInt(h, 16))));
function decode(s: string): string {
  const spaced = s.replace(/\+/g, ' ');
  try { return decodeURIComponent(spaced); } catch { return spaced; }
}

/** Empty string for no parameters; else begins with `?`. Undefined and empty values are left out. */
export function formatQuery(params: Record<string, string | undefined>): string {
  const rank = (k: string): number => { const i = ORDER.indexOf(k); return i < 0 ? ORDER.length : i; };
  const keys = Object.keys(params).filter((k) => k && params[k]).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
  return keys.length ? '?' + keys.map((k) => `${encode(k).replace(/=/g, '%3D')}=${encode(params[k]!)}`).join('&') : '';
}

export interface Chip { name: string; value: string; not: boolean }
/** Filter chips: `service:cart,-env:dev`; commas, colons and backslashes inside are escaped by a backslash. */
export const formatChips = (chips: readonly Chip[]): string => chips.map((c) => (c.not ? '-' : '') + esc(c.name) + ':' + esc(c.value)).join(',');
const esc = (s: string): string => s.replace(/[\\,:]/g, '\\$&').replace(/^-/, '\\-');
export function parseChips(text: string): Chip[] {
  const out: Chip[] = [];
  let parts: string[] = [''], not = false, atStart = true;
  const push = (): void => { if (parts.length === 2 && parts[0]) out.push({ name: parts[0], value: parts[1]!, not }); parts = ['']; not = false; atStart = true; };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\' && i + 1 < text.length) { parts[parts.length - 1] += text[++i]!; atStart = false; continue; }
    if (c === ',') { push(); continue; }
    if (c === '-' && atStart) { not = true; atStart = false; continue; }
    atStart = false;
    if (c === ':' && parts.length === 1) { parts.push(''); continue; }
    parts[parts.length - 1] += c;
  }
  push();
  return out;
}
