// Who is told: methods, silences, routing, and what was sent.
import { Seg } from '../../parts/seg.tsx';
import { param, setParams } from '../../state/url.ts';
import { Head } from './alarms.tsx';
import { Deliveries } from './deliveries.tsx';
import { Methods } from './methods.tsx';
import { RoutingPanel } from './routing.tsx';
import { Silences } from './silences.tsx';

const TABS = [['methods', 'Methods'], ['silences', 'Silences'], ['routing', 'Routing'], ['deliveries', 'Deliveries']] as const;
type Tab = (typeof TABS)[number][0];

export function Notifications() {
  const tab: Tab = TABS.find(([t]) => t === param('tab'))?.[0] ?? 'methods';
  return (
    <div class="page">
      <Head tab="notifications" />
      <div class="head"><Seg label="Part of notifications" value={tab} options={TABS} onPick={(t) => setParams({ tab: t === 'methods' ? undefined : t, new: undefined, for: undefined, alarm: undefined, status: undefined, method: undefined })} /></div>
      {tab === 'methods' ? <Methods /> : tab === 'silences' ? <Silences /> : tab === 'routing' ? <RoutingPanel /> : <Deliveries />}
    </div>
  );
}
