/** The keys of a meeting: single letters, but never while one types or together with Ctrl, Alt or Meta. */

const shortcuts = {
  m: 'microphone',
  v: 'camera',
  c: 'chat',
  p: 'participants',
  '?': 'help',
} as const;

export type ShortcutAction = (typeof shortcuts)[keyof typeof shortcuts];

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly repeat: boolean;
  /** The element that has the focus takes text. */
  readonly typing: boolean;
}

export function shortcutOf(press: KeyPress): ShortcutAction | undefined {
  if (press.typing || press.repeat || press.ctrlKey || press.altKey || press.metaKey) return undefined;
  const key = press.key.toLowerCase();
  return Object.hasOwn(shortcuts, key) ? shortcuts[key as keyof typeof shortcuts] : undefined;
}

/** The key that does `action`, as it is shown. */
export function keyOf(action: ShortcutAction): string {
  const [key = ''] = Object.entries(shortcuts).find(([, each]) => each === action) ?? [];
  return key.toUpperCase();
}
