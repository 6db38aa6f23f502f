/** Where a service that transcribes or translates is reached: a template of the operator, filled in for a conference. */

export interface ConnectSite {
  readonly meetingId: string;
  /** Of the bridge that connects. */
  readonly region: string | undefined;
}

/** `{{MEETING_ID}}` and `{{REGION}}` filled in, and further parameters of the query. */
export const connectUrl = (
  template: string,
  { meetingId, region }: ConnectSite,
  parameters: Readonly<Record<string, string>> = {},
): string => {
  const url = new URL(
    template
      .replaceAll('{{MEETING_ID}}', encodeURIComponent(meetingId))
      .replaceAll('{{REGION}}', encodeURIComponent(region ?? '')),
  );
  for (const [name, value] of Object.entries(parameters)) url.searchParams.append(name, value);
  return url.toString();
};

/** Whether it is one of a WebSocket, whatever is filled in. */
export const isConnectTemplate = (template: string): boolean => {
  const filled = template.replaceAll(/\{\{(MEETING_ID|REGION)\}\}/g, 'x');
  return URL.canParse(filled) && /^wss?:$/.test(new URL(filled).protocol) && !/[{}]/.test(filled);
};
