/** A subscription to a node (XEP-0060 s.4.2), and what its subscriber wants of it: a form (s.6.3, s.16.4.2). */
import { z } from 'zod';
import { formTypeField, type DataForm } from '@conclave/signaling';
import { parseTime } from '../archive/result-set.js';
import { pubsubNamespace } from './namespaces.js';

const subscription = z.object({
  /** A bare or a full JID. */
  jid: z.string(),
  /** `pending`: an owner has not said yes or no. */
  state: z.enum(['subscribed', 'pending']),
  /** Whether notifications are wanted at present. */
  deliver: z.boolean(),
  /** ISO 8601; absent: it lasts. */
  expires: z.string().optional(),
});

/** Before subscriptions had options, their addresses alone were stored. */
export const storedSubscription = z.union([
  subscription,
  z.string().transform((jid) => ({ jid, state: 'subscribed' as const, deliver: true })),
]);

export type Subscription = Readonly<z.infer<typeof subscription>>;
type Options = Pick<Subscription, 'deliver' | 'expires'>;

export const usualOptions: Options = { deliver: true };

/** @param now milliseconds of the epoch */
export function isOver({ expires }: Options, now: number): boolean {
  return expires !== undefined && Date.parse(expires) <= now;
}

export function optionsForm({ deliver, expires }: Options): DataForm {
  return {
    type: 'form',
    fields: [
      formTypeField(pubsubNamespace.subscribeOptions),
      {
        var: 'pubsub#deliver',
        type: 'boolean',
        label: 'Whether notifications are wanted',
        values: [deliver ? '1' : '0'],
      },
      {
        var: 'pubsub#expire',
        type: 'text-single',
        label: 'When the subscription ends',
        values: expires === undefined ? [] : [expires],
      },
    ],
  };
}

/**
 * The options with what a form says; undefined: it says something that cannot be. Throws a SignalingError when a time is none.
 * @param now milliseconds of the epoch
 */
export function optionsBy(form: DataForm, before: Options, now: number): Options | undefined {
  let options = before;
  for (const { var: name, values } of form.fields) {
    const [value = ''] = values;
    if (name === 'FORM_TYPE' && value !== pubsubNamespace.subscribeOptions) return undefined;
    if (name === 'pubsub#deliver') {
      if (!['0', '1', 'false', 'true'].includes(value)) return undefined;
      options = { ...options, deliver: value === '1' || value === 'true' };
    }
    if (name === 'pubsub#expire') {
      const { deliver } = options;
      const time = value === '' ? undefined : parseTime(value);
      if (time !== undefined && time <= now) return undefined;
      options = time === undefined ? { deliver } : { deliver, expires: new Date(time).toISOString() };
    }
  }
  return options;
}
