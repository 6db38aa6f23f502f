/** What a web client says in the address it connects to (lib-jitsi-meet): the conference it is for, its token, and the session it had. */

export interface ConnectionParameters {
  /** The XEP-0198 id that the client hopes to resume. */
  readonly previousSession: string | undefined;
  /** A JSON Web Token. */
  readonly token: string | undefined;
  /** The conference that the connection is for, and its tenant: claims, to be checked against who is in it. */
  readonly room: string | undefined;
  readonly prefix: string | undefined;
  /** The name that a moderator's leave to enter goes by. */
  readonly leave: string | undefined;
}

/** Of a connection that has no such address. */
export const noParameters: ConnectionParameters = {
  previousSession: undefined,
  token: undefined,
  room: undefined,
  prefix: undefined,
  leave: undefined,
};
