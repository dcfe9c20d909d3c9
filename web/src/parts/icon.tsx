/** An icon from the sprite in index.html. Decorative: the words stand beside it or in the control's label. */
export const Ico = ({ n, s, c = '' }: { n: string; s?: boolean; c?: string }) => (
  <svg class={`ico${s ? ' s' : ''} ${c}`} viewBox="0 0 24 24" aria-hidden="true"><use href={'#i-' + n} /></svg>
);
export const Mark = () => <svg viewBox="0 0 24 24" role="img" aria-label="Belfry"><use href="#mark" /></svg>;
