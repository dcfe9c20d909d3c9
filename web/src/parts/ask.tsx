// A question that ends in a change: a dialog with a form, one busy button, the server's refusal in the dialog.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { messageOf } from '../api/http.ts';
import { Glyph } from './state.tsx';
import { Modal } from './pop.tsx';

export function Ask({ title, verb, danger, ready = true, onClose, run, children }: { title: string; verb: string; danger?: boolean; ready?: boolean; onClose: () => void; run: () => Promise<void>; children?: ComponentChildren }) {
  const [busy, setBusy] = useState(false), [error, setError] = useState('');
  const submit = (e: Event): void => {
    e.preventDefault();
    if (!ready || busy) return;
    setBusy(true); setError('');
    run().then(onClose, (x: unknown) => { setError(messageOf(x)); setBusy(false); });
  };
  return (
    <Modal label={title} onClose={onClose}>
      <form class="pbox ask" onSubmit={submit}>
        <h2 class="h2 ask-h">{title}</h2>
        {children}
        {error && <p class="stale-note bad" role="alert"><Glyph s="alarm" />{error}</p>}
        <div class="prow"><button type="submit" class={'ctl ' + (danger ? 'danger' : 'primary')} disabled={!ready || busy}>{verb}</button><button type="button" class="ctl ghost" data-first={danger ? true : undefined} onClick={onClose}>Cancel</button></div>
      </form>
    </Modal>
  );
}

/** A field with its name above and a hint below. */
export const Fld = ({ label, hint, children }: { label: string; hint?: ComponentChildren; children: ComponentChildren }) => (
  <label class="fld"><span class="label">{label}</span>{children}{hint && <span class="faint small">{hint}</span>}</label>
);
