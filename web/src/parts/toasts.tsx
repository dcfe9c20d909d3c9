import { dismiss, toasts } from '../state/toast.ts';
import { Ico } from './icon.tsx';
import { Glyph } from './state.tsx';

export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map((t) => (
      <div class="toast" key={t.id}>
        <Glyph s={t.kind === 'error' ? 'alarm' : t.kind === 'ok' ? 'ok' : 'undet'} />
        <span class="grow"><b>{t.text}</b>{t.detail && <span class="dim"> {t.detail}</span>}</span>
        {t.action && <button type="button" class="ctl sm ghost" onClick={() => { t.action!.run(); dismiss(t.id); }}>{t.action.label}</button>}
        <button type="button" class="ctl sm ghost icon" aria-label="Dismiss" onClick={() => dismiss(t.id)}><Ico n="x" s /></button>
      </div>
    ))}
  </div>
);
