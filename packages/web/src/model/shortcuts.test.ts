import { describe, expect, it } from 'vitest';
import { keyOf, shortcutOf } from './shortcuts.js';

const plain = { ctrlKey: false, altKey: false, metaKey: false, repeat: false, typing: false };

describe('a key', () => {
  it.each([
    ['m', 'microphone'],
    ['V', 'camera'],
    ['c', 'chat'],
    ['p', 'participants'],
    ['?', 'help'],
    ['x', undefined],
    ['toString', undefined],
  ])('%s does %s', (key, action) => expect(shortcutOf({ ...plain, key })).toBe(action));

  it.each(['ctrlKey', 'altKey', 'metaKey', 'repeat', 'typing'])('does nothing with %s', (modifier) => {
    expect(shortcutOf({ ...plain, key: 'm', [modifier]: true })).toBeUndefined();
  });

  it('is shown in capitals', () => expect(keyOf('microphone')).toBe('M'));
});
