/** The hosts as the operator wants them: the usual layout, less or with other or more modules than usual. */
import { parseAuthentication, type AuthenticationConfig } from './accounts/authentication.js';
import { tokenVerification } from './conference/index.js';
import { visitorHost, visitorRooms } from './conference/visitor-hosts.js';
import type { XmppServerConfig } from './config.js';
import { choose } from './host/module-choice.js';
import { configured, type ConfiguredModule } from './host/module-set.js';
import type { HostPlan } from './host-plan.js';
import { conferencingLayout } from './layout.js';

export type ModulesConfig = Pick<
  XmppServerConfig,
  | 'domain'
  | 'modules'
  | 'addedModules'
  | 'uploads'
  | 'pubsub'
  | 'recorderAccount'
  | 'invitationPage'
  | 'conference'
>;

/** Something wrong with what the operator says of modules. */
export interface ModuleProblem {
  readonly host: string;
  /** Undefined: it is about the host. */
  readonly module?: string;
  /** Where in the options of the module. */
  readonly option?: readonly PropertyKey[];
  readonly message: string;
  /** What could have been meant: names of hosts or of modules. */
  readonly known: readonly string[];
}

/** Throws when the operator names what does not exist. */
export function hostPlans(
  config: ModulesConfig & Pick<XmppServerConfig, 'authentication'>,
): readonly HostPlan[] {
  const { domain, conference, modules = {}, addedModules = {}, authentication } = config;
  const usual = layoutOf(config);
  const plans =
    authentication === undefined
      ? usual
      : authenticated(usual, domain, authentication, conference?.visitors?.nodes ?? []);
  const named = [...Object.keys(modules), ...Object.keys(addedModules)];
  const unknown = named.filter((name) => !plans.some((plan) => plan.name === name));
  if (unknown.length > 0)
    throw new Error(`modules are chosen for ${unknown.join(', ')}, which is no host here`);
  return plans.map((plan) => ({
    ...plan,
    modules: [
      ...choose(plan.name, plan.modules, modules[plan.name] ?? {}),
      ...(addedModules[plan.name] ?? []),
    ],
  }));
}

const layoutOf = ({ domain, recorderAccount, ...features }: ModulesConfig): readonly HostPlan[] =>
  conferencingLayout(domain, { ...features, recorders: recorderAccount !== undefined });

/** With the people of the main host known elsewhere; and if it is tokens that they are known by, with rooms that look at those. */
function authenticated(
  plans: readonly HostPlan[],
  domain: string,
  config: AuthenticationConfig,
  visitorNodes: readonly string[],
): readonly HostPlan[] {
  const accounts = parseAuthentication(config);
  if (accounts.provider !== 'token') {
    return plans.map((plan) => (plan.name === domain ? { ...plan, accounts } : plan));
  }
  const { exemptDomains, verifySubject, allowEmpty } = accounts.token;
  const recorders = plans.map(({ name }) => name).filter((name) => name === `recorder.${domain}`);
  const options = {
    exempt: [
      `auth.${domain}`,
      ...recorders,
      ...exemptDomains,
      ...(allowEmpty ? [domain, `guest.${domain}`] : []),
    ],
    ...(verifySubject ? { subject: domain } : {}),
  };
  // Who needs a token for a meeting needs it to look on, too; where guests need none, visitors do not.
  const nodes = exemptDomains.includes(`guest.${domain}`) ? [] : visitorNodes;
  const withAccounts = new Set([domain, ...nodes.map(visitorHost)]);
  const withRooms = new Set([`conference.${domain}`, ...nodes.map(visitorRooms)]);
  return plans.map((plan) => {
    if (withAccounts.has(plan.name)) return { ...plan, accounts };
    if (!withRooms.has(plan.name)) return plan;
    const exempt = [...options.exempt, ...(allowEmpty ? nodes.map(visitorHost) : [])];
    return { ...plan, modules: [...plan.modules, configured(tokenVerification, { ...options, exempt })] };
  });
}

/** All that is wrong: hosts and modules that do not exist, and options that do not fit. Loads nothing. */
export function moduleProblems(config: ModulesConfig): ModuleProblem[] {
  const { modules = {}, addedModules = {} } = config;
  const plans = layoutOf(config);
  const hosts = plans.map(({ name }) => name);
  return [...new Set([...Object.keys(modules), ...Object.keys(addedModules)])].flatMap((host) => {
    const plan = plans.find(({ name }) => name === host);
    if (plan === undefined) return [{ host, message: `${host} is no host here`, known: hosts }];
    const added = addedModules[host] ?? [];
    const known = plan.modules.map(({ name }) => name);
    return [
      ...Object.entries(modules[host] ?? {}).flatMap(([name, choice]): ModuleProblem[] => {
        const module = plan.modules.find((each) => each.name === name);
        if (module === undefined) {
          return [{ host, module: name, message: `there is no module ${name} on ${host}`, known }];
        }
        return choice === false ? [] : optionProblems(host, module.with(choice));
      }),
      ...added.flatMap((module) =>
        known.includes(module.name)
          ? [{ host, module: module.name, message: `${host} has a module ${module.name} already`, known: [] }]
          : optionProblems(host, module),
      ),
    ];
  });
}

function optionProblems(host: string, module: ConfiguredModule): ModuleProblem[] {
  return module
    .problems()
    .map(({ path, message }) => ({ host, module: module.name, option: path, message, known: [] }));
}
