/** How hard a password is to guess, roughly, and in this browser alone: a hint for people, not a rule. */

export type Strength = 'weak' | 'fair' | 'strong';

/** Sets that characters come from, and how many are in each. */
const alphabets: readonly (readonly [RegExp, number])[] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[ -/:-@[-`{-~]/, 33],
  [/[^ -~]/, 100],
];

const tooUsual =
  /pass(wor[dt])?|passwort|qwert[yz]|letmein|welcome|willkommen|geheim|secret|admin|conclave|hallo|hello/gi;

/** @param own words that others know, such as the name of the account */
export function passwordStrength(password: string, own: readonly string[] = []): Strength {
  const bits = effectiveLength(password, own) * Math.log2(alphabetOf(password));
  return bits < 50 ? 'weak' : bits < 70 ? 'fair' : 'strong';
}

function alphabetOf(password: string): number {
  const size = alphabets.reduce((sum, [set, characters]) => sum + (set.test(password) ? characters : 0), 0);
  return Math.max(2, size);
}

/** Characters that a guesser has to guess: known words count one, and so does what goes on as it began. */
function effectiveLength(password: string, own: readonly string[]): number {
  let rest = password.replace(tooUsual, '*');
  for (const word of own) {
    if (word.length > 2) rest = rest.toLowerCase().replaceAll(word.toLowerCase(), '*');
  }
  const codes = Array.from(rest, (character) => character.codePointAt(0) ?? 0);
  return codes.filter((code, i) => {
    const [before, last] = [codes[i - 2], codes[i - 1]];
    if (before === undefined || last === undefined) return true;
    const step = last - before;
    return Math.abs(step) > 1 || code - last !== step;
  }).length;
}
