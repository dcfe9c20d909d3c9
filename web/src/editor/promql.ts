// The PromQL editor: CodeMirror in a shadow root, so that its styles need no hole in the policy. Loaded on first focus.
import { autocompletion, closeBrackets, closeCompletion, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags as t } from '@lezer/highlight';
import { PromQLExtension, type PrometheusClient } from '@prometheus-io/codemirror-promql';
import type { Editor, Names } from '../lib/editor_types.ts';

const colours = HighlightStyle.define([
  { tag: [t.function(t.variableName), t.keyword], color: 'var(--s5)' }, { tag: t.name, color: 'var(--text)' }, { tag: [t.number, t.unit], color: 'var(--s2)' }, { tag: t.string, color: 'var(--s3)' },
  { tag: t.modifier, color: 'var(--s5)' }, { tag: t.labelName, color: 'var(--s7)' }, { tag: [t.operator, t.punctuation, t.bracket, t.paren, t.squareBracket, t.brace], color: 'var(--text-2)' }, { tag: t.comment, color: 'var(--text-3)', fontStyle: 'italic' }, { tag: t.invalid, color: 'var(--alarm)' },
]);
const look = EditorView.theme({
  '&': { fontSize: '12.5px', color: 'var(--text)', backgroundColor: 'transparent', maxHeight: '220px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px', fontFeatureSettings: '"calt" 0', overflow: 'auto' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--bronze)' },
  '.cm-gutters': { background: 'none', border: '0', color: 'var(--text-3)', fontSize: '11px' }, '.cm-lineNumbers .cm-gutterElement': { minWidth: '32px', padding: '0 12px 0 0' },
  '.cm-cursor': { borderLeft: '2px solid var(--bronze)' }, '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': { background: 'var(--bronze-bg) !important' },
  '.cm-matchingBracket': { background: 'var(--hover)', outline: '1px solid var(--line-2)' }, '.cm-placeholder': { color: 'var(--text-3)' },
  '.cm-tooltip': { background: 'var(--raised)', border: '0', borderRadius: '6px', boxShadow: 'var(--pop)', color: 'var(--text)', fontSize: '12px', overflow: 'hidden' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '260px' }, '.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', lineHeight: '18px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { background: 'var(--active)', color: 'var(--text)' }, '.cm-completionDetail': { color: 'var(--text-3)', fontStyle: 'normal', marginLeft: '12px' }, '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--bronze)' },
  '.cm-completionInfo': { padding: '6px 10px', maxWidth: '360px', lineHeight: '18px', fontFamily: 'var(--sans)' }, '.cm-diagnostic': { padding: '4px 8px', borderLeft: '3px solid var(--alarm)', fontFamily: 'var(--sans)' },
});

function client(names: Names): PrometheusClient {
  return {
    labelNames: (metric?: string) => names.labels(metric), labelValues: (label: string, metric?: string) => names.values(label, metric),
    metricMetadata: async () => Object.fromEntries((await names.metrics()).map((m) => [m.name, [{ type: m.type, help: m.help, unit: m.unit } as never]])),
    series: async () => [], metricNames: async () => (await names.metrics()).map((m) => m.name), flags: async () => ({}),
  } as unknown as PrometheusClient;
}

// Replacing a coloured selection by typing would make the browser keep its colour in a style attribute, which the policy
// forbids; so the replacement is made here, through the same handlers as any input.
const replaceHere = EditorView.domEventHandlers({
  beforeinput(e, view) {
    const { from, to, empty } = view.state.selection.main, text = e.data;
    if (e.inputType !== 'insertText' || e.isComposing || empty || text == null || view.state.selection.ranges.length > 1) return false;
    e.preventDefault();
    const insert = (): ReturnType<typeof view.state.update> => view.state.update(view.state.replaceSelection(text), { userEvent: 'input.type', scrollIntoView: true });
    if (!view.state.facet(EditorView.inputHandler).some((h) => h(view, from, to, text, insert))) view.dispatch(insert());
    return true;
  },
});

export function mount(host: HTMLElement, o: { text: string; label: string; names: Names; onChange: (text: string) => void; onRun: () => void }): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.replaceChildren();
  const go = (v: EditorView): boolean => { closeCompletion(v); o.onRun(); return true; };
  const view = new EditorView({
    root, parent: root,
    state: EditorState.create({
      doc: o.text,
      extensions: [
        lineNumbers(), history(), bracketMatching(), closeBrackets(), autocompletion({ icons: false }), syntaxHighlighting(colours), look, replaceHere, EditorView.lineWrapping, placeholder('A PromQL query'),
        EditorView.contentAttributes.of({ 'aria-label': o.label, spellcheck: 'false' }),
        new PromQLExtension().setComplete({ remote: client(o.names) }).asExtension(),
        Prec.highest(keymap.of([{ key: 'Ctrl-Enter', mac: 'Cmd-Enter', run: go }, { key: 'Shift-Enter', run: go }])),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...lintKeymap, { key: 'Escape', run: (v) => { v.contentDOM.blur(); return true; } }, ...defaultKeymap]),
        EditorView.updateListener.of((u) => { if (u.docChanged) o.onChange(u.state.doc.toString()); }),
      ],
    }),
  });
  return {
    get: () => view.state.doc.toString(),
    set: (text) => { if (text !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }); },
    focus: (at) => { if (at !== undefined) view.dispatch({ selection: { anchor: Math.min(at, view.state.doc.length) } }); view.focus(); }, destroy: () => view.destroy(),
  };
}
