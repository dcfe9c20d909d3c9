// Settings: how this browser shows things, and the API keys of this server.
import type { ComponentChildren } from 'preact';
import { Seg } from '../../parts/seg.tsx';
import { session, signedIn, mayChange } from '../../api/session.ts';
import { singleKeys, theme, railNarrow } from '../../state/theme.ts';
import { UsersPanel } from './users_panel.tsx';
import { KeysPanel } from './keys_panel.tsx';

const Row = ({ title, sub, children }: { title: string; sub: string; children: ComponentChildren }) => (
  <div class="set-row"><div class="two"><span>{title}</span><span class="faint small">{sub}</span></div>{children}</div>
);

export default function Settings() {
  const s = session.value;
  return (
    <div class="page settings">
      <div class="head"><h1>Settings</h1><span class="sub">{!s ? '' : signedIn(s) ? `signed in as ${s.user || s.role}` : s.auth === 'off' ? 'login is switched off on this server' : 'reading without a login'}</span></div>
      <section class="panel" aria-labelledby="br"><header><h2 id="br">This browser</h2><span class="sub">kept here, not on the server</span></header>
        <Row title="Theme" sub="System follows the choice of your desktop"><Seg label="Theme" value={theme.value} options={[['system', 'System'], ['dark', 'Dark'], ['light', 'Light']] as const} onPick={(v) => { theme.value = v; }} /></Row>
        <Row title="Single keys" sub="g h, j, k, t and the like; chords with Ctrl work always"><Seg label="Single keys" value={singleKeys.value ? 'on' : 'off'} options={[['on', 'On'], ['off', 'Off']] as const} onPick={(v) => { singleKeys.value = v === 'on'; }} /></Row>
        <Row title="Rail" sub="[ does the same"><Seg label="Rail" value={railNarrow.value ? 'narrow' : 'wide'} options={[['wide', 'Words'], ['narrow', 'Icons']] as const} onPick={(v) => { railNarrow.value = v === 'narrow'; }} /></Row>
      </section>
      <KeysPanel may={mayChange(s)} />
      <UsersPanel may={mayChange(s)} />
    </div>
  );
}
