/** The configuration of a node (XEP-0060 s.16.4.4), its fields as data: the form, a submission of it, and publish-options. */
import { z } from 'zod';
import { formTypeField, type DataForm, type DataFormField } from '@conclave/signaling';
import { accessModels, publishModels } from './access.js';
import { pubsubNamespace } from './namespaces.js';

const lastItemChoices = ['never', 'on_sub', 'on_sub_and_presence'] as const;
const notificationTypes = ['headline', 'normal'] as const;
const itemReplies = ['none', 'publisher', 'owner'] as const;

export const nodeConfig = z.object({
  title: z.string(),
  description: z.string(),
  /** The namespace of the payloads, for who is curious. */
  type: z.string(),
  maxItems: z.number(),
  /** Seconds after which items go; 0: never. */
  itemExpire: z.number().default(0),
  /** Without it only the newest item is kept, in memory. */
  persistItems: z.boolean(),
  accessModel: z.enum(accessModels),
  rosterGroups: z.array(z.string()),
  publishModel: z.enum(publishModels),
  sendLastItem: z.enum(lastItemChoices),
  deliverNotifications: z.boolean(),
  deliverPayloads: z.boolean(),
  notificationType: z.enum(notificationTypes),
  notifyConfig: z.boolean(),
  notifyDelete: z.boolean(),
  notifyRetract: z.boolean(),
  /** Owners hear who subscribes, and who does no longer. */
  notifySub: z.boolean().default(false),
  /** Whether there can be subscriptions. */
  subscribe: z.boolean().default(true),
  /** With `publisher`, items say who has published them. */
  itemReply: z.enum(itemReplies).default('none'),
});

export type NodeConfig = Readonly<z.infer<typeof nodeConfig>>;

/** Of the nodes of an account (XEP-0163 s.3). */
export const personalDefaults: NodeConfig = {
  title: '',
  description: '',
  type: '',
  maxItems: 1,
  itemExpire: 0,
  persistItems: true,
  accessModel: 'presence',
  rosterGroups: [],
  publishModel: 'publishers',
  sendLastItem: 'on_sub_and_presence',
  deliverNotifications: true,
  deliverPayloads: true,
  notificationType: 'headline',
  notifyConfig: false,
  notifyDelete: true,
  notifyRetract: true,
  notifySub: false,
  subscribe: true,
  itemReply: 'none',
};

/** Of the nodes of a service that is nobody's own. */
export const sharedDefaults: NodeConfig = {
  ...personalDefaults,
  maxItems: 20,
  accessModel: 'open',
  sendLastItem: 'never',
};

export interface ConfigLimits {
  /** Items of a node; what `max` stands for. */
  readonly items: number;
  /** Characters of a text. */
  readonly text: number;
  readonly groups: number;
}

interface Field {
  readonly type: 'text-single' | 'boolean' | 'list-single' | 'list-multi';
  readonly label: string;
  readonly options?: readonly string[];
  readonly read: (config: NodeConfig) => readonly string[];
  /** The change that these values are; undefined: they cannot be taken. */
  readonly write: (values: readonly string[], limits: ConfigLimits) => Partial<NodeConfig> | undefined;
}

type KeysOf<T> = { [K in keyof NodeConfig]: NodeConfig[K] extends T ? K : never }[keyof NodeConfig];

function text(key: 'title' | 'description' | 'type', label: string): Field {
  return {
    type: 'text-single',
    label,
    read: (config) => [config[key]],
    write: ([value = ''], limits) => (value.length > limits.text ? undefined : { [key]: value }),
  };
}

function flag(key: KeysOf<boolean>, label: string): Field {
  return {
    type: 'boolean',
    label,
    read: (config) => [config[key] ? '1' : '0'],
    write: ([value = '']) => {
      if (value === '1' || value === 'true') return { [key]: true };
      return value === '0' || value === 'false' ? { [key]: false } : undefined;
    },
  };
}

function choice(
  key: 'accessModel' | 'publishModel' | 'sendLastItem' | 'notificationType' | 'itemReply',
  label: string,
  options: readonly string[],
): Field {
  return {
    type: 'list-single',
    label,
    options,
    read: (config) => [config[key]],
    write: ([value = '']) => (options.includes(value) ? { [key]: value } : undefined),
  };
}

