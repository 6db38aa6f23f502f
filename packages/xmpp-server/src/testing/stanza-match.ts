/** How tests say which stanza they expect: a received one matches when all that the expected one says is true of it. */
import { Element } from '@conclave/signaling';
import { parse } from 'ltx';

function elements(element: Element): Element[] {
  return element.children.filter((child): child is Element => child instanceof Element);
}

/** Why `actual` is not what `expected` says; undefined when it is. */
export function mismatch(actual: Element, expected: Element): string | undefined {
  if (actual.getName() !== expected.getName()) return `<${actual.name}/> instead of <${expected.name}/>`;
  for (const [name, value] of Object.entries(expected.attrs)) {
    if (actual.attrs[name] !== value) {
      return `${name}='${String(actual.attrs[name])}' instead of '${String(value)}' on <${expected.name}/>`;
    }
  }
  const left = elements(actual);
  for (const child of elements(expected)) {
    const index = left.findIndex((candidate) => mismatch(candidate, child) === undefined);
    if (index === -1) return `nothing like ${child.toString()} in <${expected.name}/>`;
    left.splice(index, 1);
  }
  const isText = elements(expected).length === 0 && expected.getText() !== '';
  return isText && actual.getText() !== expected.getText()
    ? `the text '${actual.getText()}' instead of '${expected.getText()}'`
    : undefined;
}

/** A stanza as a test writes it, without the white space between its tags. */
export function read(xml: string): Element {
  return parse(xml.replaceAll(/>\s+</g, '><').trim());
}
