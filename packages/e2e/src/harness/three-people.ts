/** Three people with real browsers at one instance, the first of whom has an account there; and what moves before their eyes. */
import { launchBrowser, Person, type Picture } from './browser.js';
import { type Environment, type Instance, startInstance } from './instance.js';

/** By what the host logs in. */
export const HOST = ['hanna', 'correct horse'] as const;

export interface ThreePeople {
  /** Hanna, who may open rooms; Gwen; and Nora. */
  readonly people: readonly [Person, Person, Person];
  readonly instance: Instance;
  /** All of it is over. */
  end(): Promise<void>;
}

/** @param changes to the environment of the instance */
export async function threePeople(changes: Environment = {}): Promise<ThreePeople> {
  const browser = await launchBrowser(8);
  const instance = await startInstance('all in one process', changes);
  const [name, password] = HOST;
  await instance.conclavectl('register', name, instance.domain, password);
  const people = [
    await Person.arrive(browser, instance, 'Hanna'),
    await Person.arrive(browser, instance, 'Gwen'),
    await Person.arrive(browser, instance, 'Nora'),
  ] as const;
  return {
    people,
    instance,
    end: async () => {
      for (const person of people) await person.vanish();
      await instance.stop();
      await browser.close();
    },
  };
}

/** Those of `person`'s pictures that show something new within a second. */
export async function movingPictures(person: Person): Promise<Picture[]> {
  const before = new Map((await person.pictures()).map((picture) => [picture.source, picture.framesDecoded]));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return (await person.pictures()).filter(
    ({ source, framesDecoded }) => framesDecoded > (before.get(source) ?? 0) + 1,
  );
}

/** A browser that is short of processor time makes all its encodings a little smaller. */
export const sizeOf = ({ height }: Picture): 'small' | 'medium' | 'large' =>
  height <= 180 ? 'small' : height <= 360 ? 'medium' : 'large';
