/** The text of an HTTP service's answer, which is not trusted to end. */

/** Rejects when it is longer than so many characters, or does not come. */
export async function answerText(response: Response, longest: number): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longest) throw new Error('the answer is too long');
  }
  return text + decoder.decode();
}
