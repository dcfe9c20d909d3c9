import { Fragment } from 'preact';
import { KEYS } from '../keys.ts';
import { Ico } from '../parts/icon.tsx';
import { Modal } from '../parts/pop.tsx';
import { singleKeys } from '../state/theme.ts';

const GROUPS = [...new Set(KEYS.map((k) => k.group))];
const NICE: Record<string, string> = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', Enter: '⏎' };
export const keyCaps = (keys: string) => keys.split(' ').map((k, i) => <span class="key" key={i}>{NICE[k] ?? k.replace(/\+/g, ' ')}</span>);

export const Help = ({ onClose }: { onClose: () => void }) => (
  <Modal label="Help and keys" onClose={onClose}>
    <header class="modal-h"><h2>Keys</h2><span class="faint small">single keys rest while you type{singleKeys.value ? '' : '; they are switched off in Settings'}</span><span class="grow" /><button type="button" class="ctl sm ghost icon" aria-label="Close" data-first onClick={onClose}><Ico n="x" s /></button></header>
    <div class="help-cols">
      {GROUPS.map((g) => (
        <section key={g}><h3 class="label">{g}</h3><dl class="help-dl">
          {KEYS.filter((k) => k.group === g).map((k) => <Fragment key={k.id}><dt>{k.keys.map((x, i) => <span key={x}>{i > 0 && <span class="faint"> or </span>}{keyCaps(x)}</span>)}</dt><dd>{k.does}</dd></Fragment>)}
        </dl></section>
      ))}
      <section><h3 class="label">Charts</h3><dl class="help-dl">
        <dt>Drag</dt><dd>Choose a part; what moves with it is ranked beside</dd><dt>Double click</dt><dd>Back to the time before</dd><dt>Shift-wheel</dt><dd>Zoom</dd><dt><span class="key">←</span> <span class="key">→</span></dt><dd>Move the cross-hair while a chart has the focus</dd>
      </dl></section>
    </div>
  </Modal>
);
