/** What is said of a shared file: clients say it, and it goes to everybody, so that names are names and nothing else. */
import { z } from 'zod';
import { cleanName } from '../display-name.js';

/** No directories, no hidden files, nothing that is seen other than it is. */
function cleanFileName(text: string): string {
  const [last = ''] = text.split(/[/\\]/).reverse();
  const name = cleanName(last.replace(/[<>:"|?*]/g, '_')).replace(/^[.\s]+/, '');
  return name === '' ? 'file' : name;
}

const fileName = z.string().min(1).max(1024).transform(cleanFileName);

/** As clients say it. */
export const fileDescription = z.object({
  fileId: z.string().regex(/^[A-Za-z0-9][\w-]{0,63}$/),
  fileName,
  fileSize: z.number().nonnegative(),
  fileType: z.string().max(255),
  timestamp: z.number(),
});

export type Described = Readonly<z.output<typeof fileDescription>>;

/** What comes after the last dot. */
function endingOf(name: string): string {
  const [, ending = ''] = /\.([A-Za-z0-9]{1,16})$/.exec(name) ?? [];
  return ending.toLowerCase();
}

/** Reads what a client says of a file that it brings; the size is not known yet. @param endings that names may have; undefined: any */
export function describeFile(
  metadata: string,
  endings: readonly string[] | undefined,
): Described | undefined {
  let said: unknown;
  try {
    said = JSON.parse(metadata);
  } catch {
    return undefined;
  }
  const { data } = fileDescription.safeParse(said);
  if (data === undefined) return undefined;
  const fileType = endingOf(data.fileName);
  if (endings?.includes(fileType) === false) return undefined;
  return { ...data, fileType };
}
