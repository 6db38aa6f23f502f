/** Data forms (XEP-0004) that come in: whatever is not one is no reason to fail. */
import { type DataForm, decodeDataForm, type Element, NS, SignalingError } from '@conclave/signaling';

/** The form that an element carries; undefined: it carries none, or what cannot be read as one. */
export function formIn(parent: Element): DataForm | undefined {
  const x = parent.getChild('x', NS.dataForms);
  if (x === undefined) return undefined;
  try {
    return decodeDataForm(x);
  } catch (error) {
    if (error instanceof SignalingError) return undefined;
    throw error;
  }
}
