/** What can be seen of a conference: the one cell that holds its state, and the only ways in which that changes. */
import type { Log } from '../log.js';
import { Cell, type Observable } from '../observable.js';
import { type ConferenceState, initialState } from './state.js';
import { type ConferenceEvent, isFinal, transition } from './status.js';

export class ConferenceView {
  private readonly cell: Cell<ConferenceState>;

  constructor(
    displayName: string,
    private readonly log: Log,
  ) {
    this.cell = new Cell(initialState(displayName));
  }

  get observable(): Observable<ConferenceState> {
    return this.cell;
  }

  get state(): ConferenceState {
    return this.cell.value;
  }

  /** Nothing happens any more. */
  get over(): boolean {
    return isFinal(this.state.status);
  }

  patch(change: Partial<ConferenceState>): void {
    this.cell.update((state) => ({ ...state, ...change }));
  }

  /** Something has happened on the way into, in or out of the conference. */
  dispatch(event: ConferenceEvent): void {
    const { status: before } = this.state;
    const status = transition(before, event);
    if (status === before) return;
    this.log.debug('conference status', { status: status.kind });
    this.patch({ status });
  }
}
