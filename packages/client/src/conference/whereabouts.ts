/** Where we are in a conference that may have visitors, where we are to go next, and what the focus is told so that it lets us. */
import { type Place, type PlaceOptions, mainPlace, nodePlace } from './place.js';
import type { RequestProperties } from './request.js';

/** How often in a row the focus may send us to a node that does not let us in. */
const maxRedirects = 2;

export class Whereabouts {
  private here: Place;
  private mayTakePart = false;
  private prefersToLook = false;
  private redirects = 0;

  constructor(private readonly options: PlaceOptions) {
    this.here = mainPlace(options);
  }

  get place(): Place {
    return this.here;
  }

  /** We only look on. */
  get atNode(): boolean {
    return this.here.node !== undefined;
  }

  /** What our requests say: who has leave to take part is not to be sent to look on. */
  get requestProperties(): RequestProperties {
    if (this.mayTakePart) return {};
    return { 'visitors-version': '1', ...(this.prefersToLook && { visitor: 'true' }) };
  }

  /** The focus sends us to a node. False when it is none, or when nodes did not let us in too often. */
  redirected(node: string): boolean {
    const place = nodePlace(this.options, node);
    this.redirects += 1;
    if (!place || this.redirects > maxRedirects) return false;
    this.here = place;
    return true;
  }

  /** We were let in. */
  entered(): void {
    this.redirects = 0;
  }

  /** Back to the conference itself, where it is decided anew who takes part. */
  returned(): void {
    this.here = mainPlace(this.options);
    this.mayTakePart = false;
  }

  /** A moderator lets us take part. */
  promoted(leave: string): void {
    this.here = mainPlace(this.options, leave);
    this.mayTakePart = true;
    this.prefersToLook = false;
  }

  /** A moderator sends us back among the visitors. */
  demoted(): void {
    this.returned();
    this.prefersToLook = true;
  }
}
