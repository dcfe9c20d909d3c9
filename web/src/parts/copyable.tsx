import { copy } from '../state/toast.ts';
import { Ico } from './icon.tsx';

/** A snippet to paste elsewhere, with its Copy button. */
export const Copyable = ({ text, what }: { text: string; what: string }) => (
  <div class="snippet">
    <pre class="mono" tabIndex={0} aria-label={what}>{text}</pre>
    <button type="button" class="ctl sm" onClick={() => copy(text, what)}><Ico n="copy" s />Copy</button>
  </div>
);
