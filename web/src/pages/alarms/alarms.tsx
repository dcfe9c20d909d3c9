// Alarms: which ring, what makes them ring, and who is told. The path says which of the three.
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { Ico } from '../../parts/icon.tsx';
import { go, href, param, place } from '../../state/url.ts';
import { AlarmList } from './list.tsx';
import { Definitions } from './definitions.tsx';
import { Editor } from './editor.tsx';
import { Notifications } from './notifications.tsx';

export type Tab = 'alarms' | 'definitions' | 'notifications';
const TABS: readonly (readonly [Tab, string, string])[] = [['alarms', 'Alarms', '/alarms'], ['definitions', 'Definitions', '/alarms/definitions'], ['notifications', 'Notifications', '/alarms/notifications']];

/** The head that the three share. */
export function Head({ tab, children }: { tab: Tab; children?: ComponentChildren }) {
  const box = useRef<HTMLSpanElement>(null);
  const move = (e: KeyboardEvent): void => {
    const d = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0;
    if (!d) return;
    e.preventDefault(); e.stopPropagation();
    (box.current?.children[(TABS.findIndex(([t]) => t === tab) + d + TABS.length) % TABS.length] as HTMLElement | undefined)?.focus();
  };
  return (
    <div class="head"><h1>Alarms</h1>
      <span class="seg" role="tablist" aria-label="Alarms" ref={box} onKeyDown={move}>{TABS.map(([t, word, path]) => <a key={t} role="tab" aria-selected={t === tab} tabIndex={t === tab ? 0 : -1} href={href(path)}>{word}</a>)}</span>
      <span class="grow" />{children}
      <a class="ctl sm primary new-alarm" href={href('/alarms/new')} aria-label="New alarm"><Ico n="add" s /><span class="word">New alarm</span></a>
    </div>
  );
}

export default function AlarmsPage() {
  const [, , second = '', third = ''] = place.value.path.split('/').map(decodeURIComponent);
  if (second === 'new') return <Editor key="new" id={null} from={param('from')} />;
  if (second === 'definitions') return third ? <Editor key={third} id={third} from="" /> : <Definitions />;
  if (second === 'notifications') return <Notifications />;
  return <AlarmList chosen={second} onChoose={(id) => go(id ? `/alarms/${encodeURIComponent(id)}` : '/alarms', keep())} />;
}

/** The filters of the list stay while alarms are opened and closed. */
export const keep = (): Record<string, string | undefined> => Object.fromEntries(['q', 'show', 'group', 'sev'].map((k) => [k, param(k) || undefined]));
