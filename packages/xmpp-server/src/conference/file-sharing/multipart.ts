/** A file in a request as browsers send forms (RFC 7578): first a part `metadata`, then a part `file`; nothing else is looked at. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';

/** Bytes of all that is not the file: boundaries, headers, what is said of it. */
export const overhead = 16_384;
const metadataSize = 4096;

/**
 * Reads the request to its end. `take` gets the file while it comes; what it returns is the result. Undefined: it was no such form.
 * Rejects when the request breaks off, and has `take`'s stream end with an error then.
 * @param most bytes of a file; a longer one ends there, and one byte later
 */
export async function receiveFile<T>(
  request: IncomingMessage,
  most: number,
  take: (metadata: string, content: Readable) => Promise<T> | undefined,
): Promise<T | undefined> {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data;/i.test(type)) return undefined;
  const parts = formParser(type, most);
  if (parts === undefined) return undefined;
  let metadata: string | undefined;
  let file: Readable | undefined;
  let taken: Promise<T> | undefined;
  parts.on('field', (name, value, _nameTruncated, truncated) => {
    if (name === 'metadata' && !truncated) metadata ??= value;
  });
  parts.on('file', (name, content) => {
    const wanted = name === 'file' && file === undefined && metadata !== undefined;
    taken = wanted ? take(metadata ?? '', content) : taken;
    if (!wanted || taken === undefined) {
      content.resume();
      return;
    }
    file = content;
    // Whatever becomes of it, the rest of the request is read.
    const rest = (): unknown => content.resume();
    taken.then(rest, rest);
  });
  try {
    await pipeline(request, parts);
  } catch (error) {
    file?.destroy(new Error('the request has broken off'));
    await taken?.catch(() => undefined);
    throw error;
  }
  return taken;
}

function formParser(type: string, most: number): BusboyInstance | undefined {
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits: {
        fieldNameSize: 64,
        fieldSize: metadataSize,
        fields: 4,
        files: 1,
        parts: 6,
        fileSize: most + 1,
        headerPairs: 16,
        headerSize: 2048,
      },
    });
  } catch {
    // No boundary, or one that is none.
    return undefined;
  }
}
