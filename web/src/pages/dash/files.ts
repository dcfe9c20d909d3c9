// Files to and from the disk of whoever sits there.
const READ_BYTES_MOST = 8 * 1024 * 1024;

export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' })), a = document.createElement('a');
  a.href = url; a.download = name;
  document.body.append(a); a.click(); a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
export async function readJson(file: File): Promise<unknown> {
  if (file.size > READ_BYTES_MOST) throw new Error(`${file.name} has ${(file.size / 1048576).toFixed(1)} MiB; a dashboard has at most 8.`);
  return parseJson(await file.text(), file.name);
}
export function parseJson(text: string, name = 'The text'): unknown {
  try { return JSON.parse(text.replace(/^\ufeff/, '')); } catch (e) { throw new Error(`${name} is no JSON: ${(e as Error).message}`); }
}
