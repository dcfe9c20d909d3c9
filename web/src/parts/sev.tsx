// Severity: one to four rising bars with a word behind them.
import { severityLevel, severityWord } from '../lib/alarm_words.ts';

export const Sev = ({ s, word }: { s: string; word?: boolean }) => (
  <><span class="sev" role="img" aria-label={`Severity ${severityWord(s)}`} title={severityWord(s)}>{[1, 2, 3, 4].map((i) => <i key={i} class={i <= severityLevel(s) ? 'on' : ''} />)}</span>{word && <span class="small dim" aria-hidden="true">{severityWord(s)}</span>}</>
);
