import { Ico } from '../parts/icon.tsx';
import { Modal } from '../parts/pop.tsx';
import { PAGES } from '../routes.ts';
import { dark, flipTheme } from '../state/theme.ts';
import { frozenUrl, paused } from '../state/time.ts';
import { copy } from '../state/toast.ts';
import { href } from '../state/url.ts';
import { frame } from '../state/live.ts';
import { fmt } from '../lib/units.ts';
import { floating } from '../state/floating.ts';

/** What the top bar and the rail hold on wide screens. */
export function More({ onClose }: { onClose: () => void }) {
  const f = frame.value.data;
  const act = (run: () => void) => (): void => { onClose(); run(); };
  return (
    <Modal label="More" onClose={onClose}>
      <header class="modal-h"><h2>More</h2><span class="grow" /><button type="button" class="ctl sm ghost icon" aria-label="Close" onClick={onClose}><Ico n="x" s /></button></header>
      <div class="more-list">
        {PAGES.filter((p) => !p.tab).map((p) => <a class="pi" key={p.id} href={href(p.path)} onClick={onClose}><Ico n={p.icon} />{p.title}</a>)}
        <button type="button" class="pi" onClick={act(() => { paused.value = !paused.value; })}><Ico n={paused.value ? 'play' : 'pause'} />{paused.value ? 'Go on with live updates' : 'Pause live updates'}</button>
        <button type="button" class="pi" onClick={act(() => { void copy(frozenUrl(), 'Link'); })}><Ico n="share" />Copy a link</button>
        <button type="button" class="pi" onClick={act(flipTheme)}><Ico n={dark.value ? 'sun' : 'moon'} />{dark.value ? 'Light theme' : 'Dark theme'}</button>
        <button type="button" class="pi" onClick={() => { floating.value = 'help'; }}><Ico n="help" />Help and keys</button>
      </div>
      {f && <p class="pop-p">{f.node}, Belfry {f.version}, in {fmt(f.received_per_s, 'per_s')}</p>}
    </Modal>
  );
}
