// Monasca's alarm language, for colouring and for completion. Not a parser: the server is. Pure.
export type MKind = 'fn' | 'kw' | 'nu' | 'op' | 'lb' | 'st' | '';
export interface MToken { kind: MKind; text: string }

const SPLIT = /(\s+)|([^\s(){},=<>]+)(?=\s*=)|(\b(?:max|min|avg|count|sum|last)\b(?=\s*\())|(\b(?:and|or|times|deterministic|gte|lte|gt|lt)\b|&&|\|\|)|(>=|<=|>|<|[(){},])|=([^(){},=<>]*)|([^\s(){},=<>]+)|([\s\S])/giy;
export function tokenizeMonasca(text: string): MToken[] {
  const out: MToken[] = [];
  let braces = 0;
  SPLIT.lastIndex = 0;
  for (let m = SPLIT.exec(text); m && m[0]; m = SPLIT.exec(text)) {
    const t = m[0];
    if (t === '{') braces++; else if (t === '}') braces--;
    const kind: MKind = m[1] ? '' : m[2] && braces ? 'lb' : m[3] && !braces ? 'fn' : m[4] && !braces ? 'kw' : m[5] ? 'op' : m[6] !== undefined ? 'st' : /^-?(\d+\.?\d*|\.\d+)$/.test(t) && !braces ? 'nu' : '';
    out.push({ kind, text: t });
  }
  return out;
}
