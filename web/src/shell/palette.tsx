import { Modal } from '../parts/pop.tsx';
import { Finder } from '../parts/finder.tsx';

export const Palette = ({ onClose }: { onClose: () => void }) => <Modal label="Search and palette" onClose={onClose} top><Finder onDone={onClose} autofocus /></Modal>;
