// The little of Node that the tests use; the product itself uses none.
declare module 'node:test' { export function test(name: string, fn: () => void | Promise<void>): void }
declare module 'node:assert/strict' {
  interface Assert { (v: unknown, m?: string): void; equal(a: unknown, b: unknown, m?: string): void; deepEqual(a: unknown, b: unknown, m?: string): void; notEqual(a: unknown, b: unknown, m?: string): void; ok(v: unknown, m?: string): void; match(s: string, r: RegExp, m?: string): void }
  const assert: Assert;
  export default assert;
}
declare module 'node:fs' { export function readFileSync(path: string, encoding: 'utf8'): string; export function readdirSync(path: string, o: { recursive: true }): string[] }
declare const process: { env: Record<string, string> };
