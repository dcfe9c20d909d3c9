// Home: this host and Belfry's own pipeline, live, with nothing to configure.
import { useEffect } from 'preact/hooks';
import { getStatus } from '../../api/status.ts';
import { wantMetrics } from '../../state/catalog.ts';
import { usePoll } from '../../state/live.ts';
import { useBell } from './bell.ts';
import { HostPanel } from './host_panel.tsx';
import { Feeds } from './feeds.tsx';
import { liveHost } from './host_data.ts';
import { Tiles } from './tiles.tsx';
import { Watch } from './watch.tsx';

const STATUS_MS = 2000, HOST_MS = 1000;

export default function Home() {
  const status = usePoll(getStatus, STATUS_MS).value;
  const bell = useBell();
  const host = usePoll(liveHost, HOST_MS).value;
  useEffect(() => { void wantMetrics(); }, []);
  return (
    <div class="page">
      <h1 class="vh">Home</h1>
      <Watch />
      <Tiles status={status.data} bell={bell} />
      <HostPanel l={host} />
      <Feeds status={status} host={host} bell={bell} />
    </div>
  );
}
