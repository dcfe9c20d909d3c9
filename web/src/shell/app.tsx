// The frame around every page: rail, top bar, page, status line, bottom bar on narrow screens, and what floats above.
import { effect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useState } from 'preact/hooks';
import { link, needLogin } from '../api/http.ts';
import { Ico } from '../parts/icon.tsx';
import { Glyph } from '../parts/state.tsx';
import { Toasts } from '../parts/toasts.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { PAGES, type Page } from '../routes.ts';
import { floating } from '../state/floating.ts';
import { asTables, useKeys } from '../state/keyboard.ts';
import { flipTheme, narrow, railNarrow } from '../state/theme.ts';
import { frozenUrl, paused, shift, toNow, zoomOut } from '../state/time.ts';
import { copy } from '../state/toast.ts';
import { go, page, place } from '../state/url.ts';
import { Announce } from './announce.tsx';
import { StatusLine } from './foot.tsx';
import { Help } from './help.tsx';
import { Login } from './login.tsx';
import { More } from './more.tsx';
import { Palette } from './palette.tsx';
import { Rail, TabBar } from './rail.tsx';
import { Top } from './top.tsx';

const loaded = new Map<string, ComponentType>();

function PageView({ p }: { p: Page }) {
  const [, redraw] = useState(0);
  const [failed, setFailed] = useState('');
  const [since] = useState(() => Date.now());
  const [error, reset] = useErrorBoundary();
  useEffect(() => {
    document.title = `${p.title} · Belfry`;
    if (error) reset();
    if (loaded.has(p.id)) return;
    let over = false;
    p.load().then((m) => { loaded.set(p.id, m.default); if (!over) redraw((n) => n + 1); }, (e: Error) => { if (!over) setFailed(e.message); });
    return () => { over = true; };
  }, [p.id]);
  const C = loaded.get(p.id);
  if (error || failed) return <Broken what={p.title} message={failed || String((error as Error)?.message ?? error)} />;
  return C ? <C /> : <div class="page"><section class="panel"><Waiting rows={6} what={p.title} sinceMs={since} /></section></div>;
}

const Broken = ({ what, message }: { what: string; message: string }) => (
  <div class="page"><section class="panel"><div class="empty fault" role="alert">
    <span class="fault-g"><Glyph s="alarm" /></span><b>{what} could not be drawn</b><span class="break">{message}</span>
    <div class="prow mid"><button type="button" class="ctl sm" onClick={() => location.reload()}>Load again</button></div>
  </div></section></div>
);

const NoPage = () => (
  <div class="page"><h1 class="vh">No such page</h1><section class="panel"><div class="empty"><Ico n="search" /><b>There is no page at {place.value.path}</b>
    <div class="prow mid">{PAGES.slice(0, 3).map((p) => <button type="button" class="ctl sm" key={p.id} onClick={() => go(p.path)}>{p.title}</button>)}</div></div></section></div>
);

// What floats belongs to the page it was opened on.
let lastPage = page.peek()?.id;
effect(() => { const id = page.value?.id; if (id !== lastPage) { lastPage = id; floating.value = null; } });

const open = (f: typeof floating.value) => (): void => { floating.value = floating.value === f ? null : f; };

/** Moves the focus through the rows of the page's lists; Enter then opens, as on any control. */
const row = (d: 1 | -1) => (e: KeyboardEvent): void | false => {
  const rows = [...document.querySelectorAll<HTMLElement>('main :is(.tbl tbody tr, .feed li, .card, [role=rowgroup] [role=row])')].map((r) => r.querySelector<HTMLElement>('a, button')).filter((c): c is HTMLElement => !!c && c.checkVisibility());
  const at = rows.findIndex((c) => c === document.activeElement || c.closest('tr, li, .card, [role=row]')!.contains(document.activeElement));
  if (!rows.length || (at < 0 && e.key.startsWith('Arrow'))) return false;  // plain arrows scroll until a row has the focus
  rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? (d > 0 ? 0 : rows.length - 1) : at + d))]!.focus();
};

export function App() {
  useKeys({
    palette: open('palette'), help: open('help'), down: row(1), up: row(-1),
    time: () => (page.value?.range ? open('time')() : false),
    ...Object.fromEntries(PAGES.map((p) => ['go:' + p.id, () => go(p.path)])),
    rail: () => { railNarrow.value = !railNarrow.value; },
    theme: flipTheme,
    'copy-link': () => (getSelection()?.toString() ? false : void copy(frozenUrl(), 'Link')),
    earlier: () => (page.value?.range ? shift(-1) : false), later: () => (page.value?.range ? shift(1) : false),
    'zoom-out': () => (page.value?.range ? zoomOut() : false), now: () => (page.value?.range ? toNow() : false),
    pause: () => { paused.value = !paused.value; },
    table: () => { asTables.value = !asTables.value; },
  });
  const p = page.value;
  return (
    <div class={'app' + (railNarrow.value ? ' rail-narrow' : '') + (p ? ' page-' + p.id : '')}>
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>Skip to content</a>
      <Rail />
      <Top />
      <main class="main" id="main" tabIndex={-1}>
        {needLogin.value ? <Login /> : p ? <PageView key={p.id} p={p} /> : <NoPage />}
      </main>
      {!narrow.value && <StatusLine />}
      {narrow.value && link.value === 'lost' && <p class="lost" role="status"><Glyph s="undet" /> Not connected. Trying again.</p>}
      <TabBar />
      {floating.value === 'palette' && <Palette onClose={() => { floating.value = null; }} />}
      {floating.value === 'help' && <Help onClose={() => { floating.value = null; }} />}
      {floating.value === 'more' && <More onClose={() => { floating.value = null; }} />}
      <Toasts />
      <Announce />
    </div>
  );
}