const fields: Readonly<Record<string, Field>> = {
  'pubsub#title': text('title', 'Title'),
  'pubsub#description': text('description', 'Description'),
  'pubsub#type': text('type', 'Namespace of the payloads'),
  'pubsub#max_items': {
    type: 'text-single',
    label: 'Items kept',
    read: (config) => [String(config.maxItems)],
    write: ([value = ''], { items }) => {
      if (value === 'max') return { maxItems: items };
      const number = /^\d{1,9}$/.test(value) ? Number(value) : 0;
      return number >= 1 && number <= items ? { maxItems: number } : undefined;
    },
  },
  'pubsub#item_expire': {
    type: 'text-single',
    label: 'Seconds after which items go',
    read: (config) => [config.itemExpire === 0 ? 'max' : String(config.itemExpire)],
    write: ([value = '']) => {
      if (value === 'max') return { itemExpire: 0 };
      return /^[1-9]\d{0,8}$/.test(value) ? { itemExpire: Number(value) } : undefined;
    },
  },
  'pubsub#node_type': {
    type: 'list-single',
    label: 'Kind of node',
    options: ['leaf'],
    read: () => ['leaf'],
    write: ([value]) => (value === 'leaf' ? {} : undefined),
  },
  'pubsub#persist_items': flag('persistItems', 'Keep items'),
  'pubsub#access_model': choice('accessModel', 'Who may read', accessModels),
  'pubsub#roster_groups_allowed': {
    type: 'list-multi',
    label: 'Roster groups that may read',
    read: (config) => config.rosterGroups,
    write: (values, limits) =>
      values.length > limits.groups || values.some((value) => value.length > limits.text)
        ? undefined
        : { rosterGroups: [...values] },
  },
  'pubsub#publish_model': choice('publishModel', 'Who may publish', publishModels),
  'pubsub#send_last_published_item': choice('sendLastItem', 'When to send the last item', lastItemChoices),
  'pubsub#deliver_notifications': flag('deliverNotifications', 'Tell subscribers of news'),
  'pubsub#deliver_payloads': flag('deliverPayloads', 'Send the payload with the news'),
  'pubsub#notification_type': choice('notificationType', 'Type of the messages', notificationTypes),
  'pubsub#notify_config': flag('notifyConfig', 'Tell when the configuration changes'),
  'pubsub#notify_delete': flag('notifyDelete', 'Tell when the node is deleted'),
  'pubsub#notify_retract': flag('notifyRetract', 'Tell when items are withdrawn'),
  'pubsub#notify_sub': flag('notifySub', 'Tell owners who subscribes'),
  'pubsub#subscribe': flag('subscribe', 'Allow subscriptions'),
  'pubsub#itemreply': choice('itemReply', 'Whom replies to an item concern', itemReplies),
};

export function configForm(config: NodeConfig): DataForm {
  return { type: 'form', fields: [formTypeField(pubsubNamespace.nodeConfig), ...described(config)] };
}

/** What the node says of itself to who may read it (s.5.4). */
export function metaData(
  config: NodeConfig,
  { creator, created }: { readonly creator?: string | undefined; readonly created?: string | undefined } = {},
): DataForm {
  const shown = [
    'pubsub#title',
    'pubsub#description',
    'pubsub#type',
    'pubsub#max_items',
    'pubsub#access_model',
    'pubsub#publish_model',
  ];
  const chosen = described(config).filter((field) => shown.includes(field.var));
  const origin: DataFormField[] = [];
  if (creator !== undefined) origin.push({ var: 'pubsub#creator', type: 'jid-single', values: [creator] });
  if (created !== undefined)
    origin.push({ var: 'pubsub#creation_date', type: 'text-single', values: [created] });
  return { type: 'result', fields: [formTypeField(pubsubNamespace.metaData), ...chosen, ...origin] };
}

function described(config: NodeConfig): DataFormField[] {
  return Object.entries(fields).map(([name, { type, label, options, read }]) => ({
    var: name,
    type,
    label,
    values: read(config),
    ...(options === undefined ? {} : { options: options.map((value) => ({ value })) }),
  }));
}

/**
 * The configuration with what a form says; undefined: it says something that cannot be. What is not known is passed over in a
 * configuration (XEP-0004 s.3.3), but is not granted as an option of publishing (s.7.1.5).
 */
export function changedBy(
  form: DataForm,
  config: NodeConfig,
  limits: ConfigLimits,
  formType: string,
): NodeConfig | undefined {
  let changed = config;
  for (const { var: name, values } of form.fields) {
    if (name === 'FORM_TYPE') {
      if (values[0] !== formType) return undefined;
      continue;
    }
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined && formType === pubsubNamespace.nodeConfig) continue;
    const change = field?.write(values, limits);
    if (change === undefined) return undefined;
    changed = { ...changed, ...change };
  }
  return changed;
}

/** Whether nothing would change: what publish-options demand (s.7.1.5). */
export function isSame(a: NodeConfig, b: NodeConfig): boolean {
  return Object.values(fields).every(({ read }) => JSON.stringify(read(a)) === JSON.stringify(read(b)));
}
