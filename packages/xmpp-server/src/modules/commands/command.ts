/** A command that others carry out by XEP-0050: at most one form to be filled in, then done. */
import type { DataForm, DataFormField, Element, Jid, StanzaError } from '@conclave/signaling';

export interface CommandResult {
  /** Said to the person. */
  readonly note?: string;
  /** Of a form of type `result`. */
  readonly fields?: readonly DataFormField[];
  /** What stands beside the form. */
  readonly payloads?: readonly Element[];
}

export interface Command {
  /** Its identifier on the host. */
  readonly node: string;
  readonly name: string;
  /** Who may not does not even see it. */
  readonly mayRun: (who: Jid) => boolean;
  /** What has to be filled in; without it the command runs at once. */
  readonly form?: Omit<DataForm, 'type'>;
  /** What the form is filled with at first, by field. */
  readonly current?: () => Promise<Readonly<Record<string, readonly string[]>>>;
  readonly run: (form: DataForm | undefined, who: Jid) => Promise<CommandResult | StanzaError>;
}
