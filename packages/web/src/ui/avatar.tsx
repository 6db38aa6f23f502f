import { colourIndex, initials } from '../model/initials.js';

/** Stands where there is no picture. */
export function Avatar({ id, name }: { readonly id: string; readonly name: string }) {
  return (
    <div className={`avatar avatar-${colourIndex(id, 6)}`} aria-hidden="true">
      {initials(name)}
    </div>
  );
}
