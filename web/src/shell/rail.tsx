import { Ico, Mark } from '../parts/icon.tsx';
import { PAGES, type Page } from '../routes.ts';
import { railNarrow } from '../state/theme.ts';
import { href, page } from '../state/url.ts';
import { frame } from '../state/live.ts';
import { floating } from '../state/floating.ts';

function Item({ p }: { p: Page }) {
  const ringing = p.id === 'alarms' ? frame.value.data?.alarms_ringing : null;
  return (
    <a class="nav" href={href(p.path)} aria-current={page.value?.id === p.id ? 'page' : undefined} title={railNarrow.value ? p.title : undefined}>
      <Ico n={p.icon} /><span class="word">{p.title}</span>{ringing ? <span class="badge alarm" aria-label={`${ringing} ringing`}>{ringing}</span> : null}
    </a>
  );
}

export function Rail() {
  const group = (g: Page['group']) => PAGES.filter((p) => p.group === g).map((p) => <Item key={p.id} p={p} />);
  return (
    <nav class="rail" aria-label="Main">
      <div class="brand-row">
        <a class="brand" href={href('/')}><Mark /><span class="word">Belfry</span></a>
        <button type="button" class="ctl sm ghost icon narrower" aria-pressed={railNarrow.value} aria-label="Narrow rail" title="Narrow or widen the rail ([)" onClick={() => { railNarrow.value = !railNarrow.value; }}><Ico n={railNarrow.value ? 'right' : 'left'} s /></button>
      </div>
      {group('top')}<div class="gap" />{group('look')}<div class="fill" />{group('low')}
    </nav>
  );
}

export const TabBar = () => (
  <nav class="tabbar" aria-label="Main, short">
    {PAGES.filter((p) => p.tab).map((p) => <a key={p.id} href={href(p.path)} aria-current={page.value?.id === p.id ? 'page' : undefined}><Ico n={p.icon} />{p.title}{p.id === 'alarms' && frame.value.data?.alarms_ringing ? <span class="badge alarm" aria-label={`${frame.value.data.alarms_ringing} ringing`}>{frame.value.data.alarms_ringing}</span> : null}</a>)}
    <button type="button" onClick={() => { floating.value = 'palette'; }}><Ico n="search" />Search</button>
    <button type="button" aria-haspopup="dialog" onClick={() => { floating.value = 'more'; }}><Ico n="menu" />More</button>
  </nav>
);
