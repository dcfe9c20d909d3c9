// Nothing typed is lost by a wrong click: asks before a page with unsaved changes is left.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { guard } from '../state/url.ts';
import { Modal } from './pop.tsx';

/** `dialog` belongs into the page; `free()` lets the next step through, for after a save. */
export function useLeaveGuard(dirty: boolean, what: string): { dialog: JSX.Element | null; free: () => void } {
  const [leaving, setLeaving] = useState<(() => void) | null>(null), now = useRef(dirty), allowed = useRef(false);
  now.current = dirty;
  useEffect(() => {
    const mine = (proceed: () => void): boolean => { if (!now.current || allowed.current) return false; setLeaving(() => proceed); return true; };
    const unload = (e: BeforeUnloadEvent): void => { if (now.current && !allowed.current) e.preventDefault(); };
    guard.ask = mine;
    addEventListener('beforeunload', unload);
    return () => { if (guard.ask === mine) guard.ask = null; removeEventListener('beforeunload', unload); };
  }, []);
  const leave = (): void => { const on = leaving; setLeaving(null); allowed.current = true; on?.(); allowed.current = false; };
  const dialog = leaving && <Modal label="Changes are not saved" onClose={() => setLeaving(null)}><div class="pbox ask"><h2 class="h2">Leave without saving?</h2><p class="dim">What was changed on {what} is lost then.</p><div class="prow"><button type="button" class="ctl danger" onClick={leave}>Leave</button><button type="button" class="ctl ghost" data-first onClick={() => setLeaving(null)}>Go on editing</button></div></div></Modal>;
  return { dialog, free: () => { allowed.current = true; } };
}
