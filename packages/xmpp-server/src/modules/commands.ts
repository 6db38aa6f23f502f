/** Ad-Hoc Commands (XEP-0050) of a host, which other modules provide: found by service discovery, carried out step by step. */
import { z } from 'zod';
import {
  attribute,
  decodeDataForm,
  el,
  encodeDataForm,
  isStanzaError,
  NS,
  SignalingError,
  stanzaError,
  type DataForm,
  type Element,
  type StanzaError,
} from '@conclave/signaling';
import type { IqReply, IqRequest } from '../host/host.js';
import { defineModule } from '../host/module.js';
import type { Command, CommandResult } from './commands/command.js';
import { Executions } from './commands/executions.js';
import type { NodeQuestion } from './disco.js';

const namespace = 'http://jabber.org/protocol/commands';

/** What the module offers to others. */
export interface Commands {
  /** The returned function withdraws the command. */
  add(command: Command): () => void;
}

const options = z.strictObject({
  /** Commands begun and not finished, of all clients. */
  maxOpen: z.int().positive().default(1000),
  /** Seconds in which a form has to be filled in. */
  lifetime: z.int().positive().default(1800),
});

export const commands = defineModule({
  name: 'commands',
  needs: ['disco'],
  options,
  load({ host, onUnload }, { maxOpen, lifetime }): Commands {
    const all = new Map<string, Command>();
    const executions = new Executions(maxOpen, lifetime * 1000);

    const reply = (
      { node }: Command,
      sessionId: string,
      status: 'executing' | 'completed' | 'canceled',
      ...children: readonly (Element | undefined)[]
    ): Element => el('command', { xmlns: namespace, node, sessionid: sessionId, status }, children);

    const begin = async (command: Command, request: IqRequest): Promise<IqReply> => {
      const id = executions.begin(request.from.toString(), command.node);
      if (command.form === undefined) return finish(command, id, undefined, request);
      const current = (await command.current?.()) ?? {};
      const fields = command.form.fields.map((one) => ({ ...one, values: current[one.var] ?? one.values }));
      const actions = el('actions', { execute: 'complete' }, el('complete'));
      return reply(
        command,
        id,
        'executing',
        actions,
        encodeDataForm({ ...command.form, type: 'form', fields }),
      );
    };

    const finish = async (
      command: Command,
      id: string,
      form: DataForm | undefined,
      { from }: IqRequest,
    ): Promise<IqReply> => {
      executions.end(id);
      const result = await command.run(form, from);
      return isStanzaError(result) ? result : reply(command, id, 'completed', ...encodeResult(result));
    };

    /** One step (s.3.4). */
    const step = async (command: Command, id: string, request: IqRequest): Promise<IqReply> => {
      if (!executions.isOpen(id, request.from.toString(), command.node)) return wrong('bad-sessionid');
      const action = attribute(request.payload, 'action') ?? 'execute';
      if (action === 'cancel') {
        executions.end(id);
        return reply(command, id, 'canceled');
      }
      if (action !== 'execute' && action !== 'complete' && action !== 'next') return wrong('bad-action');
      const form = submitted(request.payload);
      return form === undefined ? wrong('bad-payload') : finish(command, id, form, request);
    };

    const execute = async (request: IqRequest): Promise<IqReply> => {
      const command = all.get(attribute(request.payload, 'node') ?? '');
      if (command === undefined) return stanzaError('item-not-found');
      if (!command.mayRun(request.from)) return stanzaError('forbidden');
      const id = attribute(request.payload, 'sessionid');
      if (id !== undefined) return step(command, id, request);
      const action = attribute(request.payload, 'action') ?? 'execute';
      return action === 'execute' ? begin(command, request) : wrong('bad-action');
    };

    const list = ({ from }: IqRequest): Element => {
      const runnable = [...all.values()].filter((command) => command.mayRun(from));
      const entries = runnable.map(({ node, name }) => el('item', { jid: host.name, node, name }));
      return el('query', { xmlns: NS.discoItems, node: namespace }, entries);
    };

    const describe = (name: string, node: string, type: string): Element =>
      el(
        'query',
        { xmlns: NS.discoInfo, node },
        el('identity', { category: 'automation', type, name }),
        [namespace, NS.dataForms].map((feature) => el('feature', { var: feature })),
      );

    const answer = ({ kind, node, request }: NodeQuestion): IqReply | undefined => {
      if (request.to.local !== undefined) return undefined;
      if (node === namespace) {
        return kind === 'items' ? list(request) : describe('Commands', node, 'command-list');
      }
      const command = all.get(node);
      if (command === undefined || kind === 'items' || !command.mayRun(request.from)) return undefined;
      return describe(command.name, node, 'command-node');
    };

    onUnload(host.disco.feature(namespace));
    onUnload(host.hooks.on('disco-node', answer));
    onUnload(host.iq.handle('host', 'set', 'command', namespace, execute));
    return {
      add: (command) => {
        if (all.has(command.node)) throw new Error(`two commands ${command.node}`);
        all.set(command.node, command);
        return () => void all.delete(command.node);
      },
    };
  },
});

/** What is wrong with a step (s.4.4). */
function wrong(detail: 'bad-action' | 'bad-payload' | 'bad-sessionid'): StanzaError {
  return stanzaError('bad-request', undefined, el(detail, { xmlns: namespace }));
}

function submitted(payload: Element): DataForm | undefined {
  const x = payload.getChild('x', NS.dataForms);
  if (x === undefined) return undefined;
  try {
    const form = decodeDataForm(x);
    return form.type === 'submit' ? form : undefined;
  } catch (error) {
    if (error instanceof SignalingError) return undefined;
    throw error;
  }
}

function encodeResult({ note, fields, payloads = [] }: CommandResult): (Element | undefined)[] {
  return [
    note === undefined ? undefined : el('note', { type: 'info' }, note),
    fields === undefined ? undefined : encodeDataForm({ type: 'result', fields }),
    ...payloads,
  ];
}
