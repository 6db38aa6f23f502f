/** Names of rooms: what one may type, what it becomes as address and JID, and names that nobody guesses. */

const maxLength = 64;

/**
 * The room name that a typed text, a path or a query means: lower case, letters and digits of any script, hyphens between them.
 * Empty when nothing is left. It is a path segment without a dot, and the local part of a JID (RFC 7622).
 */
export function roomName(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_]+/gu, '-')
    .slice(0, maxLength)
    .replace(/^-+|-+$/g, '');
}

/** The room in an address: `/<room>`, or `?room=<room>`. Undefined on the start page. */
export function roomOf({
  pathname,
  search,
}: {
  readonly pathname: string;
  readonly search: string;
}): string | undefined {
  let path: string;
  try {
    path = decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1));
  } catch {
    return undefined;
  }
  const name = roomName(path) || roomName(new URLSearchParams(search).get('room') ?? '');
  return name === '' ? undefined : name;
}

/** Where a room is, of the same tenant as the room that the address names: `/<room>`, or `/<tenant>/<room>`. */
export function roomPath(room: string, { pathname }: { readonly pathname: string }): string {
  const [, tenant, other, ...more] = pathname.split('/');
  const isTenants = tenant !== undefined && tenant !== '' && other !== undefined && more.length === 0;
  return `${isTenants ? `/${tenant}` : ''}/${encodeURIComponent(room)}`;
}

const adjectives =
  'amber brave bright calm clear clever cosy crisp deep early eager fair fresh gentle golden grand green happy honest humble jolly keen kind late light lively lucky mellow merry mild neat noble plain proud quick quiet rapid rosy round silent silver simple smooth snowy soft solid spry steady still sunny swift tidy vivid warm wide wild wise witty young'.split(
    ' ',
  );
const nouns =
  'acorn anchor apple arbor badger barley beacon birch bridge brook candle canyon cedar cherry clover comet coral cotton crane creek delta ember falcon feather fern finch forest garden glacier harbor hazel heron island ivy jasmine juniper kestrel lantern larch laurel lily linden maple marble meadow mirror moss nectar oak olive orchard otter pebble pepper pine plum pond quartz raven reef river robin saffron sage sparrow spruce stone stream summit thistle thyme tulip valley violet walnut willow'.split(
    ' ',
  );

/** `random` is uniform over 0 … `below` - 1. */
export type RandomInteger = (below: number) => number;

/** A name that can be said aloud and not be guessed: two pairs of words and four digits, some 37 bits. */
export function suggestRoomName(random: RandomInteger): string {
  const pick = (words: readonly string[]) => words[random(words.length)] ?? '';
  const digits = String(random(10_000)).padStart(4, '0');
  return `${pick(adjectives)}-${pick(nouns)}-${pick(adjectives)}-${pick(nouns)}-${digits}`;
}

/** From the browser's generator, without bias. */
export const cryptoRandom: RandomInteger = (below) => {
  const limit = Math.floor(2 ** 32 / below) * below;
  for (;;) {
    const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
    if (value < limit) return value % below;
  }
};
