/** The namespaces of Publish-Subscribe (XEP-0060 s.15.1). */
const base = 'http://jabber.org/protocol/pubsub';

export const pubsubNamespace = {
  requests: base,
  owner: `${base}#owner`,
  event: `${base}#event`,
  errors: `${base}#errors`,
  nodeConfig: `${base}#node_config`,
  publishOptions: `${base}#publish-options`,
  metaData: `${base}#meta-data`,
  subscribeOptions: `${base}#subscribe_options`,
  authorization: `${base}#subscribe_authorization`,
} as const;
