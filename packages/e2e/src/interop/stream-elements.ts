/** Reads what a server sends on one stream: yields each child of `<stream:stream>` when it is complete. */
import type { EventEmitter } from 'node:events';
import { Element } from '@conclave/signaling';
import { Parser } from 'ltx';

/** The tokenizer beneath ltx's trees. */
type Tokenizer = EventEmitter & { write(text: string): void };
const { DefaultParser } = new Parser() as unknown as { readonly DefaultParser: new () => Tokenizer };

export class StreamElements {
  private readonly parser = new DefaultParser();
  /** The element that is open; undefined: between those of the stream. */
  private open: Element | undefined;
  private isInStream = false;

  constructor(complete: (element: Element) => void) {
    this.parser.on('startElement', (name: string, attrs: Record<string, string>) => {
      if (!this.isInStream) this.isInStream = true;
      else if (this.open === undefined) {
        // What the header of the stream has declared.
        const header = { xmlns: 'jabber:client', 'xmlns:stream': 'http://etherx.jabber.org/streams' };
        this.open = new Element(name, { ...header, ...attrs });
      } else this.open = this.open.cnode(new Element(name, attrs));
    });
    this.parser.on('text', (text: string) => this.open?.t(text));
    this.parser.on('endElement', () => {
      const { open } = this;
      if (open === undefined) return;
      this.open = open.parent ?? undefined;
      if (this.open === undefined) complete(open);
    });
  }

  write(text: string): void {
    this.parser.write(text);
  }
}
