// What the lazy editor offers, apart from the editor, so that who only shows a field need not know it.
export interface Names {
  metrics(): Promise<{ name: string; type: string; help: string; unit: string }[]>;
  labels(metric?: string): Promise<string[]>;
  values(label: string, metric?: string): Promise<string[]>;
}
export interface Editor { get(): string; set(text: string): void; focus(at?: number): void; destroy(): void }
