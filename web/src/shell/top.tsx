import { useRef } from 'preact/hooks';
import { Ico, Mark } from '../parts/icon.tsx';
import { Chip } from '../parts/state.tsx';
import { Pop } from '../parts/pop.tsx';
import { durationText, rangeTitle, clock, fullTime } from '../lib/timespec.ts';
import { paused, range, refreshMs, shift, spec, now, frozenUrl } from '../state/time.ts';
import { chips, go, href, page, setChips, setParams } from '../state/url.ts';
import { frame } from '../state/live.ts';
import { dark, flipTheme } from '../state/theme.ts';
import { session, signedIn, logout } from '../api/session.ts';
import { copy, toast } from '../state/toast.ts';
import { messageOf } from '../api/http.ts';
import { param } from '../state/url.ts';
import { floating } from '../state/floating.ts';
import { TimePicker } from './time_picker.tsx';

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);

function Omni() {
  const list = chips.value;
  const openIt = (): void => { floating.value = 'palette'; };
  return (
    <div class="omni">
      <Ico n="search" />
      {list.map((c, i) => <Chip key={i} k={c.name + (c.not ? '≠' : '=')} v={c.value} on title="Click to edit, Alt-click to turn around"
        onClick={(e) => { if (e.altKey) setChips(list.map((x, j) => (j === i ? { ...x, not: !x.not } : x))); else openIt(); }} onRemove={() => setChips(list.filter((_, j) => j !== i))} />)}
      <button type="button" class="omni-b" aria-label="Search everything" aria-haspopup="dialog" onClick={openIt}>
        <span class="cut grow hint">{list.length ? 'Add a filter…' : 'Search metrics, labels, pages, actions…'}</span><span class="hint-s grow">Search</span>
        <span class="key">/</span><span class="key">{MAC ? '⌘ K' : 'Ctrl K'}</span>
      </button>
    </div>
  );
}

function User() {
  const s = session.value, tenants = frame.value.data?.tenants ?? [], here = param('tenant') || s?.tenant || 'default';
  const close = (): void => { floating.value = null; };
  return (
    <span class="anchor wide">
      <button type="button" class="ctl ghost" aria-haspopup="dialog" aria-expanded={floating.value === 'user'} onClick={() => { floating.value = floating.value === 'user' ? null : 'user'; }}><Ico n="user" s />{here}<Ico n="down" s /></button>
      {floating.value === 'user' && (
        <Pop label="Tenant and session" onClose={close} right>
          <div class="label pop-h">Tenant</div>
          {(tenants.length ? tenants : [here]).map((t) => <button type="button" class="pi" key={t} aria-pressed={t === here} onClick={() => { setParams({ tenant: t === (s?.tenant ?? 'default') ? undefined : t }); close(); }}><Ico n={t === here ? 'check' : 'user'} s />{t}</button>)}
          <div class="label pop-h">Session</div>
          <p class="pop-p">{!s ? 'Not known yet.' : signedIn(s) ? `Signed in as ${s.user || s.role}, may ${s.role === 'admin' ? 'change everything' : 'read'}.` : s.auth === 'off' ? 'Login is switched off on this server.' : 'Not signed in: reading only. belfry open prints a login link.'}</p>
          {signedIn(s) && <button type="button" class="pi" onClick={() => { close(); logout().then(() => toast({ kind: 'ok', text: 'Signed out' }), (e) => toast({ kind: 'error', text: 'Signing out failed', detail: messageOf(e) })); }}><Ico n="x" s />Sign out</button>}
          <button type="button" class="pi" onClick={() => { close(); go('/settings'); }}><Ico n="settings" s />Settings and keys</button>
        </Pop>
      )}
    </span>
  );
}

export function Top() {
  const p = page.value, r = range.value, s = spec.value, picker = useRef<HTMLSpanElement>(null);
  const absolute = `${clock(r.fromMs, now.value)} – ${clock(r.toMs, now.value)}`;
  return (
    <header class="top">
      <a class="brand" aria-label="Belfry, Home" href={href("/")}><Mark /></a>
      <Omni />
      <span class="sep wide" />
      <User />
      {p?.range && (
        <span class="anchor" ref={picker}>
          <span class="join">
            <button type="button" class="ctl icon wide" aria-label="Half a range earlier" onClick={() => shift(-1)}><Ico n="left" s /></button>
            <button type="button" class="ctl" aria-haspopup="dialog" aria-expanded={floating.value === 'time'} title={`${fullTime(r.fromMs)} to ${fullTime(r.toMs)}`} onClick={() => { floating.value = floating.value === 'time' ? null : 'time'; }}>
              <Ico n="clock" s /><b>{rangeTitle(s)}</b><span class="wide faint">{absolute}</span>
            </button>
            <button type="button" class="ctl icon wide" aria-label="Half a range later" onClick={() => shift(1)}><Ico n="right" s /></button>
          </span>
          {floating.value === 'time' && <TimePicker onClose={() => { floating.value = null; }} />}
        </span>
      )}
      {refreshMs.value > 0 && (
        <button type="button" class={'ctl wide' + (paused.value ? ' on' : '')} aria-pressed={paused.value} aria-label={paused.value ? 'Go on with live updates' : 'Pause live updates'} title="Space" onClick={() => { paused.value = !paused.value; }}>
          <Ico n={paused.value ? 'play' : 'pause'} s />{paused.value ? 'Paused' : durationText(refreshMs.value).replace(/(\d+)/, '$1\u2009')}
        </button>
      )}
      <button type="button" class="ctl icon ghost wide" aria-label="Share: copy a link with fixed times" title="Copy a link with fixed times (c)" onClick={() => copy(frozenUrl(), 'Link')}><Ico n="share" /></button>
      <button type="button" class="ctl icon ghost wide" aria-label={dark.value ? 'Light theme' : 'Dark theme'} title="Change theme" onClick={flipTheme}><Ico n={dark.value ? 'sun' : 'moon'} /></button>
      <button type="button" class="ctl icon ghost wide" aria-label="Help and keys" title="Help and keys (?)" onClick={() => { floating.value = 'help'; }}><Ico n="help" /></button>
    </header>
  );
}
