// Grafana's names of units in ours, its colours in our tones. Pure.
import type { Tone } from '../dash/model.ts';
import type { Unit } from '../units.ts';

const SAME: Record<string, Unit> = {
  short: 'count', none: 'none', string: 'none', sishort: 'count', percent: 'percent', percentunit: 'ratio', s: 'seconds', ms: 'milliseconds', 'µs': 'microseconds', us: 'microseconds', ns: 'nanoseconds', m: 'minutes', h: 'hours', d: 'days', dtdurations: 'seconds', dtdurationms: 'milliseconds', clocks: 'seconds', clockms: 'milliseconds', dthms: 'seconds',
  bytes: 'bytes', decbytes: 'bytes_si', bits: 'bits', decbits: 'bits', binBps: 'bytes_per_s', Bps: 'bytes_per_s', bps: 'bits_per_s', binbps: 'bits_per_s', ops: 'per_s', reqps: 'per_s', rps: 'per_s', wps: 'per_s', iops: 'per_s', cps: 'per_s', eps: 'per_s', mps: 'per_s', recps: 'per_s', rowsps: 'per_s', pps: 'per_s',
  hertz: 'hertz', celsius: 'celsius', volt: 'volts', amp: 'amperes', watt: 'watts', joule: 'joules', dateTimeAsIso: 'date', dateTimeAsIsoNoDateIfToday: 'date', dateTimeAsUS: 'date', dateTimeAsSystem: 'date', bool: 'yes_no', bool_yes_no: 'yes_no', bool_on_off: 'yes_no',
};
// Known, but only near to one of ours: a factor or a word is lost.
const NEAR: Record<string, readonly [Unit, string]> = {
  kbytes: ['suffix:KiB', 'kibibytes'], mbytes: ['suffix:MiB', 'mebibytes'], gbytes: ['suffix:GiB', 'gibibytes'], tbytes: ['suffix:TiB', 'tebibytes'], deckbytes: ['suffix:kB', 'kilobytes'], decmbytes: ['suffix:MB', 'megabytes'], decgbytes: ['suffix:GB', 'gigabytes'],
  KBs: ['suffix:kB/s', 'kilobytes per second'], MBs: ['suffix:MB/s', 'megabytes per second'], GBs: ['suffix:GB/s', 'gigabytes per second'], Kbits: ['suffix:kb/s', 'kilobits per second'], Mbits: ['suffix:Mb/s', 'megabits per second'], opm: ['suffix:/min', 'per minute'], rpm: ['suffix:/min', 'per minute'], cpm: ['suffix:/min', 'per minute'], wpm: ['suffix:/min', 'per minute'], reqpm: ['suffix:/min', 'per minute'],
  humidity: ['suffix:%RH', 'humidity'], farenheit: ['suffix:°F', 'degrees Fahrenheit'], kelvin: ['suffix:K', 'kelvin'], lengthm: ['suffix:m', 'metres'], velocityms: ['suffix:m/s', 'metres per second'], pressurehpa: ['suffix:hPa', 'hectopascal'], dB: ['suffix:dB', 'decibel'], dBm: ['suffix:dBm', 'decibel'], kwatt: ['suffix:kW', 'kilowatts'], kwatth: ['suffix:kWh', 'kilowatt hours'], watth: ['suffix:Wh', 'watt hours'], rotrpm: ['suffix:rpm', 'turns per minute'], dateTimeFromNow: ['date', 'time from now'],
};
const CURRENCY: Record<string, string> = { USD: '$', GBP: '£', EUR: '€', JPY: '¥', CHF: 'CHF', INR: '₹' };

/** Our unit; `note` says what is different about it, null when nothing is. */
export function unitOfGrafana(name: string): { unit: Unit | ''; note: string | null } {
  if (!name) return { unit: '', note: null };
  if (Object.hasOwn(SAME, name)) return { unit: SAME[name]!, note: null };
  if (Object.hasOwn(NEAR, name)) { const [unit, word] = NEAR[name]!; return { unit, note: `unit ${word} is written behind the number without scaling` }; }
  const money = /^currency([A-Z]{3})$/.exec(name), suffix = /^(?:suffix|prefix):(.+)$/.exec(name);
  if (money) return { unit: `suffix:${CURRENCY[money[1]!] ?? money[1]!}`, note: 'the currency stands behind the number' };
  if (suffix && suffix[1]!.trim().length <= 24) return { unit: `suffix:${suffix[1]!.trim()}`, note: name.startsWith('prefix') ? 'the prefix stands behind the number' : null };
  const time = /^time:/.test(name);
  return { unit: time ? 'date' : 'count', note: `unit “${name.slice(0, 40)}” is not known; shown as ${time ? 'a date' : 'a number'}` };
}

const NAMED: Record<string, Tone> = { green: 'ok', yellow: 'warn', orange: 'warn', red: 'alarm', blue: 'info', purple: 'info', transparent: 'none', text: 'none', white: 'none', black: 'none', gray: 'none', grey: 'none' };
/** The tone of a colour by its name or its hue; red is bad, green is good, everything cold is just noted. */
export function toneOfColour(colour: string): Tone {
  const named = /(green|yellow|orange|red|blue|purple|transparent|text|white|black|gr[ae]y)$/.exec(colour.toLowerCase());
  if (named) return NAMED[named[1]!]!;
  const hex = /^#?([\da-f]{2})([\da-f]{2})([\da-f]{2})/i.exec(colour), rgb = /rgba?\(\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)/.exec(colour);
  const [r, g, b] = hex ? [1, 2, 3].map((i) => parseInt(hex[i]!, 16)) : rgb ? [1, 2, 3].map((i) => Number(rgb[i])) : [0, 0, 0];
  const max = Math.max(r!, g!, b!), min = Math.min(r!, g!, b!), d = max - min;
  if (d < 30) return 'none';
  const hue = 60 * (max === r ? (((g! - b!) / d) + 6) % 6 : max === g ? (b! - r!) / d + 2 : (r! - g!) / d + 4);
  return hue < 18 || hue > 335 ? 'alarm' : hue < 72 ? 'warn' : hue < 175 ? 'ok' : 'info';
}
