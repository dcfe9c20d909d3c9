import { useEffect, useState } from 'preact/hooks';

const LATE_MS = 400;
/** A value some time after it stopped changing: what is typed is asked about only then. `key` says what counts as a change. */
export function useLate<T>(value: T, key: string): T {
  const [late, setLate] = useState(value);
  useEffect(() => { const t = setTimeout(() => setLate(value), LATE_MS); return () => clearTimeout(t); }, [key]);
  return late;
}
