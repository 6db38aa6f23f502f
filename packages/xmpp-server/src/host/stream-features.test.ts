import { describe, expect, it } from 'vitest';
import { el } from '@conclave/signaling';
import { StreamFeatures } from './stream-features.js';

describe('stream features', () => {
  it('are what modules have added and not withdrawn, in that order', () => {
    const features = new StreamFeatures();
    const withdraw = features.add(el('a', { xmlns: 'urn:a' }));
    features.add(el('b', { xmlns: 'urn:b' }));
    expect(features.xml()).toBe('<a xmlns="urn:a"/><b xmlns="urn:b"/>');
    withdraw();
    withdraw();
    expect(features.xml()).toBe('<b xmlns="urn:b"/>');
  });

  it('say what is so now, also when they said something else before', () => {
    const features = new StreamFeatures();
    let current = el('c', { ver: '1' });
    features.add(() => current);
    expect([features.xml(), features.xml()]).toEqual(['<c ver="1"/>', '<c ver="1"/>']);
    current = el('c', { ver: '2' });
    expect(features.xml()).toBe('<c ver="2"/>');
  });
});
