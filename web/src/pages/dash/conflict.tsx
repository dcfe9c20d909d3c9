// Somebody saved the same dashboard meanwhile: both versions exist, and a person decides.
import type { Stored } from '../../api/dashboards.ts';
import { ago } from '../../lib/timespec.ts';
import { Modal } from '../../parts/pop.tsx';
import { serverNow } from '../../state/time.ts';

export function Conflict({ theirs, onClose, onMine, onCopy, onTheirs }: { theirs: Stored | 'gone'; onClose: () => void; onMine: (version: number) => void; onCopy: () => void; onTheirs: (s: Stored) => void }) {
  if (theirs === 'gone') return (
    <Modal label="Deleted meanwhile" onClose={onClose}><div class="pbox ask"><h2 class="h2">This dashboard was deleted meanwhile</h2><p class="dim">Your changes are still here.</p>
      <div class="prow"><button type="button" class="ctl primary" data-first onClick={onCopy}>Save as a new one</button><button type="button" class="ctl ghost" onClick={onClose}>Go on editing</button></div></div></Modal>
  );
  return (
    <Modal label="Changed by somebody else" onClose={onClose}><div class="pbox ask"><h2 class="h2">{theirs.updated_by || 'Somebody'} saved version {theirs.version} {ago(theirs.updated_ms, serverNow())}</h2><p class="dim">You began with an older one. Nothing of yours or theirs is lost until you choose.</p>
      <div class="prow"><button type="button" class="ctl" onClick={() => onMine(theirs.version)}>Save mine over it</button><button type="button" class="ctl primary" data-first onClick={onCopy}>Save mine as a copy</button><button type="button" class="ctl" onClick={() => onTheirs(theirs)}>Take theirs</button><button type="button" class="ctl ghost" onClick={onClose}>Go on editing</button></div></div></Modal>
  );
}
